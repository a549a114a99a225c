import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { chmod, link, symlink, utimes, writeFile } from 'node:fs/promises';

import { readModelFolders } from '../../lib/comfy/model-folders.ts';
import { HashStore } from '../../lib/library/hash-store.ts';
import { runVerify } from '../../lib/phases/verify.ts';
import type { VerifyProgress, VerifyResult } from '../../lib/phases/verify.ts';
import { makeTree, safetensors } from '../comfy/kit.ts';
import type { Tree } from '../comfy/kit.ts';

const LORA = safetensors(['lora_unet_a.lora_up.weight']);
const VAE = safetensors(['encoder.conv_in.weight', 'decoder.conv_in.weight']);

const sha256Of = (bytes: string | Uint8Array): string => new Bun.CryptoHasher('sha256').update(bytes).digest('hex');

async function verify(
  tree: Tree,
  options: { hashStore?: string; paths?: readonly string[] } = {},
): Promise<{ result: VerifyResult; told: VerifyProgress[] }> {
  const told: VerifyProgress[] = [];
  const folders = await readModelFolders(tree.install);
  const result = await runVerify({ folders, hashStore: null, ...options }, { onProgress: (progress) => told.push(progress) });
  return { result, told };
}

function states(tree: Tree, result: VerifyResult): string[] {
  return result.files.map((file) => `${file.path.slice(tree.path('models').length + 1)} ${file.state} ${file.detectedType ?? '-'}`);
}

test('every model file is checked once, whole or not, in its folder or not', async () => {
  await using tree = await makeTree({
    'models/loras/good.safetensors': LORA,
    'models/loras/cut.safetensors': LORA.subarray(0, -1),
    'models/checkpoints/vae.safetensors': VAE,
    'models/vae/lora.safetensors': LORA,
    'models/unet/shared.gguf': 'GGUF',
    'models/loras/readme.txt': 'x',
  });
  const { result } = await verify(tree);
  expect(states(tree, result)).toEqual([
    'checkpoints/vae.safetensors present vae',
    'loras/cut.safetensors damaged -',
    'loras/good.safetensors present lora',
    'unet/shared.gguf damaged -',
    'vae/lora.safetensors misplaced lora',
  ]);
  expect(result).toMatchObject({ damaged: 2, misplaced: 1, wastedBytes: 0 });
  expect(result.files.every((file) => file.sha256 === null)).toBe(true);
});

test('hidden folders are looked into among the models, and not in any other folder that is named', async () => {
  await using tree = await makeTree({
    'models/loras/.hid/a.safetensors': LORA,
    'home/.venv/site.pth': 'import sys',
    'home/b.safetensors': LORA,
  });
  const whole = await verify(tree, { paths: [tree.path('models'), tree.path('home')] });
  const names = whole.result.files.map(({ path, state }) => `${path.slice(tree.path('x').length - 1)} ${state}`);
  expect(names).toEqual(['home/b.safetensors present', 'models/loras/.hid/a.safetensors present']);
  expect(states(tree, (await verify(tree)).result)).toEqual(['loras/.hid/a.safetensors present lora']);
});

test('a part of a model lacks the others, one that is named too', async () => {
  await using tree = await makeTree({
    'models/loras/all-00001-of-00002.safetensors': LORA,
    'models/loras/all-00002-of-00002.safetensors': LORA,
    'models/loras/some-00002-of-00003.safetensors': LORA,
    'models/loras/some-00003-of-00003.safetensors': LORA.subarray(0, -1),
  });
  const { result } = await verify(tree);
  expect(result.files.map(({ damage }) => damage)).toEqual([
    null,
    null,
    'part 1 of 3 is not there',
    expect.stringContaining('the header promises'),
  ]);
  const whole = await verify(tree, { paths: [tree.path('models/loras/all-00001-of-00002.safetensors')] });
  expect(whole.result.damaged).toBe(0);
});

test('the progress counts files, and bytes where they are read', async () => {
  await using tree = await makeTree({ 'models/loras/cut.safetensors': LORA.subarray(0, -1), 'models/vae/b.safetensors': VAE });
  const bytesTotal = LORA.length - 1 + VAE.length;
  expect((await verify(tree)).told.at(-1)).toEqual({ files: 2, filesTotal: 2, bytes: 0, bytesTotal: 0 });
  const hashStore = tree.path('hashes.sqlite');
  const end = { files: 2, filesTotal: 2, bytes: bytesTotal, bytesTotal };
  expect((await verify(tree, { hashStore })).told.at(-1)).toEqual(end);
  // a hash that is known is work done as well
  expect((await verify(tree, { hashStore })).told.at(-1)).toEqual(end);
});

