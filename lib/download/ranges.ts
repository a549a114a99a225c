/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/** The ranges with one more, sorted, none touching another. Never changes its arguments. */
export function addRange(ranges: readonly ByteRange[], added: ByteRange): ByteRange[] {
  if (added.end <= added.start) return [...ranges];
  let { start, end } = added;
  const before: ByteRange[] = [];
  const after: ByteRange[] = [];
  for (const range of ranges) {
    if (range.end < start) before.push(range);
    else if (range.start > end) after.push(range);
    else {
      start = Math.min(start, range.start);
      end = Math.max(end, range.end);
    }
  }
  return [...before, { start, end }, ...after];
}

/** What of the ranges lies below `end`. */
export function clipRanges(ranges: readonly ByteRange[], end: number): ByteRange[] {
  return ranges.filter((range) => range.start < end).map((range) => ({ start: range.start, end: Math.min(range.end, end) }));
}

/** The ranges from whatever order and overlap, sorted, none touching another; what is none is left out. */
export function normaliseRanges(ranges: readonly ByteRange[]): ByteRange[] {
  return ranges.reduce<ByteRange[]>(addRange, []);
}

/** What of `wanted` is in none of the ranges. */
export function missingRanges(ranges: readonly ByteRange[], wanted: ByteRange): ByteRange[] {
  const missing: ByteRange[] = [];
  let { start } = wanted;
  for (const range of ranges) {
    if (range.end <= start) continue;
    if (range.start >= wanted.end) break;
    if (range.start > start) missing.push({ start, end: range.start });
    start = range.end;
  }
  return start < wanted.end ? [...missing, { start, end: wanted.end }] : missing;
}

/** Bytes from the beginning on that are there without a gap. */
export function contiguousFront(ranges: readonly ByteRange[]): number {
  const [first] = ranges;
  return first?.start === 0 ? first.end : 0;
}

/** Bytes in all ranges together. */
export function countBytes(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, range) => sum + range.end - range.start, 0);
}

/**
 * The first bytes that are in none of the ranges, at most `most` of them and below `total`; `undefined` when there are none.
 * While the total is not known, pass `Infinity`.
 */
export function firstGap(ranges: readonly ByteRange[], options: { total: number; most: number }): ByteRange | undefined {
  const start = contiguousFront(ranges);
  const next = ranges.find((range) => range.start > start);
  const end = Math.min(start + options.most, next?.start ?? Infinity, options.total);
  return end > start ? { start, end } : undefined;
}
