import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { CHECKPOINT, CHECKPOINT_FULL, CIVITAI_KEY, LORA, smallCatalogue } from '../helpers/fixtures.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(smallCatalogue());
});
afterAll(() => hub.stop());

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(hub.endpoints.civitai + path, { redirect: 'manual', ...init });
const post = (path: string, value: unknown): Promise<Response> => ask(path, { method: 'POST', body: JSON.stringify(value) });
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  ask(`/api/download/models/${path}`, { headers: { 'user-agent': 'some-tool/1.0', ...headers } });
const names = async (query: string): Promise<string[]> => {
  const page = (await (await ask(`/api/v1/models?${query}`)).json()) as { items: { name: string }[] };
  return page.items.map((item) => item.name);
};

describe('list', () => {
  test('finds by words of the name, a prefix or one typo, but never by a file name', async () => {
    expect(await names('query=paper+lantern')).toEqual(['Paper Lantern Style']);
    expect(await names('query=lantrn&types=Checkpoint')).toEqual(['Lantern Mix']);
    expect(await names('query=lanternMix_v30')).toEqual([]);
    expect(await names(`query=${LORA.sha256}`)).toEqual(['Paper Lantern Style']);
  });

  test('shows what is not safe for work only with nsfw=true, and a real person never', async () => {
    expect(await names('query=adult')).toEqual([]);
    expect(await names('query=adult&nsfw=true')).toEqual(['Adult lantern']);
    expect(await names('query=person&nsfw=true')).toEqual([]);
  });

  test('goes on with a decimal cursor under query and an opaque one without', async () => {
    const first = (await (await ask('/api/v1/models?query=lantern&limit=1')).json()) as { metadata: { nextCursor: string } };
    expect(first.metadata.nextCursor).toBe('1');
    expect(await names('query=lantern&limit=1&cursor=1')).toEqual(['Paper Lantern Style']);
    const browse = (await (await ask('/api/v1/models?limit=1')).json()) as { metadata: { nextCursor: string } };
    expect(browse.metadata.nextCursor).toBe('0|0|1');
    expect(await names('limit=1&cursor=0%7C0%7C1')).toEqual(['Paper Lantern Style']);
  });

  test('filters by base model after the page was cut: an empty page may have a next one', async () => {
    const page = (await (await ask('/api/v1/models?query=lantern&limit=1&baseModels=SDXL+1.0')).json()) as {
      items: unknown[];
      metadata: object;
    };
    expect(page.items).toEqual([]);
    expect(page.metadata).toMatchObject({ nextCursor: '1' });
  });

  const refused: [query: string, status: number][] = [
    ['query=x&page=1', 400],
    ['limit=101', 400],
    ['types=LORA,LoCon', 400],
    ['page=11&limit=100', 429],
    ['favorites=true', 401],
  ];
  test.each(refused)('%s is refused with %d', async (query, status) => {
    expect((await ask(`/api/v1/models?${query}`)).status).toBe(status);
  });
});

describe('records', () => {
  test('links have the form of their place: plain, by fileId, from the host that was asked', async () => {
    const listed = await (await ask('/api/v1/models?query=lantern+mix')).json();
    expect(JSON.stringify(listed)).toContain('https://civitai.com/api/download/models/2001?type=Model&format=SafeTensor&size=full&fp=fp32');
    const model = JSON.stringify(await (await ask('/api/v1/models/200')).json());
    expect(model).toContain('https://civitai.com/api/download/models/2001?fileId=6001');
    expect(model).not.toContain('usageControl');
    const version = (await (await ask('/api/v1/model-versions/2001')).json()) as Record<string, unknown>;
    expect(version).toMatchObject({
      modelId: 200,
      usageControl: 'Download',
      downloadUrl: `${hub.endpoints.civitai}/api/download/models/2001`,
    });
  });

  test('mini tells the name that the uploader gave, and whether an account is needed', async () => {
    expect(await (await ask('/api/v1/model-versions/mini/2001')).json()).toMatchObject({
      fileName: 'lantern-mix-fp16.safetensors',
      requireAuth: false,
    });
    expect(await (await ask('/api/v1/model-versions/mini/1002')).json()).toMatchObject({ requireAuth: true });
  });

  test('an archived model has no files', async () => {
    const model = (await (await ask('/api/v1/models/500')).json()) as { modelVersions: { files: unknown[]; downloadUrl?: string }[] };
    expect(model.modelVersions[0]).toMatchObject({ files: [] });
    expect(model.modelVersions[0]?.downloadUrl).toBeUndefined();
  });

  test('sizes are KiB with a fraction', async () => {
    const version = (await (await ask('/api/v1/model-versions/1001')).json()) as { files: { sizeKB: number }[] };
    expect(Math.round(version.files[0]!.sizeKB * 1024)).toBe(LORA.sizeBytes);
  });
});

