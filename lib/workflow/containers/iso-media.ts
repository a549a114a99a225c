import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

interface Box {
  type: string;
  /** Where its content begins and ends in the file. */
  start: number;
  end: number;
}

/**
 * Texts of an MP4 or QuickTime film (ISO 14496-12): entries by name under `moov/meta` or `moov/udta/meta` (`keys` and `ilst`, as FFmpeg
 * writes them for ComfyUI's own saver), and the comment that VideoHelperSuite writes.
 */
export function readIsoMedia(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const movie = boxes(source, { start: 0, end: source.size }, limits).find((box) => box.type === 'moov');
  if (movie === undefined) return [];
  const children = boxes(source, movie, limits);
  const userData = children.filter((box) => box.type === 'udta').flatMap((box) => boxes(source, box, limits));
  const metas = [...children, ...userData].filter((box) => box.type === 'meta');
  return metas.flatMap((meta) => readMeta(source, meta, limits));
}

function readMeta(source: ByteSource, meta: Box, limits: ReadLimits): MetadataText[] {
  const content = boxes(source, skipVersion(source, meta), limits);
  const names = content.filter((box) => box.type === 'keys').flatMap((box) => readKeys(source, box, limits));
  const items = content.filter((box) => box.type === 'ilst').flatMap((box) => boxes(source, box, limits));
  return items.flatMap((item) => readItem(source, item, { names, limits }));
}

/** ISO's box has four bytes of version and flags, QuickTime's has none: a child's type in the place tells them apart. */
function skipVersion(source: ByteSource, meta: Box): Box {
  const type = source.read(meta.start + 4, 4).toString('latin1');
  return /^(hdlr|keys|ilst)$/.test(type) ? meta : { ...meta, start: meta.start + 4 };
}

function readKeys(source: ByteSource, box: Box, limits: ReadLimits): string[] {
  const data = source.read(box.start, Math.min(box.end - box.start, limits.metadataBytes));
  const names: string[] = [];
  let offset = 8;
  while (offset + 8 <= data.length && names.length < limits.parts) {
    const length = data.readUInt32BE(offset);
    if (length < 8) break;
    names.push(data.toString('utf8', offset + 8, offset + length));
    offset += length;
  }
  return names;
}

/** An item's type is the number of its key, or a name of its own such as `©cmt`. */
function readItem(source: ByteSource, item: Box, context: { names: readonly string[]; limits: ReadLimits }): MetadataText[] {
  const data = boxes(source, item, context.limits).find((box) => box.type === 'data');
  const length = data === undefined ? 0 : data.end - data.start - 8;
  if (data === undefined || length <= 0 || length > context.limits.metadataBytes) return [];
  const number = Buffer.from(item.type, 'latin1').readUInt32BE(0);
  const key = context.names[number - 1] ?? item.type;
  return [{ key: key.toLowerCase(), text: source.read(data.start + 8, length).toString('utf8') }];
}

/** The boxes that lie side by side in a range; a length of 0 means "to the end", 1 that 64 bits follow. */
function boxes(source: ByteSource, range: { start: number; end: number }, limits: ReadLimits): Box[] {
  const found: Box[] = [];
  let offset = range.start;
  while (offset + 8 <= range.end && found.length < limits.parts) {
    const header = source.read(offset, 16);
    if (header.length < 8) break;
    const short = header.readUInt32BE(0);
    const wide = short === 1 && header.length === 16;
    const length = wide ? Number(header.readBigUInt64BE(8)) : short === 0 ? range.end - offset : short;
    const head = wide ? 16 : 8;
    if (length < head) break;
    found.push({ type: header.toString('latin1', 4, 8), start: offset + head, end: Math.min(offset + length, range.end) });
    offset += length;
  }
  return found;
}
