import { GgufCursor } from './gguf-cursor.ts';
import { sizesApart } from './safetensors.ts';
import { plainFinding } from './structure.ts';
import type { FileReader, FormatFinding } from './structure.ts';

/** Values in a block and bytes of a block by ggml type number (ggml.h and gguf-py constants.py, read 2026-10). */
const BLOCKS: ReadonlyMap<number, readonly [values: number, bytes: number]> = new Map([
  ...([
    [0, [1, 4]],
    [1, [1, 2]],
    [2, [32, 18]],
    [3, [32, 20]],
    [6, [32, 22]],
    [7, [32, 24]],
    [8, [32, 34]],
    [9, [32, 36]],
  ] as const),
  ...([
    [10, [256, 84]],
    [11, [256, 110]],
    [12, [256, 144]],
    [13, [256, 176]],
    [14, [256, 210]],
    [15, [256, 292]],
  ] as const),
  ...([
    [16, [256, 66]],
    [17, [256, 74]],
    [18, [256, 98]],
    [19, [256, 50]],
    [20, [32, 18]],
    [21, [256, 110]],
    [22, [256, 82]],
  ] as const),
  ...([
    [23, [256, 136]],
    [24, [1, 1]],
    [25, [1, 2]],
    [26, [1, 4]],
    [27, [1, 8]],
    [28, [1, 8]],
    [29, [256, 56]],
    [30, [1, 2]],
  ] as const),
  ...([
    [34, [256, 54]],
    [35, [256, 66]],
    [39, [32, 17]],
  ] as const),
]);

const MAX_TENSORS = 1_000_000;
const MAX_PAIRS = 1_000_000;
const MAX_DIMENSIONS = 8;
const DEFAULT_ALIGNMENT = 32;
const STRING = 8;
const UINT32 = 4;

/** `true` for the letters that every GGUF file begins with. */
export function looksLikeGguf(head: Buffer): boolean {
  return head.subarray(0, 4).toString('latin1') === 'GGUF';
}

/** Reads the header of a GGUF file (versions 2 and 3, little-endian) and compares where its tensors end with the size of the file. */
export async function inspectGguf(reader: FileReader): Promise<FormatFinding> {
  const cursor = new GgufCursor(reader, 4);
  try {
    const version = await cursor.uint32();
    if (version < 2 || version > 3) return plainFinding(version === 1 ? null : `gguf: version ${version} does not exist`);
    return await inspectHeader(cursor, reader.sizeBytes);
  } catch (error) {
    if (error instanceof RangeError) return plainFinding(`gguf: ${error.message}`);
    throw error;
  }
}

async function inspectHeader(cursor: GgufCursor, sizeBytes: number): Promise<FormatFinding> {
  const tensors = await cursor.uint64();
  const pairs = await cursor.uint64();
  if (tensors > MAX_TENSORS || pairs > MAX_PAIRS) return plainFinding('gguf: the header is not readable');
  const settings = await readSettings(cursor, pairs);
  const names: string[] = [];
  let end = 0;
  for (let index = 0; index < tensors; index++) {
    const tensor = await readTensor(cursor);
    names.push(tensor.name);
    end = Math.max(end, tensor.end);
  }
  const start = Math.ceil(cursor.position / settings.alignment) * settings.alignment;
  const promised = tensors === 0 ? cursor.position : start + end;
  const damage = sizeBytes < promised ? `gguf: the header promises ${sizesApart(promised, sizeBytes)}` : null;
  return { damage, tensorNames: names, architecture: settings.architecture };
}

async function readSettings(cursor: GgufCursor, pairs: number): Promise<{ alignment: number; architecture: string | null }> {
  let alignment = DEFAULT_ALIGNMENT;
  let architecture: string | null = null;
  for (let index = 0; index < pairs; index++) {
    const key = await cursor.string();
    const type = await cursor.uint32();
    if (key === 'general.alignment' && type === UINT32) alignment = Math.max(1, await cursor.uint32());
    else if (key === 'general.architecture' && type === STRING) architecture = await cursor.string();
    else await cursor.skipValue(type);
  }
  return { alignment, architecture };
}

async function readTensor(cursor: GgufCursor): Promise<{ name: string; end: number }> {
  const name = await cursor.string();
  const dimensions = await cursor.uint32();
  if (dimensions > MAX_DIMENSIONS) throw new RangeError('the header is not readable');
  let values = 1;
  for (let index = 0; index < dimensions; index++) values *= await cursor.uint64();
  const type = await cursor.uint32();
  const offset = await cursor.uint64();
  const [blockValues, blockBytes] = BLOCKS.get(type) ?? [1, 0];
  return { name, end: offset + Math.ceil(values / blockValues) * blockBytes };
}
