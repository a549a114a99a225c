import { describe, expect, test } from 'bun:test';
import { BodyDecoder } from '../../../../lib/core/http/wire/body-decoder.ts';
import type { Framing } from '../../../../lib/core/http/wire/head.ts';
import { MalformedAnswer } from '../../../../lib/core/http/wire/head.ts';

/** Feeds a text in portions of so many bytes. */
function decode(framing: Framing, text: string, portion: number) {
  const decoder = new BodyDecoder(framing);
  const bytes = Buffer.from(text, 'latin1');
  const pieces: Buffer[] = [];
  let used = 0;
  for (let at = 0; at < bytes.length && !decoder.ended; at += portion) {
    used += decoder.feed(bytes.subarray(at, at + portion), (piece) => pieces.push(Buffer.from(piece)));
  }
  return { body: Buffer.concat(pieces).toString('latin1'), used, decoder };
}

describe.each([1, 2, 3, 7, 1000])('in portions of %d bytes', (portion) => {
  test.each<[string, Framing, string, string, string]>([
    ['a length', { kind: 'length', bytes: 5 }, 'hello', 'hello', ''],
    ['more than its length', { kind: 'length', bytes: 5 }, 'helloHTTP/1.1', 'hello', 'HTTP/1.1'],
    ['chunks', { kind: 'chunked' }, '3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n', 'hello', ''],
    ['chunks with extensions and a trailer', { kind: 'chunked' }, '5;a="b"\r\nhello\r\n0\r\nx: y\r\nz: 1\r\n\r\n', 'hello', ''],
    ['chunks with bare line ends', { kind: 'chunked' }, '5\nhello\n0\n\n', 'hello', ''],
    ['chunks and something behind them', { kind: 'chunked' }, 'A\r\n0123456789\r\n0\r\n\r\nHTTP/1.1', '0123456789', 'HTTP/1.1'],
  ])('%s', (_, framing, text, body, rest) => {
    const decoded = decode(framing, text, portion);
    expect([decoded.body, decoded.decoder.ended, decoded.decoder.bytesLeft]).toEqual([body, true, 0]);
    // what lies in the portions after the one in which it ended has not been looked at
    expect(text.slice(decoded.used).endsWith(rest)).toBe(true);
  });

  test('everything until the close', () => {
    const { body, decoder } = decode({ kind: 'close' }, 'hello\r\n0\r\n\r\n', portion);
    expect([body, decoder.ended, decoder.close(), decoder.ended]).toEqual(['hello\r\n0\r\n\r\n', false, true, true]);
  });

  test.each<[string, Framing, string, string]>([
    ['a length', { kind: 'length', bytes: 6 }, 'hello', 'hello'],
    ['a chunk', { kind: 'chunked' }, '5\r\nhell', 'hell'],
    ['the last chunk', { kind: 'chunked' }, '5\r\nhello\r\n', 'hello'],
    ['the line after the last chunk', { kind: 'chunked' }, '5\r\nhello\r\n0\r\n', 'hello'],
  ])('a close before the end of %s is no end', (_, framing, text, body) => {
    const decoded = decode(framing, text, portion);
    expect([decoded.body, decoded.decoder.close(), decoded.decoder.ended]).toEqual([body, false, false]);
  });

  test.each([['g\r\n'], ['-1\r\n'], ['5 5\r\nhello'], ['3\r\nhello\r\n'], ['0x5\r\nhello'], ['\r\n'], ['fffffffffffff\r\n']])(
    '%j are no chunks',
    (text) => {
      expect(() => decode({ kind: 'chunked' }, text, portion)).toThrow(MalformedAnswer);
    },
  );
});

test.each([
  ['a size without end', '0'.repeat(5000)],
  ['a trailer without end', `0\r\n${'a: b\r\n'.repeat(20_000)}`],
])('%s is cut off', (_, text) => {
  expect(() => decode({ kind: 'chunked' }, text, 1000)).toThrow(MalformedAnswer);
});

test('the chunks of one portion come together, and what is behind them is left as it was', () => {
  const bytes = Buffer.from(`${'1;a=b\r\nx\r\n'.repeat(1000)}0\r\n\r\nHTTP/1.1`);
  const pieces: string[] = [];
  const used = new BodyDecoder({ kind: 'chunked' }).feed(bytes, (piece) => pieces.push(piece.toString()));
  expect([pieces, bytes.toString('latin1', used)]).toEqual([['x'.repeat(1000)], 'HTTP/1.1']);
});

test('nothing is copied', () => {
  const bytes = Buffer.from('hello world');
  const decoder = new BodyDecoder({ kind: 'length', bytes: 5 });
  decoder.feed(bytes, (piece) =>
    expect([piece.buffer === bytes.buffer, piece.byteOffset - bytes.byteOffset, piece.length]).toEqual([true, 0, 5]),
  );
  expect(decoder.ended).toBe(true);
});