describe('by hash', () => {
  test('GET takes any hash in any case', async () => {
    for (const hash of [LORA.sha256, LORA.sha256.slice(0, 10), LORA.sha256.slice(0, 12).toUpperCase()]) {
      expect(await (await ask(`/api/v1/model-versions/by-hash/${hash}`)).json()).toMatchObject({ id: 1001 });
    }
    expect((await ask(`/api/v1/model-versions/by-hash/${'0'.repeat(64)}`)).status).toBe(404);
  });

  test('POST takes full hashes and leaves out what nobody knows', async () => {
    const found = (await (await post('/api/v1/model-versions/by-hash', ['0'.repeat(64), CHECKPOINT_FULL.sha256, LORA.sha256])).json()) as {
      id: number;
    }[];
    expect(found.map((row) => row.id)).toEqual([1001, 2001]);
    expect((await post('/api/v1/model-versions/by-hash', [LORA.sha256.slice(0, 10)])).status).toBe(400);
  });

  test('ids gives ids', async () => {
    expect(await (await post('/api/v1/model-versions/by-hash/ids', [CHECKPOINT.sha256])).json()).toEqual([
      { modelVersionId: 2001, modelId: 200, hash: CHECKPOINT.sha256.toUpperCase() },
    ]);
  });
});

describe('download', () => {
  test('leads to the second origin with 307, and by fileId to that file', async () => {
    const answer = await get('2001?fileId=6002');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([307, 'no-store, max-age=0']);
    const file = await fetch(answer.headers.get('location') ?? '');
    expect(file.headers.get('content-length')).toBe(String(CHECKPOINT_FULL.sizeBytes));
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="lanternMix_v30.safetensors"');
    expect(new Bun.CryptoHasher('sha256').update(await file.arrayBuffer()).digest('hex')).toBe(CHECKPOINT_FULL.sha256);
  });

  const refused: [why: string, path: string, status: number][] = [
    ['a version that is not there', '999999', 404],
    ['a file of another version', '2001?fileId=5001', 404],
    ['a form that no file has', '2001?format=GGUF', 404],
    ['a real person', '4001', 404],
    ['an archived model', '5101', 410],
    ['a version that is only for generating', '6101', 401],
    ['early access', '7101', 403],
    ['an account needed', '1002', 401],
  ];
  test.each(refused)('%s is refused', async (_why, path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  test('a key opens what needs an account, in the header or as a parameter; a wrong one counts as none', async () => {
    expect((await get('1002', { authorization: `Bearer ${CIVITAI_KEY}` })).status).toBe(307);
    expect((await get(`1002?token=${CIVITAI_KEY}`)).status).toBe(307);
    expect((await get(`1002?token=${CIVITAI_KEY}`, { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  test('a browser is sent to a login page instead', async () => {
    const answer = await get('1002', { 'user-agent': 'Mozilla/5.0' });
    expect([answer.status, answer.headers.get('location')]).toEqual([
      307,
      '/login?returnUrl=%2Fmodel-versions%2F1002&reason=download-auth',
    ]);
    expect((await ask('/login')).headers.get('content-type')).toStartWith('text/html');
  });
});

test('me checks the key', async () => {
  expect((await ask('/api/v1/me')).status).toBe(401);
  const answer = await ask('/api/v1/me', { headers: { authorization: `Bearer ${CIVITAI_KEY}` } });
  expect(await answer.json()).toMatchObject({ username: 'reader' });
});
