import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

const ENCODINGS = ['latin1', 'utf-16', 'utf-16be', 'utf-8'] as const;

/** Named texts (TXXX) and comments (COMM) of an ID3v2.3 or 2.4 tag, which ComfyUI's audio saver writes at the head of an MP3. */
export function readId3(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const header = source.read(0, 10);
  const version = header[3] ?? 0;
  if (header.length < 10 || version < 3) return [];
  const data = source.read(10, Math.min(syncSafe(header, 6), limits.metadataBytes));
  const texts: MetadataText[] = [];
  let offset = 0;
  for (let part = 0; part < limits.parts && offset + 10 <= data.length; part++) {
    const length = version === 4 ? syncSafe(data, offset + 4) : data.readUInt32BE(offset + 4);
    if (length === 0) break;
    texts.push(...readFrame(data.toString('latin1', offset, offset + 4), data.subarray(offset + 10, offset + 10 + length)));
    offset += 10 + length;
  }
  return texts;
}

function readFrame(type: string, frame: Buffer): MetadataText[] {
  if (type !== 'TXXX' && type !== 'COMM') return [];
  const encoding = ENCODINGS[frame[0] ?? 0] ?? 'latin1';
  const body = frame.subarray(type === 'COMM' ? 4 : 1);
  const split = new TextDecoder(encoding).decode(body).split('\0');
  const [name = '', ...rest] = split;
  return [{ key: name.replace('\ufeff', '').toLowerCase(), text: rest.join('').replace('\ufeff', '') }];
}

/** Seven bits a byte. */
function syncSafe(data: Buffer, at: number): number {
  return [0, 1, 2, 3].reduce((sum, i) => sum * 128 + ((data[at + i] ?? 0) & 0x7f), 0);
}
