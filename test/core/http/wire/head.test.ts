import { describe, expect, test } from 'bun:test';
import type { Framing } from '../../../../lib/core/http/wire/head.ts';
import { findHeadEnd, MalformedAnswer, mayBeginHead, readHead, writeRequest } from '../../../../lib/core/http/wire/head.ts';

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join('');

describe('where the body begins', () => {
  test.each([
    ['HTTP/1.1 200 OK\r\na: b\r\n\r\nbody\n\nmore', 25],
    ['HTTP/1.1 200 OK\na: b\n\nbody\r\n\r\nmore', 22],
    ['HTTP/1.1 200 OK\r\na: b\n\r\nbody', 24],
    ['HTTP/1.1 200 OK\na: b\n\n\r\nbody', 22],
    ['HTTP/1.1 200 OK\r\na: b\r\n', -1],
    ['', -1],
  ])('%j', (text, expected) => {
    expect(findHeadEnd(Buffer.from(text))).toBe(expected);
  });
});

describe('the end of a body', () => {
  test.each<[string, string[], Framing, boolean]>([
    ['a length', ['HTTP/1.1 200 OK', 'Content-Length: 12'], { kind: 'length', bytes: 12 }, true],
    ['the same length twice', ['HTTP/1.1 200 OK', 'Content-Length: 12', 'content-length: 12'], { kind: 'length', bytes: 12 }, true],
    ['chunks', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], { kind: 'chunked' }, true],
    ['chunks and a length', ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: Chunked'], { kind: 'chunked' }, false],
    ['neither', ['HTTP/1.1 200 OK'], { kind: 'close' }, false],
    [
      'a server that closes',
      ['HTTP/1.1 206 Partial Content', 'Content-Length: 1', 'Connection: Close'],
      { kind: 'length', bytes: 1 },
      false,
    ],
    ['an old server', ['HTTP/1.0 200 OK', 'Content-Length: 1'], { kind: 'length', bytes: 1 }, false],
    ['an old server that stays', ['HTTP/1.0 200 OK', 'Content-Length: 1', 'connection: keep-alive'], { kind: 'length', bytes: 1 }, true],
    ['nothing new', ['HTTP/1.1 304 Not Modified', 'Content-Length: 12'], { kind: 'none' }, true],
    ['nothing to reset', ['HTTP/1.1 205 Reset Content', 'Content-Length: 12'], { kind: 'none' }, true],
    ['words among blanks', ['HTTP/1.1 200 OK', 'Content-Length: 1', 'connection: \tx ,  close\t, y'], { kind: 'length', bytes: 1 }, false],
    ['no phrase', ['HTTP/1.1 416 ', 'Content-Length: 0'], { kind: 'length', bytes: 0 }, true],
  ])('%s', (_, head, framing, keepsAlive) => {
    expect(readHead(lines(...head), 'GET')).toMatchObject({ framing, keepsAlive });
  });

  test('the answer to HEAD has a length and no body', () => {
    const { framing, headers } = readHead(lines('HTTP/1.1 200 OK', 'Content-Length: 12'), 'HEAD');
    expect([framing, headers.get('content-length')]).toEqual([{ kind: 'none' }, '12']);
  });
});

test('headers are read whatever their case and blanks', () => {
  const { headers, status } = readHead('HTTP/1.1 206 Partial Content\nETag:"a:b"\nX-Linked-Size: \t9 \nlink: <a>\nLink: <b>\n\n', 'GET');
  expect([status, headers.get('etag'), headers.get('x-linked-size'), headers.get('link')]).toEqual([206, '"a:b"', '9', '<a>, <b>']);
});

test.each(['x', 'connection', 'content-length', 'transfer-encoding'])('the blanks of a hostile "%s" are passed over quickly', (name) => {
  const began = performance.now();
  try {
    readHead(lines('HTTP/1.1 200 OK', `${name}: 1${' '.repeat(60_000)}1${'\t'.repeat(3000)}`), 'GET');
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedAnswer);
  }
  expect(performance.now() - began).toBeLessThan(500); // seconds, where a pattern tries each blank as the last one
});

test.each([
  ['', true],
  ['H', true],
  ['HTTP/1.', true],
  ['HTTP/1.1 200 OK\r\n', true],
  ['HTTP/2', false],
  ['SSH-2.0-OpenSSH_9.2\r\n', false],
  ['2', false],
])('%j may begin an answer: %p', (text, expected) => {
  expect(mayBeginHead(Buffer.from(text))).toBe(expected);
});

describe('what breaks the rules is no answer', () => {
  test.each([
    [['SSH-2.0-OpenSSH_9.2']],
    [['HTTP/2 200']],
    [['HTTP/1.1 999 no']],
    [['HTTP/1.1 200 OK', 'no header']],
    [['HTTP/1.1 200 OK', 'a: b', ' folded']],
    [['HTTP/1.1 200 OK', 'bad name: b']],
    [['HTTP/1.1 200 OK', 'a: \u0000']],
    [['HTTP/1.1 200 OK', 'Content-Length: 12', 'Content-Length: 13']],
    [['HTTP/1.1 200 OK', 'Content-Length: -1']],
    [['HTTP/1.1 200 OK', 'Content-Length: 1e3']],
    [['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked']],
  ])('%j', (head) => {
    expect(() => readHead(lines(...head), 'GET')).toThrow(MalformedAnswer);
  });
});

describe('a request', () => {
  test('names its host and path, and says no more than it was given', () => {
    const text = writeRequest(
      new URL('https://models.test:8443/a%20b/c?d=e&f#g'),
      'GET',
      new Headers({ range: 'bytes=5-', authorization: 'Bearer k' }),
    );
    expect(text).toBe(
      'GET /a%20b/c?d=e&f HTTP/1.1\r\nhost: models.test:8443\r\nconnection: keep-alive\r\naccept: */*\r\nauthorization: Bearer k\r\nrange: bytes=5-\r\n\r\n',
    );
  });

  test.each([
    ['http://me:p%40ss@models.test/', `Basic ${btoa('me:p@ss')}`],
    ['http://100%@models.test/', `Basic ${btoa('100%:')}`],
    ['http://models.test/', undefined],
  ])('%s', (url, expected) => {
    expect(/authorization: (.*)\r/.exec(writeRequest(new URL(url), 'GET', new Headers()))?.[1]).toBe(expected as string);
  });
});
