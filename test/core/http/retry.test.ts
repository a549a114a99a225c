import { expect, test } from 'bun:test';
import { isWorthAnotherAttempt, readRetryAfterMs, retryPauseMs } from '../../../lib/core/http/retry.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

test.each([
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Mon, 23 Nov 2026 12:00:10 GMT' }, 10_000],
  [{ 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }, 0],
  [{ ratelimit: '"api";r=0;t=42' }, 43_000],
  [{ ratelimit: '"api";r=10;t=42' }, null],
  [{}, null],
])('%j asks to wait %p ms', (headers, expected) => {
  expect(readRetryAfterMs(new Headers(headers as Record<string, string>), NOW)).toBe(expected);
});

test('pauses double up to a bound, and at most half of one is taken off', () => {
  const longest = [1, 2, 3, 10].map((attempt) => retryPauseMs(attempt, { random: () => 1 }));
  expect(longest).toEqual([500, 1000, 2000, 30_000]);
  expect(retryPauseMs(2, { random: () => 0 })).toBe(500);
});

test('what the server asks for goes before a shorter pause of our own', () => {
  expect(retryPauseMs(1, { retryAfterMs: 7000 })).toBe(7000);
});

test('a server that asks for no pause at all gets ours', () => {
  const pauses = [1, 2, 3, 4].map((attempt) => retryPauseMs(attempt, { retryAfterMs: 0, random: () => 0 }));
  expect(pauses).toEqual([250, 500, 1000, 2000]);
});

test.each([
  ['civitai_unreachable', 1, undefined, true],
  ['civitai_unreachable', 2, undefined, true],
  ['civitai_unreachable', 3, undefined, false],
  ['civitai_timeout', 1, undefined, true],
  ['civitai_timeout', 2, undefined, false],
  ['civitai_timeout', 1, 1, false],
  ['civitai_server_error', 1, 1, false],
])('%s after %d attempts of %p is worth another one: %p', (code, attempts, most, expected) => {
  expect(isWorthAnotherAttempt(code, attempts, most)).toBe(expected);
});
