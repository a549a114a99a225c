import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { describeNetworkError, HttpClient, HttpError, type HttpSettings } from '../../../lib/core/http/client.ts';
import { NO_SECRETS } from '../../../lib/core/secrets.ts';
import type { HubAnswer, HubRequest } from '../../../lib/hub/exchange.ts';
import { redirectAnswer, textAnswer } from '../../../lib/hub/exchange.ts';
import { answerStatus, neverAnswer, resetConnection } from '../../helpers/faults.ts';
import { CIVITAI_KEY, HF_KEY, LORA, smallCatalogue, VAE } from '../../helpers/fixtures.ts';
import { startTestHub, type TestHub } from '../../helpers/hub.ts';

const SECRETS = { huggingface: HF_KEY, civitai: CIVITAI_KEY };
const LORA_PATH = '/studio/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors';

let hub: TestHub;
/** Header of every request: `service method path authorization`. */
let sent: { service: string; authorization: string | null; userAgent: string | null; path: string }[];
/** Pauses that the client kept. None is waited out: the clock goes forward instead. */
let pauses: number[];
let clockMs: number;

beforeAll(async () => {
  hub = await startTestHub(smallCatalogue());
});
afterAll(() => hub.stop());
beforeEach(() => {
  hub.heal();
  sent = [];
  pauses = [];
  clockMs = Date.now();
});

function makeClient(change: Partial<HttpSettings> = {}): HttpClient {
  return new HttpClient({
    ports: {
      fetch,
      now: () => new Date(clockMs),
      lookup: () => Promise.resolve(['203.0.113.7']),
      sleep: (ms, signal) => {
        signal?.throwIfAborted();
        pauses.push(ms);
        clockMs += ms;
        return Promise.resolve();
      },
    },
    endpoints: hub.endpoints,
    secrets: SECRETS,
    allowedHosts: [],
    userAgent: 'ComfyFixerSmart/test',
    ...change,
  });
}

/** Notes what arrives. Faults are asked in the order of their injection: one that only looks has to come last, so it answers too. */
function listen(answer?: (request: HubRequest) => HubAnswer | undefined): void {
  hub.inject({}, (request, own) => {
    const { service, headers, url } = request;
    sent.push({ service, authorization: headers.get('authorization'), userAgent: headers.get('user-agent'), path: url.pathname });
    const given = answer?.(request);
    return given ? Promise.resolve(given) : own();
  });
}

async function failureOf(attempt: Promise<unknown>): Promise<HttpError> {
  const error: unknown = await attempt.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  if (error instanceof HttpError) return error;
  throw error;
}

describe('where a request goes', () => {
  test.each([
    [`https://huggingface.co${LORA_PATH}`, 'huggingface'],
    [`https://hf.co${LORA_PATH}`, 'huggingface'],
    ['https://civitai.com/api/download/models/1001', 'civitai'],
    ['https://civitai.red/api/download/models/1001', 'civitai'],
    ['https://github.com/studio/tools/releases/download/v1.0/sharpen_x4.safetensors', 'github'],
  ])('%s is fetched from the endpoint, and its redirect is followed to the storage', async (url, service) => {
    listen();
    const { response, hops } = await makeClient().open(url, { trust: 'workflow' });
    await response.body?.cancel();
    expect(response.status).toBe(200);
    expect(sent.map((request) => request.service)).toEqual([service, 'storage']);
    expect(hops.map((hop) => [hop.service, hop.status >= 300])).toEqual([
      [service as 'civitai', true],
      [null, false],
    ]);
  });

  test('with stayOnService a redirect that leaves the service is the answer itself', async () => {
    const { response, hops } = await makeClient().open(`https://huggingface.co${LORA_PATH}`, {
      trust: 'workflow',
      method: 'HEAD',
      stayOnService: true,
    });
    expect([response.status, hops.length]).toEqual([302, 1]);
    expect(response.headers.get('x-linked-size')).toBe(String(LORA.sizeBytes));
  });

  test('a redirect within the service is followed all the same', async () => {
    const url = 'https://huggingface.co/oldname/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors';
    const { hops } = await makeClient().open(url, { trust: 'workflow', method: 'HEAD', stayOnService: true });
    expect(hops.map((hop) => hop.service)).toEqual(['huggingface', 'huggingface']);
    expect(hops.at(-1)?.headers.get('x-linked-size')).toBe(String(LORA.sizeBytes));
  });
});

