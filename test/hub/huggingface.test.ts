import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { HF_KEY, LORA, smallCatalogue, VAE } from '../helpers/fixtures.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(smallCatalogue());
});
afterAll(() => hub.stop());

const VAE_PATH = 'split%20files/vae/paper_lantern_vae.safetensors';
const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(hub.endpoints.huggingface + path, { redirect: 'manual', ...init });
const as = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

interface Row {
  id: string;
  path: string;
  type: string;
  size: number;
  lfs?: { oid: string; sha256?: string; size: number; pointerSize: number };
  siblings: { rfilename: string; size?: number; lfs?: { sha256: string } }[];
}

describe('search', () => {
  test('looks for a part of the id, in any case, most downloaded first', async () => {
    const found = (await (await ask('/api/models?search=LANTERN')).json()) as Row[];
    expect(found.map((row) => row.id)).toEqual(['studio/paper-lantern', 'another/lantern-notes']);
    expect(await (await ask('/api/models?search=paper_lantern_vae')).json()).toEqual([]);
  });

  test('gives file names with expand=siblings, and nothing that was not asked for', async () => {
    const [row] = (await (await ask('/api/models?author=studio&search=paper&expand=siblings&expand=gated')).json()) as [Row];
    expect(Object.keys(row).sort()).toEqual(['_id', 'gated', 'id', 'siblings']);
    expect(row.siblings.map((sibling) => sibling.rfilename)).toContain('loras/paper_lantern_lora.safetensors');
  });

  test('leads on with Link until nothing is left', async () => {
    const first = await ask('/api/models?search=lantern&limit=1');
    const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await fetch(next);
    expect(((await second.json()) as Row[]).map((row) => row.id)).toEqual(['another/lantern-notes']);
    expect(second.headers.get('link')).toBeNull();
  });

  test('never shows a private repository', async () => {
    expect(await (await ask('/api/models?search=hidden')).json()).toEqual([]);
  });
});

describe('content', () => {
  test('blobs=true names the hash lfs.sha256, tree names it lfs.oid', async () => {
    const info = (await (await ask('/api/models/studio/paper-lantern?blobs=true')).json()) as Row;
    expect(info.siblings.find((file) => file.rfilename.endsWith('_vae.safetensors'))).toMatchObject({
      size: VAE.sizeBytes,
      lfs: { sha256: VAE.sha256 },
    });
    const tree = (await (await ask('/api/models/studio/paper-lantern/tree/main?recursive=true')).json()) as Row[];
    expect(tree.find((row) => row.path === 'loras/paper_lantern_lora.safetensors')).toMatchObject({
      type: 'file',
      size: LORA.sizeBytes,
      lfs: { oid: LORA.sha256, size: LORA.sizeBytes, pointerSize: 132 },
    });
    expect(tree.find((row) => row.path === 'README.md')?.lfs).toBeUndefined();
  });

  test('tree stays in its folder unless it is recursive', async () => {
    const top = (await (await ask('/api/models/studio/paper-lantern/tree/main')).json()) as Row[];
    expect(top.map((row) => `${row.type} ${row.path}`)).toEqual(['file README.md', 'directory loras', 'directory split files']);
    const inner = (await (await ask('/api/models/studio/paper-lantern/tree/main/split%20files/vae')).json()) as Row[];
    expect(inner.map((row) => row.path)).toEqual(['split files/vae/paper_lantern_vae.safetensors']);
  });

  test('paths-info leaves out what is not there', async () => {
    const body = JSON.stringify({ paths: ['README.md', 'nothing.bin'], expand: false });
    const rows = (await (await ask('/api/models/studio/paper-lantern/paths-info/main', { method: 'POST', body })).json()) as Row[];
    expect(rows.map((row) => row.path)).toEqual(['README.md']);
  });

  test('a revision is one segment, percent-encoded', async () => {
    expect((await ask('/api/models/studio/paper-lantern/tree/refs%2Fpr%2F1')).status).toBe(200);
    const unknown = await ask('/api/models/studio/paper-lantern/tree/nope');
    expect([unknown.status, unknown.headers.get('x-error-code')]).toEqual([404, 'RevisionNotFound']);
  });
});

