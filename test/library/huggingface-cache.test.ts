import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HuggingfaceCache } from '../../lib/library/huggingface-cache.ts';

const dir = mkdtempSync(join(tmpdir(), 'hf-cache-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const [SHA256, GIT_ID] = ['ab'.repeat(32), 'cd'.repeat(20)];

/** A cache with one large file, one small one that git keeps, and a download that broke off. */
function writeCache(folder: string): void {
  const repository = join(folder, 'models--studio--harbour');
  for (const name of ['blobs', 'snapshots/abc/loras']) mkdirSync(join(repository, name), { recursive: true });
  writeFileSync(join(repository, 'blobs', SHA256), 'model');
  writeFileSync(join(repository, 'blobs', GIT_ID), 'config');
  writeFileSync(join(repository, 'blobs', `${'ef'.repeat(32)}.incomplete`), 'mod');
  symlinkSync(`../../../blobs/${SHA256}`, join(repository, 'snapshots/abc/loras/Harbour.safetensors'));
  symlinkSync(`../../blobs/${GIT_ID}`, join(repository, 'snapshots/abc/config.json'));
}

test.each([
  ['the home folder', (home: string) => ({ folder: join(home, '.cache/huggingface/hub'), env: {} })],
  ['HF_HOME', (home: string) => ({ folder: join(home, 'hf/hub'), env: { HF_HOME: join(home, 'hf') } })],
  ['HF_HUB_CACHE', (home: string) => ({ folder: join(home, 'any'), env: { HF_HUB_CACHE: join(home, 'any') } })],
])('files are found by sha256 and by name in the cache below %s', async (title, place) => {
  const home = join(dir, title.replaceAll(' ', '-'));
  const { folder, env } = place(home);
  writeCache(folder);
  const cache = await HuggingfaceCache.open({ env, home });
  const blob = { path: join(folder, 'models--studio--harbour/blobs', SHA256), sha256: SHA256, sizeBytes: 5 };
  expect(cache.withSha256(SHA256)).toEqual([blob]);
  expect(cache.named('harbour.SAFETENSORS')).toEqual([blob]);
  expect(cache.named('config.json')).toEqual([]);
  expect(cache.withSha256('ef'.repeat(32))).toEqual([]);
});

test('no cache is an empty one', async () => {
  const cache = await HuggingfaceCache.open({ env: {}, home: join(dir, 'nobody') });
  expect(cache.named('x.safetensors')).toEqual([]);
});
