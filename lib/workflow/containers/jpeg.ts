import type { ByteSource } from './byte-source.ts';
import { readExif } from './exif.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

const START_OF_SCAN = 0xda;
const APPLICATION_1 = 0xe1;
const COMMENT = 0xfe;

/** EXIF and comment segments of a JPEG, up to where the picture begins. */
export function readJpeg(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const texts: MetadataText[] = [];
  let offset = 2;
  for (let part = 0; part < limits.parts; part++) {
    const header = source.read(offset, 4);
    if (header.length < 4 || header[0] !== 0xff || header[1] === START_OF_SCAN) break;
    const length = header.readUInt16BE(2);
    if (length < 2) break;
    if (header[1] === APPLICATION_1) texts.push(...readExif(source.read(offset + 4, length - 2)));
    if (header[1] === COMMENT) texts.push({ key: '', text: source.read(offset + 4, length - 2).toString('utf8') });
    offset += 2 + length;
  }
  return texts;
}
