import { describe, expect, test } from 'bun:test';
import { HttpClient } from '../../../lib/core/http/client.ts';
import { laneOf } from '../../../lib/core/http/paces.ts';
import { Pacing, paceFor } from '../../../lib/core/http/pacing.ts';
import { NO_SECRETS } from '../../../lib/core/secrets.ts';
import { DEFAULT_ENDPOINTS, SERVICE_NAMES } from '../../../lib/core/services.ts';

/** A clock that stands still but for those who sleep; each sleeper wakes at its own time. */
function makeClock() {
  let nowMs = 1_000_000;
  return {
    now: () => new Date(nowMs),
    sleep: async (ms: number, signal?: AbortSignal) => {
      const until = nowMs + ms;
      signal?.throwIfAborted();
      await Promise.resolve();
      signal?.throwIfAborted();
      nowMs = Math.max(nowMs, until);
    },
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

function answer(status: number, headers: Record<string, string> = {}) {
  return { status, headers: new Headers(headers) };
}

/** Times in ms, from the first, at which so many requests of one lane may be sent. */
async function sendTimes(pacing: Pacing, clock: ReturnType<typeof makeClock>, count: number): Promise<number[]> {
  const start = clock.now().getTime();
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    await pacing.wait('a', { perSecond: 4, burst: 3 }, undefined);
    times.push(clock.now().getTime() - start);
  }
  return times;
}

describe('the bucket of a lane', () => {
  test('lets a burst through at once and the rest at its pace', async () => {
    const clock = makeClock();
    expect(await sendTimes(new Pacing(clock), clock, 7)).toEqual([0, 0, 0, 250, 500, 750, 1000]);
  });

  test('fills again while nobody asks, but never beyond the burst', async () => {
    const clock = makeClock();
    const pacing = new Pacing(clock);
    await sendTimes(pacing, clock, 3);
    clock.pass(500);
    expect(await sendTimes(pacing, clock, 3)).toEqual([0, 0, 250]);
    clock.pass(3_600_000);
    expect(await sendTimes(pacing, clock, 4)).toEqual([0, 0, 0, 250]);
  });

  test('is its own: another lane does not wait', async () => {
    const clock = makeClock();
    const pacing = new Pacing(clock);
    await sendTimes(pacing, clock, 5);
    const before = clock.now().getTime();
    await pacing.wait('b', { perSecond: 4, burst: 3 }, undefined);
    expect(clock.now().getTime()).toBe(before);
  });

  test('keeps its pace when the clock is set back', async () => {
    const clock = makeClock();
    const pacing = new Pacing(clock);
    await sendTimes(pacing, clock, 4);
    clock.pass(-600_000);
    expect(await sendTimes(pacing, clock, 3)).toEqual([500, 750, 1000]);
  });

  test('whoever gives up while waiting is let go', async () => {
    const clock = makeClock();
    const pacing = new Pacing(clock);
    await sendTimes(pacing, clock, 3);
    const waiting = pacing.wait('a', { perSecond: 4, burst: 3 }, AbortSignal.abort(new Error('enough')));
    expect(waiting).rejects.toThrow('enough');
  });
});

describe('a pause that a server asks for', () => {
  test.each([
    ['a refusal', answer(429, { 'retry-after': '3' }), 3000],
    ['a refusal for longer than a minute', answer(503, { 'retry-after': '900' }), 60_000],
    ['a refusal with a window', answer(429, { ratelimit: '"api";r=0;t=41' }), 42_000],
    ['the last answer of a window', answer(200, { ratelimit: '"api";r=0;t=41' }), 42_000],
    ['the last answer of a window that stays shut for minutes', answer(200, { ratelimit: '"api";r=0;t=200' }), 0],
    ['an answer that leaves something', answer(200, { ratelimit: '"api";r=7;t=41' }), 0],
    ['an answer that names a time all the same', answer(200, { 'retry-after': '9' }), 0],
    ['an error', answer(500, { 'retry-after': '9' }), 0],
  ])('%s', async (_name, given, pauseMs) => {
    const clock = makeClock();
    const pacing = new Pacing(clock);
    const start = clock.now().getTime();
    pacing.note('a', given);
    await pacing.wait('a', null, undefined);
    expect(clock.now().getTime() - start).toBe(pauseMs);
  });
});

test('a pause is no longer than it was to be when the clock is set back', async () => {
  const clock = makeClock();
  const pacing = new Pacing(clock);
  pacing.note('a', answer(429, { 'retry-after': '3' }));
  clock.pass(-600_000);
  const start = clock.now().getTime();
  await pacing.wait('a', null, undefined);
  expect(clock.now().getTime() - start).toBe(3000);
});

test.each([
  ['https://huggingface.co/api/models?search=x', 'api'],
  ['https://huggingface.co/o/r/resolve/main/x.safetensors', 'files'],
  ['https://huggingface.co/api/resolve-cache/models/o/r/x.json', 'files'],
  ['http://127.0.0.1:9/mirror/api/models/o/r/paths-info/main', 'api'],
])('Hugging Face counts its API and its files apart: %s is one of the %s', (url, lane) => {
  expect(laneOf('huggingface', new URL(url))?.name).toBe(lane);
});

test('every service has a pace, and a place that is none has no lane', () => {
  for (const service of SERVICE_NAMES) expect(laneOf(service, new URL('https://x.org/'))?.pace.perSecond).toBeGreaterThan(0);
  expect(laneOf(null, new URL('https://x.org/'))).toBeNull();
});

test.each([
  ['https://civitai.com/api/v1/models', null, { perSecond: 5, burst: 10 }],
  ['https://civitai.com/api/v1/models', 2.5, { perSecond: 2.5, burst: 2 }],
  ['https://civitai.com/api/v1/models', 0.5, { perSecond: 0.5, burst: 1 }],
  ['http://127.0.0.1:9/api/v1/models', null, null],
  ['http://192.168.1.5/api/v1/models', null, null],
  ['http://mirror.local/api/v1/models', null, null],
  ['http://127.0.0.1:9/api/v1/models', 2, { perSecond: 2, burst: 2 }],
] as const)('the pace for %s with %p configured', (url, configured, expected) => {
  const parsed = new URL(url);
  expect(paceFor(parsed, laneOf('civitai', parsed), configured)).toEqual(expected);
});

test('all clients of one clock share the pace of a service, and what was derived from one too', async () => {
  const clock = makeClock();
  const sent: number[] = [];
  const ports = {
    ...clock,
    lookup: async () => ['203.0.113.7'],
    fetch: async () => {
      sent.push(clock.now().getTime() - 1_000_000);
      return new Response('ok');
    },
  };
  const settings = { ports, endpoints: DEFAULT_ENDPOINTS, secrets: NO_SECRETS, allowedHosts: [], userAgent: 'test/1' };
  const [one, other] = [new HttpClient(settings), new HttpClient(settings)];
  for (let at = 0; at < 12; at++) {
    const client = [one, other, one.trusting(['x.org'])][at % 3] ?? one;
    await client.open('https://civitai.com/api/v1/models', { trust: 'service' });
  }
  expect(sent).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 400]);
});

test('a request that waits for its turn longer than an answer may take is no timeout', async () => {
  const { fetchJson } = await import('../../../lib/core/http/json.ts');
  const { z } = await import('zod');
  const clock = makeClock();
  let told = 0;
  const ports = { ...clock, lookup: async () => [], fetch: async () => Response.json({ told: ++told }) };
  const http = new HttpClient({
    ports,
    endpoints: DEFAULT_ENDPOINTS,
    secrets: NO_SECRETS,
    allowedHosts: [],
    userAgent: 'test/1',
    maxRequestsPerSecond: 0.01,
  });
  const request = { url: 'https://civitai.com/api/v1/models', service: 'civitai', schema: z.object({ told: z.number() }) } as const;
  for (let at = 1; at <= 3; at++) expect(await fetchJson(request, { http, ports })).toMatchObject({ ok: true, value: { told: at } });
  expect(clock.now().getTime()).toBe(1_000_000 + 200_000);
});
