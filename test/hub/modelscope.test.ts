import { afterAll, beforeAll, expect, test } from 'bun:test';
import { z } from 'zod';
import { contentOf } from '../../lib/hub/content.ts';
import { LORA } from '../helpers/fixtures.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';

const README = '# A lantern, and what it is for\n';
let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub({
    accounts: [{ service: 'modelscope', token: 'ms-token', username: 'reader', repositories: ['harbour/closed'] }],
    modelscope: [
      {
        id: 'harbour/lantern',
        downloads: 5,
        files: [
          { path: 'README.md', content: contentOf(README) },
          { path: 'loras/lantern.safetensors', content: LORA },
        ],
      },
      { id: 'harbour/lantern-two', downloads: 90, files: [] },
      { id: 'harbour/closed', private: true, files: [{ path: 'x.pt', content: LORA }] },
    ],
  });
});
afterAll(() => hub.stop());

function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(hub.endpoints.modelscope + path, { headers, redirect: 'manual' });
}

test('a search finds parts of repository ids, the most downloaded first, and no private one', async () => {
  const answer = await (await ask('/openapi/v1/models?search=LANTERN&sort=downloads&page_number=1&page_size=50')).json();
  const { data } = z.object({ data: z.object({ models: z.array(z.object({ id: z.string() })), total_count: z.number() }) }).parse(answer);
  expect([data.models.map(({ id }) => id), data.total_count]).toEqual([['harbour/lantern-two', 'harbour/lantern'], 2]);
  expect((await ask('/openapi/v1/models?search=x&page_size=51')).status).toBe(400);
});

test('a file list tells size and sha256 of every file, and the folders', async () => {
  const answer = await (await ask('/api/v1/models/harbour/lantern/repo/files?Revision=master&Recursive=True')).json();
  expect(answer).toMatchObject({
    Success: true,
    Data: {
      Files: [
        { Path: 'loras', Type: 'tree' },
        { Path: 'README.md', Type: 'blob', Size: README.length, IsLFS: false },
        { Path: 'loras/lantern.safetensors', Type: 'blob', Size: LORA.sizeBytes, Sha256: LORA.sha256, IsLFS: true },
      ],
    },
  });
  expect((await ask('/api/v1/models/harbour/lantern/repo/files?Revision=v2&Recursive=true')).status).toBe(404);
});

test('a model file leads to the storage, which answers ranges by the rules', async () => {
  const redirect = await ask('/models/harbour/lantern/resolve/master/loras/lantern.safetensors');
  expect(redirect.status).toBe(302);
  const part = await fetch(redirect.headers.get('location') ?? '', { headers: { range: 'bytes=0-9' } });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 0-9/${LORA.sizeBytes}`]);
});

test('a small file comes from the site itself, parts of it under status 200', async () => {
  const part = await ask('/api/v1/models/harbour/lantern/repo?Revision=master&FilePath=README.md', { range: 'bytes=2-4' });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([200, `bytes 2-4/${README.length}`, 'A l']);
});

test('of a file that is not there it says so under status 200', async () => {
  const answer = await ask('/models/harbour/lantern/resolve/master/gone.safetensors');
  expect([answer.status, await answer.json()]).toMatchObject([200, { Success: false }]);
});

test.each([
  [{}, 404],
  [{ authorization: 'Bearer ms-token' }, 200],
  [{ cookie: 'a=b; m_session_id=ms-token' }, 200],
  [{ authorization: 'Bearer another' }, 404],
])('a private repository shows itself to its account only: %p', async (headers, status) => {
  const path = '/api/v1/models/harbour/closed/repo/files?Revision=master&Recursive=true';
  expect((await ask(path, headers as Record<string, string>)).status).toBe(status);
});
