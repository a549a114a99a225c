import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describeError } from '../../lib/core/error.ts';
import type { DownloadRecord } from '../../lib/core/model.ts';
import { sidecarPathOf } from '../../lib/download/part-names.ts';
import { countBytes } from '../../lib/download/ranges.ts';
import { readSidecar } from '../../lib/download/sidecar.ts';
import type { TestHub } from '../helpers/hub.ts';
import { redirectAnswer } from '../../lib/hub/exchange.ts';
import type { Fault } from '../helpers/faults.ts';
import { answerStatus, corruptBytes, resetConnection, serveOther } from '../helpers/faults.ts';
import { cutLater, trickle } from './faults.ts';
import type { RunOptions, Sandbox } from './sandbox.ts';
import { MODEL, OTHER, resolutionOf, startSandbox } from './sandbox.ts';

/** Debian's `aria2`; without it these tests are skipped by name. */
const PROGRAM = Bun.which('aria2c');
const SECRET = 'aria2-test-secret';
const STORAGE = { service: 'storage' } as const;

let daemon: Daemon | undefined;
let rpc = '';

beforeAll(async () => {
  if (PROGRAM === null) return;
  daemon = await startDaemon(PROGRAM);
  ({ rpc } = daemon);
});
afterAll(() => daemon?.[Symbol.asyncDispose]());

interface Daemon extends AsyncDisposable {
  rpc: string;
}

async function startDaemon(program: string, environment: Record<string, string> = {}): Promise<Daemon> {
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = probe;
  probe.stop(true);
  const url = `http://127.0.0.1:${port}/jsonrpc`;
  const options = ['--enable-rpc', `--rpc-listen-port=${port}`, `--rpc-secret=${SECRET}`, '--no-conf', '--quiet'];
  const env = { ...process.env, ...environment };
  const child = Bun.spawn([program, ...options], { stdout: 'ignore', stderr: 'ignore', env });
  for (let tries = 0; tries < 500; tries++) {
    if (await fetch(url).catch(() => undefined)) break;
    await Bun.sleep(10);
  }
  return {
    rpc: url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

/** Downloads that a daemon knows, whatever has become of them. */
async function downloadsKnown(url: string): Promise<unknown[]> {
  const lists = [
    ['aria2.tellActive', []],
    ['aria2.tellWaiting', [0, 99]],
    ['aria2.tellStopped', [0, 99]],
  ] as const;
  const asked = lists.map(async ([method, params]) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: '1', method, params: [`token:${SECRET}`, ...params] });
    const answer: unknown = await (await fetch(url, { method: 'POST', body })).json();
    return (answer as { result: unknown[] }).result;
  });
  return (await Promise.all(asked)).flat();
}

/** A forward proxy for http; it notes what it is asked for. */
function startProxy(asked: string[]): AsyncDisposable & { url: string } {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => {
      asked.push(request.url);
      const headers = new Headers(request.headers);
      headers.delete('proxy-connection');
      return fetch(request.url, { headers, redirect: 'manual', decompress: false });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}

interface Inside extends Disposable {
  /** Of another host than the hub, and of this machine. */
  url: string;
  requests: string[];
}

/** A server that no link may lead to; it holds the wanted model, and takes its time over it. */
function startInside(): Inside {
  const requests: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => {
      requests.push(request.url);
      const headers = { 'content-length': String(MODEL.sizeBytes) };
      return new Response(slowly(MODEL.read(0, MODEL.sizeBytes)), { headers });
    },
  });
  return { url: `http://localhost:${server.port}/inside`, requests, [Symbol.dispose]: () => void server.stop(true) };
}

async function* slowly(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 50_000) {
    yield bytes.subarray(at, at + 50_000);
    await Bun.sleep(50);
  }
}

/** The first byte, for which this program asks before the daemon does, is given; what is asked for after it is elsewhere. */
function leadAway(location: string): Fault {
  return (request, answer) => (request.headers.get('range') === 'bytes=0-0' ? answer() : Promise.resolve(redirectAnswer(302, location)));
}

/** aria2 asks for a digest (its version 1.36); the engine of this program does not. */
function onlyDaemon(fault: Fault): Fault {
  return (request, answer) => (request.headers.has('want-digest') ? fault(request, answer) : answer());
}

function run(box: Sandbox, changes: Parameters<typeof resolutionOf>[1] = {}, options: RunOptions = {}): Promise<DownloadRecord[]> {
  return box.run([resolutionOf(target(box), changes)], {
    secrets: { huggingface: null, civitai: null, aria2: SECRET },
    ...options,
    config: { engine: 'aria2', aria2Rpc: rpc, connectionsPerFile: 4, ...options.config },
  });
}