describe('keys', () => {
  test('go to their own service, and not with the redirect to its storage', async () => {
    listen();
    for (const url of [`https://huggingface.co${LORA_PATH}`, 'https://civitai.com/api/download/models/1001']) {
      const { response, hops } = await makeClient().open(url, { trust: 'workflow' });
      await response.body?.cancel();
      expect([response.status, hops.map((hop) => hop.authorized)]).toEqual([200, [true, false]]);
    }
    expect(sent.map(({ service, authorization }) => [service, authorization])).toEqual([
      ['huggingface', `Bearer ${HF_KEY}`],
      ['storage', null],
      ['civitai', `Bearer ${CIVITAI_KEY}`],
      ['storage', null],
    ]);
  });

  test('do not go to another service that the own one redirects to, and come back with a redirect home', async () => {
    listen(({ service, url }) => {
      if (service === 'huggingface' && url.pathname === '/start') return redirectAnswer(302, `${hub.origins.civitai}/middle`);
      if (service === 'civitai') return redirectAnswer(302, `${hub.origins.huggingface}/end`);
      return textAnswer('here');
    });
    await makeClient({ secrets: { huggingface: HF_KEY, civitai: null } }).open(`${hub.origins.huggingface}/start`, { trust: 'service' });
    expect(sent.map(({ path, authorization }) => [path, authorization])).toEqual([
      ['/start', `Bearer ${HF_KEY}`],
      ['/middle', null],
      ['/end', `Bearer ${HF_KEY}`],
    ]);
  });

  test.each([
    ['anonymous', { anonymous: true }, SECRETS],
    ['without one', {}, NO_SECRETS],
  ])('%s: none is sent', async (_, options, secrets) => {
    listen();
    await makeClient({ secrets }).open(`${hub.endpoints.huggingface}/api/models`, { trust: 'service', ...options });
    expect(sent).toMatchObject([{ authorization: null, userAgent: 'ComfyFixerSmart/test' }]);
  });

  test('hasKey tells of the services that take one', () => {
    const client = makeClient({ secrets: { huggingface: HF_KEY, civitai: null } });
    expect(['huggingface', 'civitai', 'github'].map((service) => client.hasKey(service as 'github'))).toEqual([true, false, false]);
  });
});

describe('what is refused before anything is sent', () => {
  test.each([
    ['http://192.168.0.1/a.safetensors', 'host_not_allowed'],
    ['https://models.example.org/a.safetensors', 'host_not_allowed'],
    ['file:///etc/passwd', 'unsupported_scheme'],
    ['not a URL', 'bad_redirect'],
  ])('a link in a workflow to %s', async (url, code) => {
    listen();
    expect((await failureOf(makeClient().open(url, { trust: 'workflow' }))).code).toBe(code as 'network');
    expect(sent).toEqual([]);
  });

  test.each([
    ['a redirect to an address inside', () => 'http://192.168.0.1/secret', 'private_address'],
    ['a redirect to another scheme', () => 'file:///etc/passwd', 'unsupported_scheme'],
    ['a redirect to something that is no URL', () => 'http://', 'bad_redirect'],
    ['a redirect to itself', () => `${hub.origins.github}/again`, 'too_many_redirects'],
  ])('%s', async (_, location, code) => {
    listen(() => redirectAnswer(302, location()));
    const error = await failureOf(makeClient().open(`${hub.origins.github}/again`, { trust: 'service' }));
    expect(error.code).toBe(code as 'network');
    expect(sent.length).toBe(code === 'too_many_redirects' ? 11 : 1);
  });

  test('a host with a public name and a private address', async () => {
    const ports = { fetch, now: () => new Date(), sleep: () => Promise.resolve(), lookup: () => Promise.resolve(['10.0.0.1']) };
    const client = makeClient({ ports, allowedHosts: ['models.example.org'] });
    expect((await failureOf(client.open('https://models.example.org/a', { trust: 'workflow' }))).code).toBe('private_address');
  });
});

