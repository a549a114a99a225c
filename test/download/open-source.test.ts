import { expect, test } from 'bun:test';
import { HttpClient } from '../../lib/core/http/client.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import { openSource } from '../../lib/download/open-source.ts';
import type { TestHub } from '../helpers/hub.ts';
import { startTestHub } from '../helpers/hub.ts';
import { answerStatus, neverAnswer } from '../helpers/faults.ts';
import { defaultCatalogue, HF_URL } from './sandbox.ts';

/** Far longer than a hub on the same machine needs, far shorter than the pause. */
const STALL_MS = 400;
const PAUSE_MS = 1000;
const { signal } = new AbortController();

function clientOf(hub: TestHub): HttpClient {
  const ports = {
    fetch,
    now: () => new Date(),
    lookup: () => Promise.reject(new Error('no names here')),
    sleep: () => Bun.sleep(PAUSE_MS),
  };
  return new HttpClient({ ports, endpoints: hub.endpoints, secrets: NO_SECRETS, allowedHosts: [], userAgent: 'comfy-fixer-smart/test' });
}

async function open(http: HttpClient): Promise<number> {
  const opened = await openSource(HF_URL, { http, signal, stallMs: STALL_MS, headers: {}, direct: null });
  opened.stop(false);
  return opened.answer.response.status;
}

// the storage behind the hub's redirect may ask for it as well as the hub itself
test.each(['huggingface', 'storage'] as const)('a pause that %s has asked for is no stall, however long it is', async (service) => {
  await using hub = await startTestHub(defaultCatalogue());
  const http = clientOf(hub);
  hub.inject({ service, times: 1 }, answerStatus(429, { retryAfter: 30 }));
  expect(await open(http)).toBe(429);
  expect(await open(http)).toBe(200);
});

test('a server that says nothing after the pause is one', async () => {
  await using hub = await startTestHub(defaultCatalogue());
  const http = clientOf(hub);
  hub.inject({ service: 'storage', times: 1 }, answerStatus(429, { retryAfter: 30 }));
  hub.inject({ service: 'storage' }, neverAnswer());
  expect(await open(http)).toBe(429);
  expect(await open(http).catch((error: unknown) => error)).toMatchObject({ trouble: { kind: 'stalled' } });
});
