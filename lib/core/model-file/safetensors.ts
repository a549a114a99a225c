import { isUtf8 } from 'node:buffer';

import { findJsonExcess } from '../json-bounds.ts';
import { plainText } from '../text.ts';
import { formatBytes } from '../units.ts';
import { plainFinding } from './structure.ts';
import type { FileReader, FormatFinding } from './structure.ts';
import { findLayoutFault, type TensorPlace } from './tensor-layout.ts';

/** The longest header that the format allows (safetensors README, read 2026-10). */
const MAX_HEADER_BYTES = 100_000_000;

/** `true` when the first bytes can only be a safetensors header: its length as a small 64-bit number, then `{`. */
export function looksLikeSafetensors(head: Buffer): boolean {
  return head.length >= 9 && head.readBigUInt64LE(0) <= MAX_HEADER_BYTES && head[8] === 0x7b;
}

/** Checks the header against the file: its bounds, its JSON, that the tensors end exactly where the file ends, and that they fit together. */
export async function inspectSafetensors(reader: FileReader): Promise<FormatFinding> {
  const head = await reader.read(0, 9);
  if (head.length < 9) return plainFinding(`safetensors: the file has only ${reader.sizeBytes} bytes`);
  const length = head.readBigUInt64LE(0);
  if (length > MAX_HEADER_BYTES || length < 2 || head[8] !== 0x7b)
    return plainFinding('safetensors: the file does not begin with a header');
  const headerBytes = Number(length);
  if (8 + headerBytes > reader.sizeBytes) {
    return plainFinding(`safetensors: the header alone has ${formatBytes(headerBytes)}, the file has ${formatBytes(reader.sizeBytes)}`);
  }
  const bytes = await reader.read(8, headerBytes);
  if (!isUtf8(bytes)) return plainFinding('safetensors: the header is not readable');
  const text = bytes.toString('utf8');
  const excess = findJsonExcess(text);
  if (excess !== undefined) return plainFinding(`safetensors: the header ${excess}`);
  const header = parseHeader(text);
  return header === undefined
    ? plainFinding('safetensors: the header is not readable')
    : judgeHeader(header, headerBytes, reader.sizeBytes);
}

function parseHeader(text: string): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(text);
    return isRecord(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

function judgeHeader(header: Record<string, unknown>, headerBytes: number, sizeBytes: number): FormatFinding {
  if (!isMetadata(header['__metadata__'])) return plainFinding('safetensors: the metadata in the header is no list of texts');
  const tensorNames = Object.keys(header).filter((name) => name !== '__metadata__');
  const tensors: TensorPlace[] = [];
  let end = 0;
  for (const name of tensorNames) {
    const tensor = placeOf(name, header[name]);
    if (tensor === undefined) return plainFinding('safetensors: the header gives a tensor without its place');
    tensors.push(tensor);
    end = Math.max(end, tensor.end);
  }
  const damage = compareSizes(8 + headerBytes + end, sizeBytes) ?? describeFault(tensors);
  return { damage, tensorNames, architecture: null };
}

/** Texts by name, or nothing: the library takes no other values (`HashMetadata` in its tensor.rs, read 2026-05). */
function isMetadata(value: unknown): boolean {
  return value === undefined || value === null || (isRecord(value) && Object.values(value).every((text) => typeof text === 'string'));
}

/** `undefined` for what the library does not read as a tensor. */
function placeOf(name: string, tensor: unknown): TensorPlace | undefined {
  if (!isRecord(tensor)) return undefined;
  const { dtype, shape, data_offsets: offsets } = tensor;
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) return undefined;
  const [start = -1, end = -1] = offsets;
  return start >= 0 && end >= start && Number.isSafeInteger(end) ? { name, dtype, shape, start, end } : undefined;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 0);
}

const MOST_OF_NAME = 80;

function describeFault(tensors: readonly TensorPlace[]): string | null {
  const found = findLayoutFault(tensors);
  return found === undefined ? null : `safetensors: the tensor ${plainText(found.name).slice(0, MOST_OF_NAME)} ${found.fault}`;
}

function compareSizes(promised: number, sizeBytes: number): string | null {
  if (promised === sizeBytes) return null;
  return `safetensors: the header promises ${sizesApart(promised, sizeBytes)}`;
}

/** Two sizes in words, to the byte when they would read the same. */
export function sizesApart(promised: number, sizeBytes: number): string {
  const [left, right] = [formatBytes(promised), formatBytes(sizeBytes)];
  return left === right ? `${promised} bytes, the file has ${sizeBytes}` : `${left}, the file has ${right}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
