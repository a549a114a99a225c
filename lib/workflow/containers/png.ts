import { inflateSync } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';
import { readExif } from './exif.ts';

const FIRST_CHUNK = 8;
const CHUNK_HEADER = 8;
const CHECKSUM = 4;

/** Text chunks of a PNG (tEXt, zTXt, iTXt, eXIf; PNG specification, third edition), wherever they stand. */
export function readPng(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const texts: MetadataText[] = [];
  let offset = FIRST_CHUNK;
  for (let part = 0; part < limits.parts; part++) {
    const header = source.read(offset, CHUNK_HEADER);
    if (header.length < CHUNK_HEADER) break;
    const length = header.readUInt32BE(0);
    const type = header.toString('latin1', 4, 8);
    if (type === 'IEND' || length > source.size) break;
    if (length <= limits.metadataBytes) texts.push(...readChunk(type, () => source.read(offset + CHUNK_HEADER, length), limits));
    offset += CHUNK_HEADER + length + CHECKSUM;
  }
  return texts;
}

function readChunk(type: string, load: () => Buffer, limits: ReadLimits): MetadataText[] {
  if (type === 'tEXt') return plainText(load());
  if (type === 'zTXt') return packedText(load(), limits);
  if (type === 'iTXt') return internationalText(load(), limits);
  if (type === 'eXIf') return readExif(load());
  return [];
}

/** The standard says Latin-1, ComfyUI's writer escapes everything beyond ASCII, and others write UTF-8. */
function plainText(data: Buffer): MetadataText[] {
  const end = data.indexOf(0);
  return end < 0 ? [] : [{ key: keyword(data, end), text: data.toString('utf8', end + 1) }];
}

function packedText(data: Buffer, limits: ReadLimits): MetadataText[] {
  const end = data.indexOf(0);
  const text = end < 0 ? undefined : unpack(data.subarray(end + 2), limits);
  return text === undefined ? [] : [{ key: keyword(data, end), text }];
}

function internationalText(data: Buffer, limits: ReadLimits): MetadataText[] {
  const end = data.indexOf(0);
  const languageEnd = end < 0 ? -1 : data.indexOf(0, end + 3);
  const translatedEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) return [];
  const body = data.subarray(translatedEnd + 1);
  const text = data[end + 1] === 1 ? unpack(body, limits) : body.toString('utf8');
  return text === undefined ? [] : [{ key: keyword(data, end), text }];
}

function keyword(data: Buffer, end: number): string {
  return data.toString('latin1', 0, end).toLowerCase();
}

/** `undefined` for damaged data, and for data that would unpack beyond the limit. */
function unpack(data: Buffer, limits: ReadLimits): string | undefined {
  try {
    return inflateSync(data, { maxOutputLength: limits.metadataBytes }).toString('utf8');
  } catch {
    return undefined;
  }
}
