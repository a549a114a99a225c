import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { z } from 'zod';
import { HttpClient } from '../../../lib/core/http/client.ts';
import { fetchJson } from '../../../lib/core/http/json.ts';
import type { Patience } from '../../../lib/core/http/time-limit.ts';
import { NO_SECRETS } from '../../../lib/core/secrets.ts';
import { jsonAnswer, redirectAnswer, textAnswer } from '../../../lib/hub/exchange.ts';
import {
  answerGarbage,
  answerHtml,
  answerStatus,
  cutAfter,
  type Fault,
  neverAnswer,
  resetConnection,
  stallAfter,
} from '../../helpers/faults.ts';
import { startTestHub, type TestHub } from '../../helpers/hub.ts';

const SCHEMA = z.object({ items: z.array(z.object({ id: z.number() })) });
const GOOD: Fault = () => Promise.resolve(jsonAnswer({ items: [{ id: 1, extra: true }], more: null }));

let hub: TestHub;
let pauses: number[];
beforeAll(async () => {
  hub = await startTestHub({});
});
afterAll(() => hub.stop());
beforeEach(() => {
  hub.heal();
  hub.requests.length = 0;
  pauses = [];
});

/** Asks Civitai; pauses are noted and not waited out. */
function ask(options: { signal?: AbortSignal; json?: unknown; patience?: Patience } = {}) {
  let now = Date.now();
  const ports = {
    fetch,
    now: () => new Date(now),
    lookup: () => Promise.resolve(['203.0.113.7']),
    sleep: (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
  const http = new HttpClient({ ports, endpoints: hub.endpoints, secrets: NO_SECRETS, allowedHosts: [], userAgent: 'test/1' });
  const method = options.json === undefined ? ('GET' as const) : ('POST' as const);
  const url = 'https://civitai.com/api/v1/models?token=hidden';
  return fetchJson({ url, service: 'civitai', schema: SCHEMA, method, ...options }, { http, ports });
}

describe('a good answer', () => {
  test('comes through the schema, with what is read and no more', async () => {
    hub.inject({}, GOOD);
    expect(await ask()).toMatchObject({ ok: true, value: { items: [{ id: 1 }] }, status: 200 });
    expect(pauses).toEqual([]);
  });

  test('to a question that is posted as JSON', async () => {
    hub.inject({}, GOOD);
    expect((await ask({ json: ['a'] })).ok).toBe(true);
    expect(hub.requests).toMatchObject([{ method: 'POST', body: '["a"]' }]);
  });

  test('behind a redirect', async () => {
    hub.inject({ times: 1 }, () => Promise.resolve(redirectAnswer(302, `${hub.origins.civitai}/elsewhere`)));
    hub.inject({ path: '/elsewhere' }, GOOD);
    expect((await ask()).ok).toBe(true);
  });
});

describe('what passes is asked again', () => {
  test.each([
    ['a 500', answerStatus(500)],
    ['a 429 that names no time', answerStatus(429)],
    ['a 503', answerStatus(503)],
    ['a connection that is reset', resetConnection()],
    ['an answer that breaks off', cutAfter(5)],
  ])('%s twice, then the answer', async (_, fault) => {
    hub.inject({ times: 2 }, fault);
    hub.inject({}, GOOD);
    expect((await ask()).ok).toBe(true);
    expect(hub.requests).toHaveLength(3);
    expect(pauses.length).toBeGreaterThan(0); // Bun itself asks a reset connection once more, without a pause
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(250);
  });

  test('after the pause that the service asks for', async () => {
    hub.inject({ times: 1 }, answerStatus(429, { retryAfter: 7 }));
    hub.inject({}, GOOD);
    expect((await ask()).ok).toBe(true);
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(7000);
    expect(pauses[0]).toBe(7000);
  });

  test('but not when that pause is long, and no more than three times', async () => {
    hub.inject({ times: 1 }, answerStatus(429, { retryAfter: 600 }));
    expect(await ask()).toMatchObject({ ok: false, status: 429, problem: { code: 'civitai_rate_limited' } });
    expect([hub.requests.length, pauses]).toEqual([1, []]);
    hub.heal();
    hub.requests.length = 0;
    hub.inject({}, answerStatus(502));
    expect(await ask()).toMatchObject({ ok: false, status: 502 });
    expect(hub.requests).toHaveLength(3);
  });

  test('and only once more when there was no answer at all', async () => {
    hub.inject({}, neverAnswer());
    const startedMs = performance.now();
    const patience = { silenceMs: 400, secondSilenceMs: 50, wholeMs: 5000 };
    expect(await ask({ patience })).toMatchObject({
      ok: false,
      status: null,
      problem: { code: 'civitai_timeout', details: 'No answer within 0.4 s' },
    });
    expect(hub.requests).toHaveLength(2);
    expect(performance.now() - startedMs).toBeLessThan(700);
  });
});

describe('patience', () => {
  test('holds longer for an answer that has begun than for one that has not', async () => {
    hub.inject({}, () => Promise.resolve({ ...textAnswer(''), body: inPieces('{"items": [{"id": 1}]}', 60) }));
    expect((await ask({ patience: { silenceMs: 100, secondSilenceMs: 100, wholeMs: 5000 } })).ok).toBe(true);
  });

  test('ends for an answer that does not come to its end, and the question is not asked again', async () => {
    hub.inject({}, stallAfter(5));
    const patience = { silenceMs: 5000, secondSilenceMs: 5000, wholeMs: 80 };
    expect(await ask({ patience })).toMatchObject({ ok: false, problem: { code: 'civitai_timeout', details: 'No answer within 0.08 s' } });
    expect(hub.requests).toHaveLength(1);
  });

  test('begins anew after another failure than silence', async () => {
    hub.inject({ times: 1 }, answerStatus(503));
    hub.inject({}, async (request, own) => {
      await Bun.sleep(150);
      return GOOD(request, own);
    });
    expect((await ask({ patience: { silenceMs: 2000, secondSilenceMs: 20, wholeMs: 5000 } })).ok).toBe(true);
  });
});

/** A text in four pieces, one after so many milliseconds each. */
async function* inPieces(text: string, ms: number): AsyncGenerator<Uint8Array> {
  const length = Math.ceil(text.length / 4);
  for (let at = 0; at < text.length; at += length) {
    yield new TextEncoder().encode(text.slice(at, at + length));
    await Bun.sleep(ms);
  }
}

describe('what does not pass is said at once, as data', () => {
  test.each([
    [
      '401',
      answerStatus(401, { body: { message: 'Invalid\nkey' } }),
      { code: 'civitai_unauthorized', error: 'Civitai API error: 401', details: 'Invalid key' },
    ],
    [
      '403',
      answerStatus(403, { body: { error: 'Not for you' } }),
      { code: 'civitai_forbidden', error: 'Civitai API error: 403', details: 'Not for you' },
    ],
    ['404', answerStatus(404, { body: { error: { name: 'ZodError' } } }), { code: 'civitai_not_found', error: 'Civitai API error: 404' }],
    ['451', answerStatus(451), { code: 'civitai_region_blocked' }],
    ['half a JSON', answerGarbage(), { code: 'civitai_bad_answer', details: 'the answer is no JSON' }],
    ['a page', answerHtml(), { code: 'civitai_bad_answer', details: 'an HTML page instead of JSON' }],
    ['nothing', answerGarbage(''), { code: 'civitai_bad_answer' }],
    [
      'another shape',
      answerGarbage('{"items": [{"id": "one"}]}'),
      { code: 'civitai_bad_answer', details: expect.stringContaining('items.0.id') },
    ],
    ['a prototype', answerGarbage('{"__proto__": {"items": []}}'), { code: 'civitai_bad_answer' }],
    ['a redirect inside', () => Promise.resolve(redirectAnswer(302, 'http://10.0.0.1/x')), { code: 'private_address' }],
  ])('%s', async (_, fault, problem) => {
    hub.inject({}, fault);
    const result = await ask();
    expect(result).toMatchObject({ ok: false, problem });
    if (!result.ok) expect(result.problem.hint).toMatch(/\w/);
    expect(JSON.stringify(result)).not.toContain('hidden');
    expect(hub.requests).toHaveLength(1);
  });

  test('the words of a service are cut short', async () => {
    hub.inject({}, answerStatus(400, { body: { message: 'x'.repeat(5000) } }));
    const result = await ask();
    expect(result.ok ? '' : result.problem.details.length).toBe(300);
  });

  test('an answer without end is not taken into memory', async () => {
    const megabyte = new Uint8Array(1024 * 1024).fill(0x20);
    const state = { sent: 0 };
    hub.inject({}, () => {
      function* endless(): Generator<Uint8Array> {
        for (; state.sent < 200; state.sent++) yield megabyte;
      }
      return Promise.resolve({ ...textAnswer(''), body: endless() });
    });
    expect(await ask()).toMatchObject({ ok: false });
    expect(state.sent / hub.requests.length).toBeLessThan(120);
  });
});

test('an abort ends it with its own reason, while it is asked and between attempts', async () => {
  const reason = new Error('enough');
  hub.inject({}, neverAnswer());
  const controller = new AbortController();
  const attempt = ask({ signal: controller.signal });
  controller.abort(reason);
  expect(await attempt.catch((error: unknown) => error)).toBe(reason);

  hub.heal();
  const between = new AbortController();
  hub.inject({}, (request, own) => {
    between.abort(reason);
    return answerStatus(500)(request, own);
  });
  expect(await ask({ signal: between.signal }).catch((error: unknown) => error)).toBe(reason);
});
