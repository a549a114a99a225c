import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CivitaiFile } from './catalogue.ts';
import { type Content, readPieces } from './content.ts';

const known = new WeakMap<Content, Readonly<Record<string, string>>>();

/** The hashes that Civitai tells of a file, upper-case; empty for a file that it never hashed. */
export function hashesOf(file: CivitaiFile): Readonly<Record<string, string>> {
  if (file.unhashed === true) return {};
  const computed = known.get(file.content) ?? computeHashes(file.content);
  known.set(file.content, computed);
  if (file.statedSha256 === undefined) return computed;
  const stated = file.statedSha256.toUpperCase();
  return { ...computed, SHA256: stated, AutoV2: stated.slice(0, 10), SHA256_12: stated.slice(0, 12) };
}

/** AutoV1 reads 64 KiB at 1 MiB and does not exist below about 2 MiB; AutoV3 leaves out the safetensors header (model-scanner's HashTask). */
const AUTO_V1_OFFSET = 0x100000;
const AUTO_V1_BYTES = 0x10000;
const AUTO_V1_MIN_BYTES = 2 * 1024 * 1024;

function computeHashes(content: Content): Record<string, string> {
  const sha256 = content.sha256.toUpperCase();
  const hashes: Record<string, string> = { SHA256: sha256, AutoV2: sha256.slice(0, 10), SHA256_12: sha256.slice(0, 12) };
  if (content.sizeBytes >= AUTO_V1_MIN_BYTES) {
    const sample = content.read(AUTO_V1_OFFSET, AUTO_V1_OFFSET + AUTO_V1_BYTES);
    hashes['AutoV1'] = createHash('sha256').update(sample).digest('hex').slice(0, 8).toUpperCase();
  }
  const dataStart = safetensorsDataStart(content);
  if (dataStart !== undefined) hashes['AutoV3'] = hashFrom(content, dataStart).slice(0, 12);
  let checksum = 0;
  for (const piece of readPieces(content)) checksum = crc32(piece, checksum);
  hashes['CRC32'] = checksum.toString(16).padStart(8, '0').toUpperCase();
  return hashes;
}

function safetensorsDataStart(content: Content): number | undefined {
  if (content.sizeBytes < 9) return undefined;
  const head = content.read(0, 9);
  const headerBytes = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
  return head[8] === 0x7b && 8 + headerBytes <= content.sizeBytes ? 8 + headerBytes : undefined;
}

function hashFrom(content: Content, start: number): string {
  const hash = createHash('sha256');
  for (const piece of readPieces(content, start)) hash.update(piece);
  return hash.digest('hex').toUpperCase();
}
