/** A model that is split over several files, as the name of one of them tells it. */
export interface PartName {
  /** From 1. */
  part: number;
  total: number;
  /** The name of another part, in the same folder. */
  nameOf: (part: number) => string;
}

/** As transformers, diffusers and llama.cpp number them: `model-00001-of-00005.safetensors`, `model-00001-of-00002.fp16.safetensors`. */
const PART = /-(\d{5})-of-(\d{5})((?:\.\w+)?\.[a-z]+)$/i;
/** The largest open models have some 200 parts (2026-11); a name that promises more than this is a mistake, or worse. */
const MOST_PARTS = 1000;

/** What a file name, or a path that ends in it, says of the parts of its model; `undefined` when it is no part of several. */
export function parsePartName(name: string): PartName | undefined {
  const match = name.includes('-of-') ? PART.exec(name) : null;
  if (match === null) return undefined;
  const [part, total] = [Number(match[1]), Number(match[2])];
  if (part < 1 || part > total || total < 2 || total > MOST_PARTS) return undefined;
  const [stem, end] = [name.slice(0, match.index), `-of-${match[2]}${match[3]}`];
  return { part, total, nameOf: (other) => `${stem}-${String(other).padStart(5, '0')}${end}` };
}
