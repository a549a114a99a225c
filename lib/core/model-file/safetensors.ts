import { formatBytes } from '../units.ts';
import { plainFinding } from './structure.ts';
import type { FileReader, FormatFinding } from './structure.ts';

/** The longest header that the format allows (safetensors README, read 2026-10). */
const MAX_HEADER_BYTES = 100_000_000;

/** `true` when the first bytes can only be a safetensors header: its length as a small 64-bit number, then `{`. */
export function looksLikeSafetensors(head: Buffer): boolean {
  return head.length >= 9 && head.readBigUInt64LE(0) <= MAX_HEADER_BYTES && head[8] === 0x7b;
}

/** Checks the header against the file: its bounds, its JSON, and that the tensors end exactly where the file ends. */
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
  const header = parseHeader(await reader.read(8, headerBytes));
  return header === undefined
    ? plainFinding('safetensors: the header is not readable')
    : judgeHeader(header, headerBytes, reader.sizeBytes);
}

function parseHeader(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

function judgeHeader(header: Record<string, unknown>, headerBytes: number, sizeBytes: number): FormatFinding {
  const tensorNames = Object.keys(header).filter((name) => name !== '__metadata__');
  let end = 0;
  for (const name of tensorNames) {
    const tensorEnd = endOf(header[name]);
    if (tensorEnd === undefined) return plainFinding('safetensors: the header gives a tensor without its place');
    end = Math.max(end, tensorEnd);
  }
  return { damage: compareSizes(8 + headerBytes + end, sizeBytes), tensorNames, architecture: null };
}

function endOf(tensor: unknown): number | undefined {
  const offsets: unknown = isRecord(tensor) ? tensor['data_offsets'] : undefined;
  if (!Array.isArray(offsets)) return undefined;
  const start: unknown = offsets[0];
  const end: unknown = offsets[1];
  return typeof start === 'number' && typeof end === 'number' && start >= 0 && end >= start && Number.isSafeInteger(end) ? end : undefined;
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
