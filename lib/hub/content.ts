import { createHash } from 'node:crypto';

/** The bytes of a file that the hub holds: read by range, so that a file of many gigabytes never stands in memory. */
export interface Content {
  readonly sizeBytes: number;
  /** Lower-case hex of the whole file; computed at the first demand and kept. */
  readonly sha256: string;
  /** Bytes from `start` up to and without `end`; both lie within the file. */
  read(start: number, end: number): Uint8Array;
}

/** How much of a file is made or sent in one piece. */
const PIECE_BYTES = 256 * 1024;

/** Content that stands in memory. */
export function contentOf(bytes: Uint8Array | string): Content {
  const held = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  return makeContent(held.byteLength, (start, end) => held.subarray(start, end));
}

/**
 * Content made from a seed and the offset: the same seed and size give the same bytes, whatever range is read first. `head` are the
 * first bytes to the letter (a file header); everything after it is noise.
 */
export function generatedContent(options: { sizeBytes: number; seed: number; head?: Uint8Array }): Content {
  const { sizeBytes, head = new Uint8Array(0) } = options;
  const tile = makeTile(options.seed);
  return makeContent(sizeBytes, (start, end) => {
    const bytes = new Uint8Array(end - start);
    fillFromTiles(bytes, start, tile);
    if (start < head.byteLength) bytes.set(head.subarray(start, Math.min(end, head.byteLength)));
    return bytes;
  });
}

/** The file in pieces of at most 256 KiB, from `start` up to and without `end`. */
export function* readPieces(content: Content, start = 0, end = content.sizeBytes): Generator<Uint8Array> {
  for (let at = start; at < end; at += PIECE_BYTES) yield content.read(at, Math.min(at + PIECE_BYTES, end));
}

function makeContent(sizeBytes: number, read: (start: number, end: number) => Uint8Array): Content {
  let known: string | undefined;
  const content: Content = {
    sizeBytes,
    read,
    get sha256() {
      known ??= hashContent(content);
      return known;
    },
  };
  return content;
}

function hashContent(content: Content): string {
  const hash = createHash('sha256');
  for (const piece of readPieces(content)) hash.update(piece);
  return hash.digest('hex');
}

const TILE_BYTES = 64 * 1024;

/** Noise by xorshift32, so that no two seeds agree and nothing compresses. */
function makeTile(seed: number): Uint8Array {
  const words = new Uint32Array(TILE_BYTES / 4);
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x85ebca6b) >>> 0 || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state >>> 0;
  }
  return new Uint8Array(words.buffer);
}

/** Repeats the tile over the file; each copy starts with its own number, so that a piece at the wrong offset is a different piece. */
function fillFromTiles(bytes: Uint8Array, start: number, tile: Uint8Array): void {
  const number = new Uint8Array(8);
  const view = new DataView(number.buffer);
  for (let at = 0; at < bytes.byteLength;) {
    const index = Math.floor((start + at) / TILE_BYTES);
    const within = (start + at) % TILE_BYTES;
    const length = Math.min(TILE_BYTES - within, bytes.byteLength - at);
    bytes.set(tile.subarray(within, within + length), at);
    view.setBigUint64(0, BigInt(index), true);
    if (within < 8) bytes.set(number.subarray(within, Math.min(8, within + length)), at);
    at += length;
  }
}
