import { expect, test } from 'bun:test';

import { readContentRange } from '../../lib/download/answer.ts';
import type { ContentIdentity } from '../../lib/download/identity.ts';
import { compareIdentity, ifRangeValue, readIdentity, UNKNOWN_IDENTITY } from '../../lib/download/identity.ts';
import type { ByteRange } from '../../lib/download/ranges.ts';
import { addRange, clipRanges, contiguousFront, countBytes, firstGap, missingRanges } from '../../lib/download/ranges.ts';

const ranges = (...pairs: [number, number][]): ByteRange[] => pairs.map(([start, end]) => ({ start, end }));

const ADDED: [held: ByteRange[], added: [number, number], result: ByteRange[]][] = [
  [[], [0, 5], ranges([0, 5])],
  [ranges([0, 5]), [5, 9], ranges([0, 9])],
  [ranges([0, 5]), [6, 9], ranges([0, 5], [6, 9])],
  [ranges([0, 5], [10, 15]), [5, 10], ranges([0, 15])],
  [ranges([0, 5], [10, 15], [20, 25]), [3, 22], ranges([0, 25])],
  [ranges([10, 15]), [0, 3], ranges([0, 3], [10, 15])],
  [ranges([0, 10]), [2, 4], ranges([0, 10])],
  [ranges([0, 10]), [4, 4], ranges([0, 10])],
];

test.each(ADDED)('%j with %j', (held, [start, end], result) => {
  expect(addRange(held, { start, end })).toEqual(result);
});

const GAPS: [held: ByteRange[], total: number, most: number, gap: ByteRange | undefined][] = [
  [[], 10, 4, { start: 0, end: 4 }],
  [[], Infinity, Infinity, { start: 0, end: Infinity }],
  [ranges([0, 4]), 10, 4, { start: 4, end: 8 }],
  [ranges([0, 4], [6, 8]), 10, 4, { start: 4, end: 6 }],
  [ranges([0, 8]), 10, 4, { start: 8, end: 10 }],
  [ranges([0, 10]), 10, 4, undefined],
  [ranges([5, 10]), 10, 99, { start: 0, end: 5 }],
];

test.each(GAPS)('the first gap of %j below %d, at most %d', (held, total, most, gap) => {
  expect(firstGap(held, { total, most })).toEqual(gap);
});

test('what is missing of a range is what none of the others has', () => {
  const held = [
    { start: 2, end: 4 },
    { start: 6, end: 7 },
  ];
  expect(missingRanges(held, { start: 0, end: 8 })).toEqual([
    { start: 0, end: 2 },
    { start: 4, end: 6 },
    { start: 7, end: 8 },
  ]);
  expect(missingRanges(held, { start: 2, end: 4 })).toEqual([]);
  expect(missingRanges(held, { start: 3, end: 5 })).toEqual([{ start: 4, end: 5 }]);
  expect(missingRanges([], { start: 0, end: 3 })).toEqual([{ start: 0, end: 3 }]);
});

test('bytes are counted, the front ends at the first gap, and what lies behind an end is cut off', () => {
  const held = ranges([0, 5], [7, 9]);
  expect(countBytes(held)).toBe(7);
  expect(contiguousFront(held)).toBe(5);
  expect(contiguousFront(ranges([1, 5]))).toBe(0);
  expect(clipRanges(held, 8)).toEqual(ranges([0, 5], [7, 8]));
  expect(clipRanges(held, 6)).toEqual(ranges([0, 5]));
});

const CONTENT_RANGES: [value: string | null, read: ReturnType<typeof readContentRange>][] = [
  ['bytes 5-9/10', { range: { start: 5, end: 10 }, total: 10 }],
  ['bytes 0-0/*', { range: { start: 0, end: 1 }, total: null }],
  ['bytes */10', { range: null, total: 10 }],
  ['bytes 9-5/10', undefined],
  ['bytes 5-10/10', undefined],
  ['items 5-9/10', undefined],
  ['bytes 5-9', undefined],
  [null, undefined],
];

