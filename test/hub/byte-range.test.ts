import { expect, test } from 'bun:test';
import { decideRange, type RangeDecision } from '../../lib/hub/byte-range.ts';

const SUBJECT = { sizeBytes: 100, etag: '"a"', lastModified: 'Tue, 01 Sep 2026 12:00:00 GMT' };
const WHOLE: RangeDecision = { kind: 'whole' };
const part = (start: number, end: number): RangeDecision => ({ kind: 'part', start, end });

const CASES: [why: string, headers: Record<string, string>, decision: RangeDecision][] = [
  ['no range', {}, WHOLE],
  ['first bytes', { range: 'bytes=0-9' }, part(0, 10)],
  ['from a place on', { range: 'bytes=90-' }, part(90, 100)],
  ['beyond the end', { range: 'bytes=90-500' }, part(90, 100)],
  ['last bytes', { range: 'bytes=-5' }, part(95, 100)],
  ['more last bytes than there are', { range: 'bytes=-500' }, part(0, 100)],
  ['start at the end', { range: 'bytes=100-' }, { kind: 'unsatisfiable' }],
  ['no last bytes', { range: 'bytes=-0' }, { kind: 'unsatisfiable' }],
  ['backwards', { range: 'bytes=9-1' }, WHOLE],
  ['several ranges', { range: 'bytes=0-1,5-6' }, WHOLE],
  ['another unit', { range: 'pages=0-1' }, WHOLE],
  ['nothing on either side', { range: 'bytes=-' }, WHOLE],
  ['the same state by tag', { range: 'bytes=5-', 'if-range': '"a"' }, part(5, 100)],
  ['the same state by date', { range: 'bytes=5-', 'if-range': SUBJECT.lastModified }, part(5, 100)],
  ['another state', { range: 'bytes=5-', 'if-range': '"b"' }, WHOLE],
  ['a weak tag', { range: 'bytes=5-', 'if-range': 'W/"a"' }, WHOLE],
];

test.each(CASES)('a range is decided: %s', (_why, headers, decision) => {
  expect(decideRange(new Headers(headers), SUBJECT)).toEqual(decision);
});
