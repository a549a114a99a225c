import { crc32, deflateSync } from 'node:zlib';

/** Bytes of small containers that carry texts, built as their formats say: what a test shows is in its texts alone. */

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const uint32le = (value: number): Buffer => Buffer.from(uint32(value)).reverse();

/** One chunk of a PNG. `claimed` writes another length than the data has. */
export function pngChunk(type: string, data: Buffer, claimed = data.length): Buffer {
  const body = Buffer.concat([ascii(type), data]);
  return Buffer.concat([uint32(claimed), body, uint32(crc32(body))]);
}

export function png(...chunks: Buffer[]): Buffer {
  return Buffer.concat([ascii('\x89PNG\r\n\x1a\n'), pngChunk('IHDR', Buffer.alloc(13)), ...chunks, pngChunk('IEND', Buffer.alloc(0))]);
}

export const textChunk = (key: string, text: string): Buffer => pngChunk('tEXt', Buffer.from(`${key}\0${text}`));
export const packedChunk = (key: string, text: string): Buffer =>
  pngChunk('zTXt', Buffer.concat([ascii(`${key}\0\0`), deflateSync(Buffer.from(text))]));
export const internationalChunk = (key: string, text: string, isPacked: boolean): Buffer =>
  pngChunk(
    'iTXt',
    Buffer.concat([ascii(`${key}\0${isPacked ? '\x01' : '\0'}\0en\0\0`), isPacked ? deflateSync(Buffer.from(text)) : Buffer.from(text)]),
  );

/** A little-endian EXIF block whose entries are texts, by tag. */
export function exif(entries: readonly (readonly [tag: number, text: string])[]): Buffer {
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  const texts = entries.map(([, text]) => Buffer.from(`${text}\0`));
  let offset = 8 + directory.length;
  for (const [i, [tag]] of entries.entries()) {
    const at = 2 + i * 12;
    const length = texts[i]?.length ?? 0;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(2, at + 2);
    directory.writeUInt32LE(length, at + 4);
    directory.writeUInt32LE(offset, at + 8);
    offset += length;
  }
  return Buffer.concat([ascii('II*\0'), uint32le(8), directory, ...texts]);
}

export function webp(exifBlock: Buffer): Buffer {
  const chunk = (type: string, data: Buffer) => Buffer.concat([ascii(type), uint32le(data.length), data, Buffer.alloc(data.length % 2)]);
  const body = Buffer.concat([ascii('WEBP'), chunk('VP8 ', Buffer.alloc(7)), chunk('EXIF', exifBlock)]);
  return Buffer.concat([ascii('RIFF'), uint32le(body.length), body]);
}

export function jpeg(exifBlock: Buffer): Buffer {
  const data = Buffer.concat([ascii('Exif\0\0'), exifBlock]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(data.length + 2);
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe1]), length, data, Buffer.from([0xff, 0xda, 0, 2, 0xff, 0xd9])]);
}

export function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint32(body.length + 8), ascii(type), body]);
}

/** A film with named texts, as FFmpeg writes them: the names in `keys`, the values in `ilst` by number. */
export function mp4(texts: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(texts).map((name) => Buffer.concat([uint32(name.length + 8), ascii('mdta'), ascii(name)]));
  const keys = box('keys', uint32(0), uint32(names.length), ...names);
  const items = Object.values(texts).map((text, i) => {
    const data = box('data', uint32(1), uint32(0), Buffer.from(text));
    return Buffer.concat([uint32(data.length + 8), uint32(i + 1), data]);
  });
  const meta = box('meta', uint32(0), box('hdlr', Buffer.alloc(24)), keys, box('ilst', ...items));
  return Buffer.concat([box('ftyp', ascii('isom')), box('mdat', Buffer.alloc(64)), box('moov', box('udta', meta))]);
}

/** An element of Matroska; sizes always take eight bytes. */
export function element(id: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const idBytes = Buffer.from(id.toString(16), 'hex');
  return Buffer.concat([idBytes, Buffer.from([1, 0, 0, 0]), uint32(body.length), body]);
}

export function webm(texts: Readonly<Record<string, string>>): Buffer {
  const tags = Object.entries(texts).map(([name, text]) =>
    element(0x67c8, element(0x45a3, ascii(name)), element(0x4487, Buffer.from(text))),
  );
  const cluster = element(0x1f43b675, Buffer.alloc(40));
  return Buffer.concat([element(0x1a45dfa3, Buffer.alloc(4)), element(0x18538067, cluster, element(0x1254c367, element(0x7373, ...tags)))]);
}

export function mp3(texts: Readonly<Record<string, string>>): Buffer {
  const sizeOf = (length: number) => Buffer.from([21, 14, 7, 0].map((shift) => (length >> shift) & 0x7f));
  const frames = Object.entries(texts).map(([name, text]) => {
    const body = Buffer.concat([Buffer.from([3]), Buffer.from(`${name}\0${text}\0`)]);
    return Buffer.concat([ascii('TXXX'), sizeOf(body.length), Buffer.alloc(2), body]);
  });
  const data = Buffer.concat(frames);
  return Buffer.concat([ascii('ID3\x04\0\0'), sizeOf(data.length), data]);
}

function comments(texts: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(texts).map(([name, text]) => Buffer.from(`${name}=${text}`));
  return Buffer.concat([
    uint32le(4),
    ascii('test'),
    uint32le(entries.length),
    ...entries.flatMap((entry) => [uint32le(entry.length), entry]),
  ]);
}

export function flac(texts: Readonly<Record<string, string>>): Buffer {
  const block = (kind: number, data: Buffer) => Buffer.concat([Buffer.from([kind]), uint32(data.length).subarray(1), data]);
  return Buffer.concat([ascii('fLaC'), block(0, Buffer.alloc(34)), block(0x84, comments(texts))]);
}

/** An Opus sound whose comments run over as many pages as they need. */
export function opus(texts: Readonly<Record<string, string>>): Buffer {
  const page = (segments: Buffer[]) =>
    Buffer.concat([ascii('OggS'), Buffer.alloc(22), Buffer.from([segments.length, ...segments.map((s) => s.length)]), ...segments]);
  const packet = Buffer.concat([ascii('OpusTags'), comments(texts)]);
  const segments: Buffer[] = [];
  for (let at = 0; at <= packet.length; at += 255) segments.push(packet.subarray(at, at + 255));
  const pages: Buffer[] = [];
  for (let at = 0; at < segments.length; at += 3) pages.push(page(segments.slice(at, at + 3)));
  return Buffer.concat([page([ascii('OpusHead')]), ...pages]);
}

export function glb(json: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(json));
  return Buffer.concat([ascii('glTF'), uint32le(2), uint32le(20 + body.length), uint32le(body.length), ascii('JSON'), body]);
}

/** What ComfyUI's SaveLatent writes: safetensors with the texts in their metadata. */
export function latent(texts: Readonly<Record<string, string>>): Buffer {
  const header = Buffer.from(JSON.stringify({ __metadata__: texts, latent_tensor: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4)]);
}