function target(box: Sandbox): string {
  return box.path('loras/model.safetensors');
}

function expectWhole(box: Sandbox, record: DownloadRecord | undefined): void {
  expect(record).toMatchObject({ status: 'downloaded', error: null });
  expect(readFileSync(target(box)).equals(Buffer.from(MODEL.read(0, MODEL.sizeBytes)))).toBe(true);
  expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
}

function bytesSent(hub: TestHub): number {
  return hub.requests.reduce((sum, request) => sum + (request.service === 'storage' ? request.bytesSent : 0), 0);
}

describe.skipIf(PROGRAM === null)('with a running aria2', () => {
  test('a model comes whole into its place, fetched by the daemon and proven here', async () => {
    await using box = await startSandbox();
    const [record] = await run(box);
    expectWhole(box, record);
    expect(record).toMatchObject({ verified: 'sha256', sha256: MODEL.sha256, bytes: MODEL.sizeBytes });
    const asked = box.hub.requests.filter((request) => request.service === 'storage');
    expect(asked.every((request) => request.userAgent === 'comfy-fixer-smart/test')).toBe(true);
  });

  test('the daemon gets no key, and a file that its server gives only for one is fetched without it', async () => {
    await using box = await startSandbox();
    const secrets = { huggingface: 'hf_goodtoken', civitai: null, aria2: SECRET };
    expectWhole(box, (await run(box, {}, { secrets }))[0]);
    for (const request of box.hub.requests)
      expect([request.service, request.hasAuthorization]).toEqual([request.service, request.service !== 'storage']);

    box.hub.inject({ service: 'huggingface' }, serveOther(OTHER, '"tag"'));
    const filename = 'other.safetensors';
    const keyed = resolutionOf(box.path(`loras/${filename}`), { filename, sha256: OTHER.sha256, sizeBytes: OTHER.sizeBytes });
    const [record] = await box.run([keyed], { secrets, config: { engine: 'aria2', aria2Rpc: 'http://127.0.0.1:1/jsonrpc' } });
    expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256' });
  });

  const PASSING = [
    ['cut', cutLater(50_000), 3],
    ['reset', resetConnection(), 2],
    ['answered with 503', answerStatus(503), 2],
    ['damaged on the way once', corruptBytes(), 1],
  ] as const;

  test.each(PASSING)('a transfer that is %s ends with the right bytes', async (_name, fault, times) => {
    await using box = await startSandbox();
    box.hub.inject({ ...STORAGE, times }, fault);
    expectWhole(box, (await run(box, {}, { config: { connectionsPerFile: 1 } }))[0]);
  });

  test('a link that expires in the middle is renewed', async () => {
    await using box = await startSandbox();
    box.hub.inject({ ...STORAGE, times: 2 }, async (request, answer) => {
      const cut = await cutLater(60_000)(request, answer);
      box.hub.passTime(4000);
      return cut;
    });
    expectWhole(box, (await run(box, {}, { config: { connectionsPerFile: 1 } }))[0]);
    expect(box.hub.requests.filter((request) => request.service === 'huggingface').length).toBeGreaterThan(1);
  });

  test('an interrupted run leaves what has arrived, and the next one goes on with it', async () => {
    await using box = await startSandbox();
    const abort = new AbortController();
    box.hub.inject(STORAGE, trickle(1_000_000));
    const interrupted = run(box, {}, { signal: abort.signal, config: { connectionsPerFile: 1 } }).catch(describeError);
    while (bytesSent(box.hub) < 400_000) await Bun.sleep(5);
    abort.abort(new Error('interrupted'));
    expect(await interrupted).toBe('interrupted');
    expect(readdirSync(box.path('loras')).sort()).toEqual(
      ['.part', '.part.aria2', '.part.json'].map((ending) => `model.safetensors${ending}`),
    );
    box.hub.heal();
    expectWhole(box, (await run(box))[0]);
    expect(box.hub.requests.some(({ range }) => /^bytes=[34]\d{5}-/.test(range ?? ''))).toBe(true);
  });

  test('what the own engine began is not taken for something that aria2 knows, and the other way round', async () => {
    await using box = await startSandbox();
    for (const engines of [['builtin', 'aria2'] as const, ['aria2', 'builtin'] as const]) {
      const abort = new AbortController();
      const unknown = { sha256: null };
      const before = bytesSent(box.hub);
      box.hub.inject(STORAGE, trickle(1_000_000));
      const interrupted = run(box, unknown, { signal: abort.signal, config: { engine: engines[0] } }).catch(describeError);
      while (bytesSent(box.hub) < before + 300_000) await Bun.sleep(5);
      abort.abort(new Error('interrupted'));
      expect(await interrupted).toBe('interrupted');
      box.hub.heal();
      expectWhole(box, (await run(box, unknown, { config: { engine: engines[1] } }))[0]);
      await Bun.file(target(box)).delete();
    }
  });

  test('a part that another live process has claimed is left to it', async () => {
    await using box = await startSandbox();
    const module = join(import.meta.dir, '../../lib/download/aria2/claim.ts');
    const claim = `(await import(${JSON.stringify(module)})).ClaimedPart.claim(${JSON.stringify(target(box))}, { url: '', sha256: null })`;
    await using other = Bun.spawn([process.execPath, '-e', `${claim}; console.log('claimed'); await Bun.sleep(60_000);`], {
      stdout: 'pipe',
    });
    await other.stdout.getReader().read();
    const held = readFileSync(`${target(box)}.part.json`, 'utf8');
    expect(JSON.parse(held)).toMatchObject({ writer: { pid: other.pid } });
    const [record] = await run(box);
    expect(record?.error).toMatchObject({ code: 'download_in_use' });
    expect(readFileSync(`${target(box)}.part.json`, 'utf8')).toBe(held);
    other.kill('SIGKILL');
    await other.exited;
    expectWhole(box, (await run(box))[0]);
  });

  test('a file that has changed since is begun anew', async () => {
    await using box = await startSandbox();
    const unknown = { sha256: null, sizeBytes: null };
    const abort = new AbortController();
    box.hub.inject({ service: 'huggingface' }, (request, answer) =>
      trickle(1_000_000)(request, () => serveOther(OTHER, '"old"')(request, answer)),
    );
    const interrupted = run(box, unknown, { signal: abort.signal }).catch(describeError);
    while (!existsSync(`${target(box)}.part`)) await Bun.sleep(5);
    await Bun.sleep(100);
    abort.abort(new Error('interrupted'));
    expect(await interrupted).toBe('interrupted');
    box.hub.heal();
    box.hub.inject({ service: 'huggingface' }, serveOther(MODEL, '"new"'));
    expectWhole(box, (await run(box, unknown))[0]);
  });

  test('refusals have the same words, and bytes that are wrong for ever do not stay', async () => {
    await using box = await startSandbox();
    box.hub.inject({ service: 'huggingface', times: 1 }, answerStatus(401, { headers: { 'x-error-code': 'GatedRepo' } }));
    expect((await run(box))[0]?.error).toMatchObject({ code: 'download_gated', error: 'Download failed: gated' });
    box.hub.inject(STORAGE, corruptBytes());
    expect((await run(box))[0]?.error).toMatchObject({ error: 'Download failed: checksum mismatch' });
    expect(readdirSync(box.path('loras'))).toEqual([]);
  });

  test('a link that may not be followed never reaches the daemon', async () => {
    await using box = await startSandbox();
    box.hub.inject({ service: 'huggingface' }, answerStatus(302, { headers: { location: 'http://10.0.0.7/model.safetensors' } }));
    expect((await run(box))[0]?.error).toMatchObject({ code: 'private_address' });
  });

  test('a redirect that only the daemon is given leads it nowhere, and is refused with the same words', async () => {
    await using box = await startSandbox();
    using inside = startInside();
    box.hub.inject(STORAGE, leadAway(inside.url));
    const [record] = await run(box);
    expect(record).toMatchObject({ status: 'failed', error: { code: 'private_address', error: 'Download failed: link refused' } });
    expect(inside.requests).toEqual([]);
    expect(readdirSync(box.path('loras'))).toEqual([]);
    expect(await downloadsKnown(rpc)).toEqual([]);
    const [builtin] = await run(box, {}, { config: { engine: 'builtin' } });
    expect(record?.error).toEqual(builtin?.error ?? null);
  });

  test('a file whose server leads only the daemon away is fetched without it', async () => {
    await using box = await startSandbox();
    using inside = startInside();
    box.hub.inject(STORAGE, onlyDaemon(leadAway(inside.url)));
    expectWhole(box, (await run(box))[0]);
    expect(inside.requests).toEqual([]);
  });

  test('a redirect within the host that was vetted is followed', async () => {
    await using box = await startSandbox();
    const led: string[] = [];
    box.hub.inject({ ...STORAGE, times: 2 }, (request, answer) => {
      if (request.headers.get('range') === 'bytes=0-0') return answer();
      led.push(request.url.href);
      return Promise.resolve(redirectAnswer(302, request.url.pathname + request.url.search));
    });
    expectWhole(box, (await run(box))[0]);
    expect(led).toHaveLength(1);
    expect(box.hub.requests.filter(({ service }) => service === 'storage').length).toBe(3);
  });

  test('a file that calls itself a list of links is no order to the daemon', async () => {
    await using box = await startSandbox();
    using inside = startInside();
    const file = `<file name="other.safetensors"><url>${inside.url}</url></file>`;
    const body = `<?xml version="1.0"?><metalink xmlns="urn:ietf:params:xml:ns:metalink">${file}</metalink>`;
    const headers = { 'content-type': 'application/metalink4+xml' };
    box.hub.inject(STORAGE, () => Promise.resolve({ status: 200, headers: { ...headers, 'content-length': String(body.length) }, body }));
    const [record] = await run(box, { sha256: null, sizeBytes: null });
    expect(record?.status).toBe('failed');
    await Bun.sleep(200);
    expect(inside.requests).toEqual([]);
    expect(await downloadsKnown(rpc)).toEqual([]);
  });

  test('a daemon behind a proxy of its own is stopped as soon as it is seen elsewhere', async () => {
    await using box = await startSandbox();
    using inside = startInside();
    const proxied: string[] = [];
    await using proxy = startProxy(proxied);
    await using behind = await startDaemon(PROGRAM ?? '', { http_proxy: proxy.url });
    expectWhole(box, (await run(box, {}, { config: { aria2Rpc: behind.rpc } }))[0]);
    expect(proxied.length).toBeGreaterThan(0);
    await Bun.file(target(box)).delete();

    box.hub.inject(STORAGE, leadAway(inside.url));
    const [record] = await run(box, {}, { config: { aria2Rpc: behind.rpc } });
    expect(record?.error).toMatchObject({ code: 'private_address' });
    expect(inside.requests).toHaveLength(1);
    expect(readdirSync(box.path('loras'))).toEqual([]);
    expect(await downloadsKnown(behind.rpc)).toEqual([]);
  });

  test('a secret that it does not know is said, and not repeated', async () => {
    await using box = await startSandbox();
    const [record] = await run(box, {}, { secrets: { huggingface: null, civitai: null, aria2: 'another-secret' } });
    expect(record?.error).toMatchObject({ code: 'download_engine_failed', details: 'aria2 does not accept ARIA2_RPC_SECRET' });
    expect(JSON.stringify(record)).not.toContain('another-secret');
  });
});