test.each(CONTENT_RANGES)('Content-Range %p', (value, read) => {
  expect(readContentRange(value)).toEqual(read);
});

const identity = (parts: Partial<ContentIdentity>): ContentIdentity => ({ ...UNKNOWN_IDENTITY, ...parts });

const COMPARED: [held: Partial<ContentIdentity>, seen: Partial<ContentIdentity>, verdict: string][] = [
  [{ etag: '"a"' }, { etag: '"a"' }, 'same'],
  [{ etag: '"a"' }, { etag: '"b"' }, 'different'],
  [{ etag: '"a"' }, {}, 'unknown'],
  [{ linkedEtag: 'x', etag: '"a"' }, { linkedEtag: 'x', etag: '"b"' }, 'same'],
  [{ linkedEtag: 'x', etag: '"a"' }, { linkedEtag: 'y', etag: '"a"' }, 'different'],
  [{ etag: '"a"', total: 5 }, { etag: '"a"', total: 6 }, 'different'],
  [{ lastModified: 'Monday' }, { lastModified: 'Monday' }, 'same'],
  [{ lastModified: 'Monday' }, { lastModified: 'Tuesday' }, 'different'],
  [{ total: 5 }, { total: 5 }, 'unknown'],
  [{ etag: 'W/"a"' }, { etag: 'W/"a"' }, 'unknown'],
  [{ etag: 'W/"a"' }, { etag: 'W/"b"' }, 'unknown'],
  [{ etag: 'W/"a"' }, { etag: '"a"' }, 'unknown'],
  [{ etag: 'W/"a"', lastModified: 'Monday' }, { etag: 'W/"a"', lastModified: 'Monday' }, 'same'],
  [{ etag: 'W/"a"', lastModified: 'Monday' }, { etag: 'W/"b"', lastModified: 'Monday' }, 'unknown'],
];

test.each(COMPARED)('%j held and %j seen are %s', (held, seen, verdict) => {
  expect(compareIdentity(identity(held), identity(seen))).toBe(verdict as 'same');
});

test('a tag is a better condition than a date', () => {
  expect(ifRangeValue(identity({ etag: '"a"', lastModified: 'Monday' }))).toBe('"a"');
  expect(ifRangeValue(identity({ lastModified: 'Monday' }))).toBe('Monday');
  expect(ifRangeValue(identity({}))).toBeNull();
});

test('beside a weak tag nothing may be a condition, not even a date', () => {
  expect(ifRangeValue(identity({ etag: 'W/"a"' }))).toBeNull();
  expect(ifRangeValue(identity({ etag: 'W/"a"', lastModified: 'Monday' }))).toBeNull();
});

const CHANGED = 'Tue, 01 Sep 2026 12:00:00 GMT';

/** When the answer was made, and whether the date of the change then proves bytes. */
const DATES: [made: string | null, proves: boolean][] = [
  ['Tue, 01 Sep 2026 12:00:00 GMT', false],
  ['Tue, 01 Sep 2026 12:00:59 GMT', false],
  ['Tue, 01 Sep 2026 12:01:00 GMT', true],
  ['Tue, 01 Sep 2026 11:00:00 GMT', false],
  ['nonsense', false],
  [null, false],
];

test.each(DATES)('a file changed at noon, by an answer of %p: proven by its date %p', (made, proves) => {
  const headers = new Headers({ 'last-modified': CHANGED, ...(made === null ? {} : { date: made }) });
  const hop = { url: new URL('https://models.example.org/a'), service: null, status: 200, headers, authorized: false };
  const answer = { response: new Response(null, { headers }), hops: [hop] as const };
  expect(readIdentity(answer, 5)).toEqual(identity({ lastModified: proves ? CHANGED : null, total: 5 }));
});
