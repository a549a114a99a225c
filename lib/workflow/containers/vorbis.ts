import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

const COMMENT_BLOCK = 4;

/** The comments of a FLAC file (`NAME=value`). */
export function readFlac(source: ByteSource, limits: ReadLimits): MetadataText[] {
  let offset = 4;
  for (let part = 0; part < limits.parts; part++) {
    const header = source.read(offset, 4);
    if (header.length < 4) break;
    const kind = header.readUInt8(0);
    const length = header.readUIntBE(1, 3);
    if ((kind & 0x7f) === COMMENT_BLOCK) return readComments(source.read(offset + 4, length), limits);
    if (kind >= 0x80) break;
    offset += 4 + length;
  }
  return [];
}

/** The comments of an Ogg file (Opus or Vorbis): the second packet, put together from its pages. */
export function readOgg(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const packet = secondPacket(source, limits);
  const head = packet.toString('latin1', 0, 8);
  if (head === 'OpusTags') return readComments(packet.subarray(8), limits);
  return head.startsWith('\x03vorbis') ? readComments(packet.subarray(7), limits) : [];
}

function secondPacket(source: ByteSource, limits: ReadLimits): Buffer {
  const pieces: Buffer[] = [];
  let offset = 0;
  let packet = 0;
  let total = 0;
  for (let page = 0; page < limits.parts && total < limits.metadataBytes; page++) {
    const header = source.read(offset, 27 + 255);
    if (header.length < 27 || header.toString('latin1', 0, 4) !== 'OggS') break;
    const segments = header.subarray(27, 27 + header.readUInt8(26));
    let at = offset + 27 + segments.length;
    for (const length of segments) {
      if (packet === 1) pieces.push(source.read(at, length));
      total += packet === 1 ? length : 0;
      at += length;
      // A segment shorter than 255 ends the packet.
      if (length < 255 && ++packet > 1) return Buffer.concat(pieces);
    }
    offset = at;
  }
  return Buffer.concat(pieces);
}

function readComments(data: Buffer, limits: ReadLimits): MetadataText[] {
  const texts: MetadataText[] = [];
  if (data.length < 8) return texts;
  let offset = 4 + data.readUInt32LE(0);
  const count = offset + 4 <= data.length ? Math.min(data.readUInt32LE(offset), limits.parts) : 0;
  offset += 4;
  for (let i = 0; i < count && offset + 4 <= data.length; i++) {
    const length = data.readUInt32LE(offset);
    const entry = data.toString('utf8', offset + 4, offset + 4 + length);
    const split = entry.indexOf('=');
    if (split > 0) texts.push({ key: entry.slice(0, split).toLowerCase(), text: entry.slice(split + 1) });
    offset += 4 + length;
  }
  return texts;
}