test('an aria2 that does not run costs nothing of what the own engine has fetched', async () => {
  await using box = await startSandbox();
  const abort = new AbortController();
  box.hub.inject(STORAGE, trickle(1_000_000));
  const interrupted = run(box, {}, { signal: abort.signal, config: { engine: 'builtin' } }).catch(describeError);
  while (bytesSent(box.hub) < 300_000) await Bun.sleep(5);
  abort.abort(new Error('interrupted'));
  await interrupted;
  box.hub.heal();
  // what was sent last may not have arrived
  const held = (): number => countBytes(readSidecar(sidecarPathOf(target(box)))?.written ?? []);
  const arrived = held();
  expect(arrived).toBeGreaterThan(0);
  const [record] = await run(box, {}, { config: { aria2Rpc: 'http://127.0.0.1:1/jsonrpc' } });
  expect(record?.error).toMatchObject({ code: 'download_engine_failed' });
  expect(held()).toBe(arrived);
  expectWhole(box, (await run(box, {}, { config: { engine: 'builtin' } }))[0]);
  expect(box.events).toContainEqual(expect.objectContaining({ type: 'transfer_resumed', fromBytes: arrived }));
});

test('an aria2 that does not run is said, with what to do', async () => {
  await using box = await startSandbox();
  const [record] = await run(box, {}, { config: { aria2Rpc: 'http://127.0.0.1:1/jsonrpc' } });
  expect(record?.error).toMatchObject({ code: 'download_engine_failed', error: 'Download failed: aria2 does not work' });
  expect(record?.error?.hint).toContain('aria2c --enable-rpc');
  expect(readdirSync(box.path('loras'))).toEqual([]);
});
