import { expect, test } from 'bun:test';

import { readModelFolders } from '../../lib/comfy/model-folders.ts';
import { readLive } from '../../lib/comfy/read-live.ts';
import type { LiveAnswer } from '../../lib/comfy/read-live.ts';
import { startFakeComfy } from '../helpers/comfy.ts';
import type { FakeComfyOptions } from '../helpers/comfy.ts';
import { makeTree } from './kit.ts';

const NODES = { LoraLoader: { required: { lora_name: [['a.safetensors']] } } };

/** What is told by a ComfyUI at the default port, which in truth is the stand-in's. */
async function askDefault(
  comfy: Omit<FakeComfyOptions, 'root'>,
  at: { root?: string; answerMs?: number; hangs?: boolean } = {},
): Promise<LiveAnswer> {
  await using tree = await makeTree({ 'nodes.py': '', 'models/loras/a.safetensors': 'x' });
  await using server = startFakeComfy({ root: at.root ?? tree.root, ...comfy });
  const fetchIt = (url: string, init?: BunFetchRequestInit): Promise<Response> => {
    if (at.hangs && url.endsWith('/object_info')) return untilAborted(init?.signal ?? undefined);
    return fetch(url.replace('http://127.0.0.1:8188', server.url), init);
  };
  const request = { configuredUrl: null, install: tree.install, folders: await readModelFolders(tree.install) };
  const answerMs = at.answerMs === undefined ? {} : { answerMs: at.answerMs };
  return await readLive(request, { fetch: fetchIt, signal: new AbortController().signal, ...answerMs });
}

function untilAborted(signal: AbortSignal | undefined): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

test('one at the default port is believed when it is the install on this disk', async () => {
  const { live } = await askDefault({ nodes: NODES });
  expect(live).toMatchObject({ sharesDisk: true, sharesPaths: true });
  expect([...(live?.nodes.keys() ?? [])]).toEqual(['LoraLoader']);
  expect(live?.folders.get('loras')).toMatchObject({ names: ['a.safetensors'], extensions: expect.any(Set) });
});

test('an old one tells no paths, and is known by what it lists', async () => {
  const { live } = await askDefault({ nodes: NODES, argv: [], experimental: false });
  expect(live).toMatchObject({ sharesDisk: true, sharesPaths: false });
});

test('one of another install is not asked, and the log says so', async () => {
  const { live, note } = await askDefault({ nodes: NODES }, { root: '/srv/other' });
  expect(live).toBeNull();
  expect(note).toMatchObject({ level: 'info', message: expect.stringContaining('is another ComfyUI than') });
});

test('one that never answers is not waited for', async () => {
  const { live, note } = await askDefault({ nodes: NODES }, { hangs: true, answerMs: 50 });
  expect(live).toBeNull();
  expect(note).toMatchObject({ level: 'warn', message: expect.stringContaining('broke off') });
});

test('where nobody listens at the default port, there is nothing to say', async () => {
  await using tree = await makeTree({});
  const request = { configuredUrl: null, install: tree.install, folders: await readModelFolders(tree.install) };
  const fetchNobody = (): Promise<Response> => Promise.reject(new Error('refused'));
  expect(await readLive(request, { fetch: fetchNobody, signal: new AbortController().signal })).toEqual({ live: null, note: null });
});

test('an aborted question rejects with the reason', async () => {
  await using tree = await makeTree({});
  await using server = startFakeComfy({ root: tree.root, nodes: NODES });
  const reason = new Error('stop');
  const request = { configuredUrl: server.url, install: tree.install, folders: await readModelFolders(tree.install) };
  const asked = readLive(request, { fetch: (url, init) => fetch(url, init), signal: AbortSignal.abort(reason) });
  expect(await asked.catch((error: unknown) => error)).toBe(reason);
});
