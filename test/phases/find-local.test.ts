import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Content } from '../../lib/hub/content.ts';
import { safetensorsContent } from '../../lib/hub/model-file.ts';
import { HashStore } from '../../lib/library/hash-store.ts';
import { makeFindLocal } from '../../lib/phases/find-local.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

const NAME = 'brass_kettle.safetensors';
const KETTLE = safetensorsContent({ sizeBytes: 40_000, seed: 1, tensors: 'lora' });
/** Another training of the same kind: the same size to the byte. */
const TWIN = safetensorsContent({ sizeBytes: 40_000, seed: 2, tensors: 'lora' });
const LARGER = safetensorsContent({ sizeBytes: 50_000, seed: 3, tensors: 'lora' });
const LINK = `https://huggingface.co/smith/kettles/resolve/main/${NAME}`;

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'find-local-test-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function put(path: string, content: Content): string {
  const target = join(home, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content.read(0, content.sizeBytes));
  return target;
}

/** A look at `models/loras` and `models/old`, and the paths that it has hashed. */
function open() {
  const hashes = HashStore.open(':memory:');
  const hashed: string[] = [];
  const noting = Object.assign(Object.create(hashes) as HashStore, {
    pathsOf: (sha256: string) => hashes.pathsOf(sha256),
    sha256Of: (path: string, options: { signal?: AbortSignal }) => {
      hashed.push(path);
      return hashes.sha256Of(path, options);
    },
  });
  const folders = new Map([
    ['loras', { roots: [join(home, 'models/loras')] }],
    ['old', { roots: [join(home, 'models/old')] }],
  ]);
  const { signal } = new AbortController();
  return { findLocal: makeFindLocal({ folders: { folders }, env: {}, home, hashes: noting, signal }), hashed, hashes };
}

/** What is decided for a model whose link alone tells the hash. */
async function resolveLinked(findLocal: ReturnType<typeof makeFindLocal>) {
  await using hub = await startTestHub({ huggingface: [{ id: 'smith/kettles', files: [{ path: NAME, content: KETTLE }] }] });
  const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement(NAME, { urls: [{ url: LINK, from: 'properties' }] })], {
    findLocal,
  });
  return resolutions[0];
}

describe('a file of the same name on this machine, where only the link tells the sha256', () => {
  test('is taken when its bytes are the same', async () => {
    const path = put(`models/old/${NAME}`, KETTLE);
    const { findLocal, hashed } = open();
    expect(await resolveLinked(findLocal)).toMatchObject({ source: 'local', proof: 'hash', accepted: true, foundAt: path });
    expect(hashed).toEqual([path]);
  });

  test('is not taken when only its size is the same', async () => {
    put(`models/old/${NAME}`, TWIN);
    expect(await resolveLinked(open().findLocal)).toMatchObject({ source: 'huggingface', proof: 'link', accepted: true, foundAt: null });
  });

  test('is not even read when its size is another', async () => {
    put(`models/old/${NAME}`, LARGER);
    const { findLocal, hashed } = open();
    expect(await resolveLinked(findLocal)).toMatchObject({ source: 'huggingface', proof: 'link' });
    expect(hashed).toEqual([]);
  });
});

describe('a file of another name', () => {
  test('is found by its sha256 where that was computed before, and not after it has changed', async () => {
    const path = put('models/old/renamed.safetensors', KETTLE);
    const { findLocal, hashes } = open();
    const wanted = makeRequirement(NAME, { sha256: KETTLE.sha256 });
    expect(await findLocal(wanted)).toEqual([]);
    await hashes.sha256Of(path);
    expect((await findLocal(wanted)).map(({ foundAt }) => foundAt)).toEqual([path]);
    put('models/old/renamed.safetensors', LARGER);
    expect(await findLocal(wanted)).toEqual([]);
  });
});