describe('what goes wrong on the way', () => {
  test('a name that is looked up for ever ends with the signal', async () => {
    const lookup = (): Promise<string[]> => new Promise(() => undefined);
    const ports = { fetch, now: () => new Date(), sleep: () => Promise.resolve(), lookup };
    const client = makeClient({ ports, allowedHosts: ['models.example.org'] });
    const controller = new AbortController();
    const opening = client.open('https://models.example.org/a', { trust: 'workflow', signal: controller.signal });
    controller.abort(new Error('enough'));
    expect(await opening.catch(String)).toBe('Error: enough');
  });

  test.each([400, 404, 500])('status %d is an answer', async (status) => {
    hub.inject({}, answerStatus(status));
    expect((await makeClient().open(`${hub.origins.github}/x`, { trust: 'service' })).response.status).toBe(status);
  });

  test('a connection that is reset is an error without any query', async () => {
    hub.inject({}, resetConnection());
    const error = await failureOf(makeClient().open(`${hub.origins.github}/x?token=abc`, { trust: 'service' }));
    expect(error.code).toBe('network');
    expect(error.message).not.toContain('abc');
  });

  test('nobody there', async () => {
    const endpoints = { ...hub.endpoints, github: 'http://127.0.0.1:9' };
    const error = await failureOf(makeClient({ endpoints }).open('https://github.com/x', { trust: 'service' }));
    expect([error.code, error.message]).toEqual(['network', '127.0.0.1:9 did not answer: connection refused']);
  });

  test('an abort is its own reason, also while nobody answers', async () => {
    hub.inject({}, neverAnswer());
    const controller = new AbortController();
    const attempt = makeClient().open(`${hub.origins.github}/x`, { trust: 'service', signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await attempt.catch((error: unknown) => error)).toBe(reason);
  });

  test('raw asks for the bytes as they are', async () => {
    let encoding: string | null = '';
    hub.inject({ service: 'storage' }, (request, own) => {
      encoding = request.headers.get('accept-encoding');
      return own();
    });
    const { response } = await makeClient().open('https://civitai.com/api/download/models/1002', { trust: 'workflow', raw: true });
    expect([encoding, (await response.arrayBuffer()).byteLength]).toEqual(['identity', VAE.sizeBytes]);
  });
});

describe('a pause that a server asks for', () => {
  test.each([
    [429, 3, 3000],
    [503, '2', 2000],
    [429, 600, 60_000],
  ])('is kept by the next request to it, up to a minute: status %d, %p', async (status, retryAfter, pauseMs) => {
    hub.inject({ service: 'github', path: '/limited', times: 1 }, answerStatus(status, { retryAfter }));
    const client = makeClient();
    await client.open(`${hub.origins.github}/limited`, { trust: 'service' });
    await client.open(`${hub.origins.civitai}/`, { trust: 'service' });
    expect(pauses).toEqual([]);
    await client.open(`${hub.origins.github}/other`, { trust: 'service' });
    expect(pauses).toEqual([pauseMs]);
    await client.open(`${hub.origins.github}/other`, { trust: 'service' });
    expect(pauses).toHaveLength(1);
  });

  test('is not kept when it was only an error', async () => {
    hub.inject({ service: 'github', times: 1 }, answerStatus(500, { retryAfter: 5 }));
    const client = makeClient();
    await client.open(`${hub.origins.github}/x`, { trust: 'service' });
    await client.open(`${hub.origins.github}/x`, { trust: 'service' });
    expect(pauses).toEqual([]);
  });
});

describe('bytes of a file', () => {
  /** Asks for a link over a wire that notes where it is led, and returns the addresses. */
  async function addressesFor(url: string, change: Partial<HttpSettings['ports']> = {}): Promise<readonly string[] | null | undefined> {
    let noted: readonly string[] | null | undefined;
    const client = makeClient();
    const ports: HttpSettings['ports'] = {
      fetch,
      now: () => new Date(),
      sleep: () => Promise.resolve(),
      lookup: () => Promise.resolve(['203.0.113.7', '2001:4860::1']),
      fetchFile: (_, { addresses }) => {
        noted = addresses;
        return Promise.resolve(new Response(null));
      },
      ...change,
    };
    const http = new HttpClient({ ports, endpoints: client.endpoints, secrets: NO_SECRETS, allowedHosts: [], userAgent: 'test/1' });
    await http.open(url, { trust: 'workflow', raw: true });
    return noted;
  }

  test('come from the very addresses that were judged, so that a name cannot mean another one a moment later', async () => {
    expect(await addressesFor('https://cdn.hf.co/x')).toEqual(['203.0.113.7', '2001:4860::1']);
  });

  test('come from nowhere when the name had no address', async () => {
    expect(await addressesFor('https://cdn.hf.co/x', { lookup: () => Promise.reject(new Error('none')) })).toEqual([]);
  });

  test('come from wherever the name of an endpoint leads, since the user has named it', async () => {
    expect(await addressesFor('https://huggingface.co/a/b/resolve/main/c')).toBeNull();
  });
});

test.each([
  ['ECONNREFUSED', 'connection refused'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
  ['MalformedAnswer', 'its answer is no HTTP'],
  ['EWHATEVER', 'EWHATEVER'],
])('a connection that fails with %s says: %s', (code, words) => {
  expect(describeNetworkError(Object.assign(new Error('at https://models.test/?key=secret'), { code }))).toBe(words);
});
