import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { HUB_SERVICES } from '../../lib/hub/exchange.ts';
import { safetensorsContent } from '../../lib/hub/model-file.ts';
import { CHECKPOINT, LORA, smallCatalogue } from '../helpers/fixtures.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';

let hub: TestHub;
let hfLink: string;
let civitaiLink: string;
beforeAll(async () => {
  hub = await startTestHub(smallCatalogue());
});
afterAll(() => hub.stop());
beforeEach(async () => {
  hfLink = await linkTo(`${hub.endpoints.huggingface}/studio/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors`);
  civitaiLink = await linkTo(`${hub.endpoints.civitai}/api/download/models/1001`);
});

async function linkTo(url: string): Promise<string> {
  return (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
}

test('the second origin is an origin of its own', () => {
  expect(new Set(Object.values(hub.origins)).size).toBe(HUB_SERVICES.length);
});

describe('ranges', () => {
  test('a part comes with 206, its place and its exact length', async () => {
    const answer = await fetch(hfLink, { headers: { range: 'bytes=1000000-' } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe('bytes 1000000-3000000/3000001');
    expect(answer.headers.get('etag')).toBe(`"${LORA.sha256}"`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(LORA.read(1_000_000, 3_000_001)))).toBe(true);
  });

  test('If-Range with another state brings the whole', async () => {
    const answer = await fetch(hfLink, { headers: { range: 'bytes=5-', 'if-range': '"other"' } });
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '3000001']);
    await answer.body?.cancel();
  });

  test('a range behind the end is 416 with the size', async () => {
    const answer = await fetch(hfLink, { headers: { range: 'bytes=3000001-' } });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */3000001']);
  });

  test('a known state is 304', async () => {
    expect((await fetch(hfLink, { headers: { 'if-none-match': `"${LORA.sha256}"` } })).status).toBe(304);
  });
});

describe('signatures', () => {
  test('a request with Authorization is refused', async () => {
    const answer = await fetch(hfLink, { headers: { authorization: 'Bearer anything' } });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Missing x-amz-content-sha256');
    expect(hub.requests.at(-1)).toMatchObject({ service: 'storage', hasAuthorization: true, status: 400 });
  });

  test('a link expires', async () => {
    await using own = await startTestHub(smallCatalogue(), { linkLifetimeSeconds: 60 });
    const link = await linkTo(`${own.endpoints.huggingface}/studio/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors`);
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
    own.passTime(61);
    expect((await fetch(link)).status).toBe(403);
  });

  test('a link that was changed is refused', async () => {
    const changed = new URL(hfLink);
    changed.searchParams.set('Expires', '9999999999');
    expect((await fetch(changed.href)).status).toBe(403);
  });

  test("HEAD works on Hugging Face's links and not on Civitai's", async () => {
    const head = await fetch(hfLink, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '3000001']);
    expect((await fetch(civitaiLink, { method: 'HEAD' })).status).toBe(403);
  });
});

describe('the small parts', () => {
  test('a release file of GitHub comes through the second origin', async () => {
    const answer = await fetch(`${hub.endpoints.github}/studio/tools/releases/download/v1.0/sharpen_x4.safetensors`);
    expect((await answer.arrayBuffer()).byteLength).toBe(CHECKPOINT.sizeBytes);
    expect((await fetch(`${hub.endpoints.github}/studio/tools/releases/download/v9/sharpen_x4.safetensors`)).status).toBe(404);
  });

  test("ComfyUI-Manager's files come as text", async () => {
    const answer = await fetch(`${hub.endpoints.manager}/model-list.json`);
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['text/plain; charset=utf-8', '{"models":[]}']);
    expect((await fetch(`${hub.endpoints.manager}/nothing.json`)).status).toBe(404);
  });

  test('the registry knows a pack by a class and by its id', async () => {
    const byClass = await fetch(`${hub.endpoints.comfy_registry}/comfy-nodes/Lantern%20(studio)/node`);
    expect(await byClass.json()).toMatchObject({ id: 'lantern-nodes', latest_version: { downloadUrl: '' } });
    expect((await fetch(`${hub.endpoints.comfy_registry}/nodes/lantern-nodes`)).status).toBe(200);
    expect((await fetch(`${hub.endpoints.comfy_registry}/comfy-nodes/Nothing/node`)).status).toBe(404);
  });
});

test('a file larger than memory should hold is served by range', async () => {
  const large = safetensorsContent({ sizeBytes: 300_000_000, seed: 9 });
  await using own = await startTestHub({ huggingface: [{ id: 'a/b', files: [{ path: 'large.safetensors', content: large }] }] });
  const answer = await fetch(`${own.endpoints.huggingface}/a/b/resolve/main/large.safetensors`, { headers: { range: 'bytes=299999990-' } });
  expect(answer.headers.get('content-range')).toBe('bytes 299999990-299999999/300000000');
  expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(large.read(299_999_990, 300_000_000)))).toBe(true);
});
