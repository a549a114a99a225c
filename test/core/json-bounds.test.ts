import { expect, test } from 'bun:test';
import { findJsonExcess } from '../../lib/core/json-bounds.ts';

const MIB = 1024 * 1024;
const long = (text: string) => text.padEnd(MIB + 1);
const nested = (depth: number) => '[{"a":'.repeat(depth / 2) + '0' + '}]'.repeat(depth / 2);

test.each([
  ['a thousand levels', long(nested(1000)), undefined],
  ['more levels', long(nested(1002)), 'nests lists and objects more than 1000 deep'],
  ['as many side by side', long(`[${`${nested(900)},`.repeat(900)}0]`), undefined],
  ['three million objects', `[${'{},'.repeat(2_999_998)}[]]`, undefined],
  ['one more', `[${'{},'.repeat(2_999_999)}[]]`, 'holds more than 3 million lists and objects'],
  ['brackets in a string', long(`["${'['.repeat(MIB)}"]`), undefined],
  ['brackets in a string behind escapes', long(String.raw`["\\\"${'['.repeat(MIB)}\\"]`), undefined],
  [
    'brackets behind a string that ends with a backslash',
    long(String.raw`["\\",${'['.repeat(2000)}`),
    'nests lists and objects more than 1000 deep',
  ],
  ['a string without an end', `["${'['.repeat(MIB)}`, undefined],
  ['a backslash at the end', `["${'['.repeat(MIB)}\\`, undefined],
  ['a short text, however deep', '['.repeat(MIB), undefined],
])('%s', (_, text, excess) => expect(findJsonExcess(text)).toBe(excess));
