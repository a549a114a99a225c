import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HashStore } from '../../lib/library/hash-store.ts';
import { makeFindCopy } from '../../lib/phases/find-copy.ts';
import { MODEL, OTHER, resolutionOf, startSandbox } from '../download/sandbox.ts';

const WANTED = { filename: 'wanted.safetensors', sha256: MODEL.sha256, sizeBytes: MODEL.sizeBytes, sizeToleranceBytes: 0 };
const { signal } = new AbortController();

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'find-copy-test-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Writes a file below the home folder and gives its path. */
function put(path: string, content = MODEL): string {
  const target = join(home, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content.read(0, content.sizeBytes));
  return target;
}

/** A search in `models/loras` and `extra/vae`, and the paths that it has hashed. */
function open(): { find: ReturnType<typeof makeFindCopy>; hashed: string[]; hashes: HashStore } {
  const hashes = HashStore.open(':memory:');
  const hashed: string[] = [];
  const noting = Object.assign(Object.create(hashes) as HashStore, {
    sha256Of: (path: string, options: { signal?: AbortSignal }) => {
      hashed.push(path);
      return hashes.sha256Of(path, options);
    },
  });
  const folders = new Map([
    ['loras', { roots: [join(home, 'models/loras')] }],
    ['vae', { roots: [join(home, 'extra/vae')] }],
  ]);
  return { find: makeFindCopy({ folders: { folders }, env: {}, home, hashes: noting, signal }), hashed, hashes };
}

test('the same bytes are found in another folder under another name', async () => {
  put('models/loras/something.safetensors', OTHER);
  const path = put('extra/vae/deep/below/renamed.safetensors');
  expect(await open().find(WANTED)).toBe(path);
});

test.each(['', '.new', '.link'])('what a transfer is about to put into its place is no copy (.part%s)', async (ending) => {
  put(`models/loras/wanted.safetensors.part${ending}`);
  const { find, hashed } = open();
  expect(await find(WANTED)).toBeUndefined();
  expect(hashed).toEqual([]);
});

test('only files of the right size are hashed', async () => {
  const wrong = join(home, 'models/loras/short.safetensors');
  put('models/loras/short.safetensors');
  writeFileSync(wrong, MODEL.read(0, MODEL.sizeBytes - 1));
  const other = put('extra/vae/other.safetensors', OTHER);
  const { find, hashed } = open();
  expect(await find(WANTED)).toBeUndefined();
  expect(hashed).toEqual([other]);
});

test('the cache of Hugging Face is known by the names of its files, without hashing', async () => {
  const blob = put(`.cache/huggingface/hub/models--studio--models/blobs/${MODEL.sha256}`);
  const { find, hashed } = open();
  expect(await find({ ...WANTED, sizeBytes: null })).toBe(blob);
  expect(await find({ ...WANTED, sha256: OTHER.sha256 })).toBeUndefined();
  expect(hashed).toEqual([]);
});

test('without a sha256 nothing is looked for', async () => {
  put('models/loras/something.safetensors');
  expect(await open().find({ ...WANTED, sha256: null })).toBeUndefined();
});

test('what several links lead to is hashed once', async () => {
  const path = put('models/loras/other.safetensors', OTHER);
  symlinkSync(path, join(home, 'models/loras/again.safetensors'));
  const { find, hashed } = open();
  await find(WANTED);
  expect(hashed).toEqual([path]);
});

describe('a download', () => {
  test('of bytes that are here already fetches none', async () => {
    await using box = await startSandbox();
    const foundAt = put('extra/vae/renamed.safetensors');
    const savePath = box.path('loras/model.safetensors');
    const [record] = await box.run([resolutionOf(savePath)], { ports: { findCopy: open().find } });
    expect(record).toMatchObject({ status: 'linked', verified: 'sha256', source: 'local', downloadUrl: null });
    expect(statSync(savePath).ino).toBe(statSync(foundAt).ino);
    expect(box.hub.requests).toEqual([]);
  });

  test('goes on over the network when the copy is another file by now', async () => {
    await using box = await startSandbox();
    const changed = put('extra/vae/changed.safetensors', OTHER);
    const savePath = box.path('loras/model.safetensors');
    const [record] = await box.run([resolutionOf(savePath)], { ports: { findCopy: () => Promise.resolve(changed) } });
    expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256', source: 'huggingface' });
  });
});
