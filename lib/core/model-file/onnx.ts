import { sizesApart } from './safetensors.ts';
import { plainFinding } from './structure.ts';
import type { FileReader, FormatFinding } from './structure.ts';

/** More top-level fields than any real model has. */
const MAX_FIELDS = 10_000;
const HEADER_BYTES = 20;

/** `true` when the bytes begin as ONNX's ModelProto does: field 1 (`ir_version`), a small number, then another field of it. */
export function looksLikeOnnx(head: Buffer): boolean {
  const [tag, version, next] = head;
  return tag === 0x08 && version !== undefined && version >= 1 && version <= 32 && next !== undefined && isModelField(next >> 3);
}

/**
 * Steps over the top-level fields (onnx.proto, read 2026-10): each says its length, and the last must end where the file ends. ONNX has
 * no other mark of its end.
 */
export async function inspectOnnx(reader: FileReader): Promise<FormatFinding> {
  let position = 0;
  for (let field = 0; field < MAX_FIELDS && position < reader.sizeBytes; field++) {
    const next = endOfField(await reader.read(position, HEADER_BYTES), position);
    if (next === undefined) return plainFinding('onnx: the file is not readable as a model');
    position = next;
  }
  return plainFinding(position > reader.sizeBytes ? `onnx: the model has ${sizesApart(position, reader.sizeBytes)}` : null);
}

function endOfField(bytes: Buffer, position: number): number | undefined {
  const tag = readVarint(bytes, 0);
  if (tag === undefined || !isModelField(Math.floor(tag.value / 8))) return undefined;
  const wire = tag.value % 8;
  if (wire === 1) return position + tag.end + 8;
  if (wire === 5) return position + tag.end + 4;
  const value = readVarint(bytes, tag.end);
  if (value === undefined || (wire !== 0 && wire !== 2)) return undefined;
  return position + value.end + (wire === 2 ? value.value : 0);
}

/** ModelProto has the fields 1 to 8, 14, 20, 25 and 26. */
function isModelField(field: number): boolean {
  return (field >= 1 && field <= 8) || field === 14 || field === 20 || field === 25 || field === 26;
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return undefined;
}
