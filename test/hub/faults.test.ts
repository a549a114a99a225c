import { describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { connect } from 'node:net';
import * as faults from '../helpers/faults.ts';
import { LORA, smallCatalogue, VAE } from '../helpers/fixtures.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';

const PATH = '/studio/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors';

/** What arrives until the end or the break. */
async function pull(
  hub: TestHub,
  init: RequestInit = {},
): Promise<{ status: number | null; bytes: number; broken: boolean; length: string | null }> {
  const seen = { status: null as number | null, bytes: 0, broken: false, length: null as string | null };
  try {
    const answer = await fetch(hub.endpoints.huggingface + PATH, init);
    seen.status = answer.status;
    seen.length = answer.headers.get('content-length');
    if (answer.body) for await (const piece of answer.body) seen.bytes += piece.byteLength;
  } catch {
    seen.broken = true;
  }
  return seen;
}

/** The same over a bare socket: a client may drop what it had not handed on when the connection broke. */
async function pullRaw(hub: TestHub): Promise<{ head: string; bodyBytes: number }> {
  const answer = await fetch(hub.endpoints.huggingface + PATH, { redirect: 'manual' });
  const { hostname, port, pathname, search } = new URL(answer.headers.get('location') ?? '');
  const pieces: Buffer[] = [];
  const socket = connect(Number(port), hostname, () => socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n\r\n`));
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await once(socket, 'close');
  const whole = Buffer.concat(pieces);
  const headEnd = whole.indexOf('\r\n\r\n');
  return { head: whole.subarray(0, headEnd).toString().toLowerCase(), bodyBytes: whole.byteLength - headEnd - 4 };
}

async function withFault(fault: faults.Fault, init: RequestInit = {}): ReturnType<typeof pull> {
  await using hub = await startTestHub(smallCatalogue());
  hub.inject({ service: 'storage' }, fault);
  const seen = await pull(hub, init);
  return seen;
}

describe('a transfer', () => {
  const size = String(LORA.sizeBytes);

  test('cut keeps the announced length and ends at the byte', async () => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ service: 'storage' }, faults.cutAfter(1_500_000));
    const { head, bodyBytes } = await pullRaw(hub);
    expect(head).toContain(`content-length: ${size}`);
    expect(bodyBytes).toBe(1_500_000);
    expect(await pull(hub)).toMatchObject({ status: 200, broken: true, length: size });
  });

  test('reset breaks off in the middle', async () => {
    const seen = await withFault(faults.cutAfter(1_500_000, { reset: true }));
    expect(seen.broken).toBe(true);
    expect(seen.bytes).toBeLessThanOrEqual(1_500_000);
  });

  test('stalled gives nothing more and stays open', async () => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ service: 'storage' }, faults.stallAfter(700_000));
    const reader = (await fetch(hub.endpoints.huggingface + PATH)).body!.getReader();
    for (let bytes = 0; bytes < 700_000;) bytes += (await reader.read()).value!.byteLength;
    const more = await Promise.race([reader.read(), Bun.sleep(100)]);
    expect(more).toBeUndefined();
  });

  test('without a length is whole, or cut', async () => {
    expect(await withFault(faults.hideLength())).toEqual({ status: 200, bytes: LORA.sizeBytes, broken: false, length: null });
    expect(await withFault(faults.hideLength({ cutAfterBytes: 900_000 }))).toMatchObject({ broken: true, length: null });
  });

  test('without ranges starts anew', async () => {
    expect(await withFault(faults.ignoreRanges(), { headers: { range: 'bytes=5-' } })).toMatchObject({
      status: 200,
      bytes: LORA.sizeBytes,
    });
  });

  test('slowed down takes its time', async () => {
    const started = performance.now();
    expect(await withFault(faults.slowDown(10_000_000))).toMatchObject({ bytes: LORA.sizeBytes, broken: false });
    expect(performance.now() - started).toBeGreaterThan(200);
  });

  test('of another file has other bytes and another tag', async () => {
    expect(await withFault(faults.serveOther(VAE))).toMatchObject({ bytes: VAE.sizeBytes });
  });

  test('corrupted has the right length', async () => {
    expect(await withFault(faults.corruptBytes())).toEqual({ status: 200, bytes: LORA.sizeBytes, broken: false, length: size });
  });

  test('refused before any answer, or never answered, breaks', async () => {
    expect(await withFault(faults.resetConnection())).toMatchObject({ status: null, broken: true });
    expect(await withFault(faults.neverAnswer(), { signal: AbortSignal.timeout(100) })).toMatchObject({ status: null, broken: true });
  });

  test('may be a status, a page or garbage', async () => {
    expect((await withFault(faults.answerStatus(429, { retryAfter: 1 }))).status).toBe(429);
    expect((await withFault(faults.answerHtml())).status).toBe(200);
    expect((await withFault(faults.answerGarbage())).bytes).toBeGreaterThan(0);
  });
});

test('a fault meets so many matching requests after so many others', async () => {
  await using hub = await startTestHub(smallCatalogue());
  hub.inject({ path: 'resolve', after: 1, times: 2 }, faults.answerStatus(503));
  const statuses: number[] = [];
  for (let count = 0; count < 4; count++) statuses.push((await fetch(hub.endpoints.huggingface + PATH, { redirect: 'manual' })).status);
  expect(statuses).toEqual([302, 503, 503, 302]);
});

test('what is taken down refuses connections, the others answer', async () => {
  await using hub = await startTestHub(smallCatalogue());
  await hub.takeDown('civitai');
  const failure = await fetch(`${hub.endpoints.civitai}/api/v1/models`).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
  expect((await fetch(`${hub.endpoints.huggingface}/api/models`)).status).toBe(200);
});

test('the log tells what was asked and what went out', async () => {
  await using hub = await startTestHub(smallCatalogue());
  await pull(hub, { headers: { range: 'bytes=0-99', authorization: 'Bearer hf_testkeyforthehub' } });
  expect(hub.requests.map(({ service, range, hasAuthorization, status }) => ({ service, range, hasAuthorization, status }))).toEqual([
    { service: 'huggingface', range: 'bytes=0-99', hasAuthorization: true, status: 302 },
    { service: 'storage', range: 'bytes=0-99', hasAuthorization: false, status: 206 },
  ]);
  expect(hub.requests[1]?.bytesSent).toBe(100);
});
