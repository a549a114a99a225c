import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

/** The text of `<metadata>` of an SVG drawing, which ComfyUI's saver fills with JSON. */
export function readSvg(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const text = source.read(0, limits.metadataBytes).toString('utf8');
  const start = text.indexOf('<metadata');
  const end = start < 0 ? -1 : text.indexOf('</metadata>', start);
  if (end < 0) return [];
  const body = text.slice(text.indexOf('>', start) + 1, end).trim();
  return [{ key: '', text: body.replace(/^<!\[CDATA\[/, '').replace(/\]\]>$/, '') }];
}
