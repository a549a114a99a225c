import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';

/** A text that a picture, film or sound carries beside its content. `key` is lower-case, `''` where the format has none. */
export interface MetadataText {
  key: string;
  text: string;
}

/** Reads the texts of one kind of container. Damage ends the reading early: what was found until then is returned. */
export type MetadataReader = (source: ByteSource, limits: ReadLimits) => MetadataText[];
