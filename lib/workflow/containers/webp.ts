import type { ByteSource } from './byte-source.ts';
import { readExif } from './exif.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

/** The EXIF chunk of a WebP picture (RIFF container, chunks padded to even length). */
export function readWebp(source: ByteSource, limits: ReadLimits): MetadataText[] {
  let offset = 12;
  for (let part = 0; part < limits.parts; part++) {
    const header = source.read(offset, 8);
    if (header.length < 8) break;
    const length = header.readUInt32LE(4);
    if (header.toString('latin1', 0, 4) === 'EXIF') return length <= limits.metadataBytes ? readExif(source.read(offset + 8, length)) : [];
    offset += 8 + length + (length % 2);
  }
  return [];
}