test('named files and folders are checked alone, inside the models folders and elsewhere', async () => {
  await using tree = await makeTree({
    'models/loras/a.safetensors': LORA,
    'models/loras/x/vae.safetensors': VAE,
    'models/vae/c.safetensors': VAE,
    'elsewhere/d.safetensors': LORA,
    'elsewhere/notes.txt': 'x',
    'odd.model': 'no model',
  });
  const paths = [tree.path('models/loras/x'), tree.path('models/vae/c.safetensors'), tree.path('elsewhere'), tree.path('odd.model')];
  const { result } = await verify(tree, { paths });
  const found = result.files.map((file) => `${file.path.slice(tree.root.length + 1)} ${file.directories.join()} ${file.state}`);
  expect(found).toEqual([
    'elsewhere/d.safetensors  present',
    'models/loras/x/vae.safetensors loras misplaced',
    'models/vae/c.safetensors vae present',
    'odd.model  present',
  ]);
});

test.skipIf(process.getuid?.() === 0)('a file that may not be read is damaged, and says so', async () => {
  await using tree = await makeTree({ 'models/loras/a.safetensors': LORA });
  await chmod(tree.path('models/loras/a.safetensors'), 0);
  const { result } = await verify(tree, { hashStore: tree.path('hashes.sqlite') });
  expect(result.files).toMatchObject([{ state: 'damaged', sizeBytes: null, sha256: null }]);
  expect(result.files[0]?.damage).toContain('cannot be read');
});

test('copies are found by content, links are none', async () => {
  await using tree = await makeTree({
    'models/loras/a.safetensors': LORA,
    'models/loras/x/b.safetensors': LORA,
    'models/loras/c.safetensors': VAE,
  });
  await link(tree.path('models/loras/a.safetensors'), tree.path('models/loras/hard.safetensors'));
  await symlink(tree.path('models/loras/a.safetensors'), tree.path('models/loras/soft.safetensors'));
  const { result } = await verify(tree, { hashStore: tree.path('hashes.sqlite') });
  const copies = result.files.filter((file) => file.duplicates.length > 0).map((file) => file.path);
  expect(copies).toEqual([tree.path('models/loras/a.safetensors'), tree.path('models/loras/x/b.safetensors')]);
  expect(result.wastedBytes).toBe(LORA.length);
  expect(result.files[0]?.sha256).toBe(sha256Of(LORA));
});

/** What is remembered of every file from now on: only a store that does not read can still say so. */
function remember(database: string, sha256: string): void {
  using hashes = new Database(database);
  hashes.query('UPDATE file_hashes SET sha256 = ?').run(sha256);
}

test('a hash is computed once, and anew when the file has changed', async () => {
  await using tree = await makeTree({ 'a.bin': 'one' });
  const path = tree.path('a.bin');
  await utimes(path, 1000, 1000);
  using store = HashStore.open(tree.path('hashes.sqlite'));
  expect(await store.sha256Of(path)).toBe(sha256Of('one'));
  remember(tree.path('hashes.sqlite'), 'remembered');
  expect(await store.sha256Of(path)).toBe('remembered');
  await utimes(path, 2000, 2000);
  expect(await store.sha256Of(path)).toBe(sha256Of('one'));
});

test('a file that was written to under its old size and time has another hash', async () => {
  await using tree = await makeTree({ 'a.bin': 'one' });
  const path = tree.path('a.bin');
  await utimes(path, 1000, 1000);
  using store = HashStore.open(tree.path('hashes.sqlite'));
  expect(await store.sha256Of(path)).toBe(sha256Of('one'));
  await Bun.sleep(20); // the clock of a file system stands still for some milliseconds
  await writeFile(path, 'two');
  await utimes(path, 1000, 1000);
  expect(await store.sha256Of(path)).toBe(sha256Of('two'));
  expect(await store.pathsOf(sha256Of('one'))).toEqual([]);
});

test('hashes outlive the run', async () => {
  await using tree = await makeTree({ 'a.bin': 'one' });
  const path = tree.path('a.bin');
  {
    using store = HashStore.open(tree.path('hashes.sqlite'));
    await store.sha256Of(path);
  }
  remember(tree.path('hashes.sqlite'), 'remembered');
  using store = HashStore.open(tree.path('hashes.sqlite'));
  expect(await store.sha256Of(path)).toBe('remembered');
});

test('a store that is none is done without', async () => {
  await using tree = await makeTree({ 'hashes.sqlite': 'this is no database, and longer than a header of one would be', 'a.bin': 'one' });
  using store = HashStore.open(tree.path('hashes.sqlite'));
  expect(await store.sha256Of(tree.path('a.bin'))).toHaveLength(64);
});

test('an aborted check rejects with the reason', async () => {
  await using tree = await makeTree({ 'models/loras/a.safetensors': LORA });
  const reason = new Error('stop');
  const folders = await readModelFolders(tree.install);
  const run = runVerify({ folders, hashStore: tree.path('hashes.sqlite') }, { signal: AbortSignal.abort(reason) });
  expect(await run.catch((error: unknown) => error)).toBe(reason);
});
