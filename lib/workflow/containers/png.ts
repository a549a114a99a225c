import { systemErrorCode } from '../../core/error.ts';
import { formatBytes } from '../../core/units.ts';
import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText, UnreadText } from './metadata.ts';
import { readExif } from './exif.ts';

const FIRST_CHUNK = 8;
const CHUNK_HEADER = 8;
const CHECKSUM = 4;
const TEXT_TYPES = new Set(['tEXt', 'zTXt', 'iTXt', 'comf']);
/** A keyword has at most 79, and a NUL behind it. */
const KEYWORD_BYTES = 80;

type Entry = MetadataText | UnreadText;

/**
 * Text chunks of a PNG (tEXt, zTXt, iTXt, eXIf; PNG specification, third edition), wherever they stand, and ComfyUI's own: its saver of animated
 * PNGs writes `comf`, built as tEXt (`_create_animated_png_metadata` in comfy_api/latest/_ui.py, read 2026-11).
 */
export function readPng(source: ByteSource, limits: ReadLimits): Entry[] {
  const texts: Entry[] = [];
  const unpacker = new Unpacker(limits.metadataBytes);
  let offset = FIRST_CHUNK;
  for (let part = 0; part < limits.parts; part++) {
    const header = source.read(offset, CHUNK_HEADER);
    if (header.length < CHUNK_HEADER) break;
    const length = header.readUInt32BE(0);
    const type = header.toString('latin1', 4, 8);
    if (type === 'IEND') break;
    const data = (most: number) => source.read(offset + CHUNK_HEADER, Math.min(length, most));
    if (length > source.size) {
      texts.push(...unreadChunk(type, data(KEYWORD_BYTES), 'it is cut off'));
      break;
    }
    if (length > limits.metadataBytes) texts.push(...unreadChunk(type, data(KEYWORD_BYTES), `it has ${formatBytes(length)}`));
    else texts.push(...readChunk(type, () => data(length), unpacker));
    offset += CHUNK_HEADER + length + CHECKSUM;
  }
  return texts;
}

function unreadChunk(type: string, head: Buffer, fault: string): UnreadText[] {
  const end = TEXT_TYPES.has(type) ? head.indexOf(0) : -1;
  return end < 0 ? [] : [{ key: keyword(head, end), fault }];
}

function readChunk(type: string, load: () => Buffer, unpacker: Unpacker): Entry[] {
  if (type === 'tEXt' || type === 'comf') return plainText(load());
  if (type === 'zTXt') return packedText(load(), unpacker);
  if (type === 'iTXt') return internationalText(load(), unpacker);
  if (type === 'eXIf') return readExif(load());
  return [];
}

/** The standard says Latin-1, ComfyUI's writer escapes everything beyond ASCII, and others write UTF-8. */
function plainText(data: Buffer): MetadataText[] {
  const end = data.indexOf(0);
  return end < 0 ? [] : [{ key: keyword(data, end), text: data.toString('utf8', end + 1) }];
}

function packedText(data: Buffer, unpacker: Unpacker): Entry[] {
  const end = data.indexOf(0);
  return end < 0 ? [] : [{ key: keyword(data, end), ...unpacker.unpack(data.subarray(end + 2)) }];
}

function internationalText(data: Buffer, unpacker: Unpacker): Entry[] {
  const end = data.indexOf(0);
  const languageEnd = end < 0 ? -1 : data.indexOf(0, end + 3);
  const translatedEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) return [];
  const body = data.subarray(translatedEnd + 1);
  const content = data[end + 1] === 1 ? unpacker.unpack(body) : { text: body.toString('utf8') };
  return [{ key: keyword(data, end), ...content }];
}

function keyword(data: Buffer, end: number): string {
  return data.toString('latin1', 0, end).toLowerCase();
}

/** Unpacks texts as long as all of a file's together stay within a bound. */
class Unpacker {
  #left: number;

  constructor(mostBytes: number) {
    this.#left = mostBytes;
  }

  /** A fault for damaged data, and for data that would unpack beyond the bound: either may have cost half of what is left. */
  unpack(data: Buffer): { text: string } | { fault: string } {
    const most = Math.floor(this.#left / 2);
    try {
      // loaded here: it takes a start nine milliseconds, and few pictures need it
      const unpacked = process.getBuiltinModule('node:zlib').inflateSync(data, { maxOutputLength: Math.max(most, 1) });
      this.#left -= unpacked.length;
      return { text: unpacked.toString('utf8') };
    } catch (error) {
      this.#left -= most;
      const isLong = systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE';
      return { fault: isLong ? `it unpacks to more than ${formatBytes(most)}` : 'its packed data is damaged' };
    }
  }
}