describe('resolve', () => {
  test('HEAD tells size, hash and commit, and leads to the second origin', async () => {
    const answer = await ask(`/studio/paper-lantern/resolve/main/${VAE_PATH}`, { method: 'HEAD' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('x-linked-size')).toBe(String(VAE.sizeBytes));
    expect(answer.headers.get('x-linked-etag')).toBe(`"${VAE.sha256}"`);
    expect(answer.headers.get('x-repo-commit')).toMatch(/^[0-9a-f]{40}$/);
    expect(answer.headers.get('location')).toStartWith(`${hub.origins.storage}/`);
    expect(answer.headers.get('ratelimit')).toMatch(/^"resolvers";r=\d+;t=\d+$/);
  });

  test('a small file goes through a relative redirect', async () => {
    const hop = await ask('/studio/paper-lantern/resolve/main/README.md');
    expect([hop.status, hop.headers.get('location')?.startsWith('/api/resolve-cache/')]).toEqual([307, true]);
    const followed = await ask('/studio/paper-lantern/resolve/main/README.md', { redirect: 'follow' });
    expect(await followed.text()).toBe('# Paper lantern\n');
  });

  test('raw is the pointer, blob is a page', async () => {
    const pointer = await (await ask(`/studio/paper-lantern/raw/main/${VAE_PATH}`)).text();
    expect(pointer).toBe(`version https://git-lfs.github.com/spec/v1\noid sha256:${VAE.sha256}\nsize ${VAE.sizeBytes}\n`);
    const page = await ask(`/studio/paper-lantern/blob/main/${VAE_PATH}`);
    expect(page.headers.get('content-type')).toStartWith('text/html');
  });

  test('a former name leads to the present one', async () => {
    const answer = await ask('/oldname/paper-lantern/resolve/main/README.md');
    expect([answer.status, answer.headers.get('location')]).toEqual([307, '/studio/paper-lantern/resolve/main/README.md']);
  });
});

describe('refusals', () => {
  const file = '/resolve/main/gated_vae.safetensors';
  const cases: [why: string, path: string, token: string | null, status: number, code: string | null][] = [
    ['an unknown repository is 401 without a key', '/nobody/nothing/resolve/main/x', null, 401, 'RepoNotFound'],
    ['an unknown repository is 404 with a key', '/nobody/nothing/resolve/main/x', HF_KEY, 404, 'RepoNotFound'],
    ['a private repository looks unknown', '/studio/hidden/resolve/main/hidden.safetensors', null, 401, 'RepoNotFound'],
    ['a gated repository asks for a key', `/studio/gated-vae${file}`, null, 401, 'GatedRepo'],
    ['a key that is none fails everywhere', '/api/models/studio/paper-lantern', 'hf_wrong', 401, null],
    ['a file that is not there', '/studio/paper-lantern/resolve/main/x.bin', null, 404, 'EntryNotFound'],
    ['a revision that is not there', '/studio/paper-lantern/resolve/nope/README.md', null, 404, 'RevisionNotFound'],
  ];
  test.each(cases)('%s', async (_why, path, token, status, code) => {
    const answer = await ask(path, token === null ? {} : as(token));
    expect([answer.status, answer.headers.get('x-error-code')]).toEqual([status, code]);
  });

  test('a gated repository opens to whom it was granted', async () => {
    expect((await ask(`/studio/gated-vae${file}`, as(HF_KEY))).status).toBe(302);
  });

  test('a gated tree answers everybody, with stars for a hash', async () => {
    const [row] = (await (await ask('/api/models/studio/gated-vae/tree/main')).json()) as [Row];
    expect(row.lfs?.oid).toBe('*'.repeat(64));
    const [open] = (await (await ask('/api/models/studio/gated-vae/tree/main', as(HF_KEY))).json()) as [Row];
    expect(open.lfs?.oid).toBe(VAE.sha256);
  });

  test('whoami checks the key', async () => {
    expect((await ask('/api/whoami-v2')).status).toBe(401);
    expect(await (await ask('/api/whoami-v2', as(HF_KEY))).json()).toMatchObject({ name: 'reader' });
  });
});

test('the 501st question of an address within five minutes is refused, and answered when they have passed', async () => {
  await using own = await startTestHub(smallCatalogue());
  const url = `${own.endpoints.huggingface}/api/models?search=nothing`;
  for (let count = 0; count < 500; count++) await (await fetch(url)).arrayBuffer();
  const refused = await fetch(url);
  expect([refused.status, refused.headers.get('ratelimit')?.startsWith('"api";r=0;')]).toEqual([429, true]);
  own.passTime(301);
  expect((await fetch(url)).status).toBe(200);
});
