import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

/** Element ids, RFC 9559. */
const SEGMENT = 0x18538067;
const TAGS = 0x1254c367;
const TAG = 0x7373;
const SIMPLE_TAG = 0x67c8;
const TAG_NAME = 0x45a3;
const TAG_STRING = 0x4487;

interface Element {
  id: number;
  start: number;
  end: number;
}

/** Tags of a WebM or Matroska film, wherever in the segment they stand; clusters are stepped over. */
export function readMatroska(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const inside = (element: Element, id: number) => elements(source, element, limits).filter((child) => child.id === id);
  return elements(source, { start: 0, end: source.size }, limits)
    .filter((element) => element.id === SEGMENT)
    .flatMap((segment) => inside(segment, TAGS))
    .flatMap((tags) => inside(tags, TAG))
    .flatMap((tag) => inside(tag, SIMPLE_TAG))
    .flatMap((simple) => readSimpleTag(source, simple, limits));
}

function readSimpleTag(source: ByteSource, simple: Element, limits: ReadLimits): MetadataText[] {
  const parts = elements(source, simple, limits);
  const name = parts.find((part) => part.id === TAG_NAME);
  const value = parts.find((part) => part.id === TAG_STRING);
  if (name === undefined || value === undefined || value.end - value.start > limits.metadataBytes) return [];
  const text = (part: Element) =>
    source
      .read(part.start, part.end - part.start)
      .toString('utf8')
      .replace(/\0+$/, '');
  return [{ key: text({ ...name, end: Math.min(name.end, name.start + 256) }).toLowerCase(), text: text(value) }];
}

function elements(source: ByteSource, range: { start: number; end: number }, limits: ReadLimits): Element[] {
  const found: Element[] = [];
  let offset = range.start;
  while (offset < range.end && found.length < limits.parts) {
    const header = source.read(offset, 12);
    const id = variableNumber(header, 0, false);
    const size = id === undefined ? undefined : variableNumber(header, id.length, true);
    if (id === undefined || size === undefined) break;
    const start = offset + id.length + size.length;
    // A file that was still being written when it was cut has no length for its segment: it reaches to the end.
    const end = size.unknown ? range.end : Math.min(start + size.value, range.end);
    found.push({ id: id.value, start, end });
    offset = end;
  }
  return found;
}

/** A number whose leading zero bits tell its length; an id keeps its marker bit, a size drops it. */
function variableNumber(bytes: Buffer, at: number, dropMarker: boolean): { value: number; length: number; unknown: boolean } | undefined {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return undefined;
  let value = dropMarker ? first & (0xff >> length) : first;
  let ones = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    ones &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return { value, length, unknown: dropMarker && ones };
}
