import type { MetadataText } from './metadata.ts';

const ASCII = 2;
const UNDEFINED = 7;
const BYTE = 1;
const EXIF_POINTER = 0x8769;
const MAX_ENTRIES = 512;

/**
 * Texts of an EXIF block (TIFF 6.0, EXIF 2.32). ComfyUI writes `workflow:{...}` and `prompt:{...}` into the tags of camera make and model;
 * other savers use the user comment.
 */
export function readExif(data: Buffer): MetadataText[] {
  const tiff = data.toString('latin1', 0, 4) === 'Exif' ? data.subarray(6) : data;
  const order = tiff.toString('latin1', 0, 2);
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return [];
  const block = new TiffBlock(tiff, order === 'II');
  return block.directory(block.long(4), 0);
}

class TiffBlock {
  readonly #data: Buffer;
  readonly #little: boolean;
  /** Entries may point at the same bytes again and again. */
  #left: number;

  constructor(data: Buffer, little: boolean) {
    this.#data = data;
    this.#little = little;
    this.#left = data.length;
  }

  long(offset: number): number {
    if (offset + 4 > this.#data.length) return 0;
    return this.#little ? this.#data.readUInt32LE(offset) : this.#data.readUInt32BE(offset);
  }

  #short(offset: number): number {
    if (offset + 2 > this.#data.length) return 0;
    return this.#little ? this.#data.readUInt16LE(offset) : this.#data.readUInt16BE(offset);
  }

  /** One level deep: the EXIF directory below the first one is the only other that holds comments. */
  directory(offset: number, depth: number): MetadataText[] {
    const texts: MetadataText[] = [];
    const count = Math.min(this.#short(offset), MAX_ENTRIES);
    for (let i = 0; i < count; i++) {
      const entry = offset + 2 + i * 12;
      if (this.#short(entry) === EXIF_POINTER && depth === 0) texts.push(...this.directory(this.long(entry + 8), 1));
      else texts.push(...this.#text(entry));
    }
    return texts;
  }

  #text(entry: number): MetadataText[] {
    const type = this.#short(entry + 2);
    const length = this.long(entry + 4);
    if ((type !== ASCII && type !== UNDEFINED && type !== BYTE) || length < 8) return [];
    const start = this.long(entry + 8);
    const bytes = this.#data.subarray(start, start + length);
    this.#left -= bytes.length;
    if (this.#left < 0) return [];
    const text = decode(bytes);
    const prefix = /^(workflow|prompt):/i.exec(text);
    return [{ key: prefix?.[1]?.toLowerCase() ?? '', text: prefix ? text.slice(prefix[0].length) : text }];
  }
}

/** A user comment begins with eight bytes that name its character set. */
function decode(bytes: Buffer): string {
  const charset = bytes.toString('latin1', 0, 8);
  if (charset === 'UNICODE\0') return decodeWide(bytes.subarray(8));
  const body = charset === 'ASCII\0\0\0' ? bytes.subarray(8) : bytes;
  return body.toString('utf8').replace(/\0+$/, '');
}

/** Both byte orders occur; JSON begins with an ASCII character, whose zero byte tells them apart. */
function decodeWide(bytes: Buffer): string {
  return new TextDecoder(bytes[0] === 0 ? 'utf-16be' : 'utf-16le').decode(bytes).replace(/\0+$/, '');
}
