import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';

/** A text that a picture, film or sound carries beside its content. `key` is lower-case, `''` where the format has none. */
export interface MetadataText {
  key: string;
  text: string;
}

/** A text that is there under its key and cannot be had. */
export interface UnreadText {
  key: string;
  /** Why, as a clause about the text: `it is cut off`. */
  fault: string;
}

/** Reads the texts of one kind of container. Damage ends the reading early: what was found until then is returned. */
export type MetadataReader = (source: ByteSource, limits: ReadLimits) => (MetadataText | UnreadText)[];
