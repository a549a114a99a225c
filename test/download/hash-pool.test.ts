import { afterEach, beforeEach, expect, test } from 'bun:test';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hashFile } from '../../lib/download/hash-file.ts';
import { HashPool } from '../../lib/download/hash-pool.ts';
import { generatedContent } from '../../lib/hub/content.ts';

/** Large enough for the thread. */
const LARGE = generatedContent({ sizeBytes: 30_000_001, seed: 1 });
const OTHER = generatedContent({ sizeBytes: 30_000_001, seed: 2 });
const SMALL = generatedContent({ sizeBytes: 100_000, seed: 3 });
const { signal } = new AbortController();

let folder = '';
let pool = new HashPool();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hash-test-'));
  pool = new HashPool();
});
afterEach(() => {
  pool.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a file in steps, tells of each, and gives its hash. */
async function hashWhileWriting(content: typeof LARGE, name: string, before?: typeof LARGE): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, '');
  const descriptor = openSync(path, 'r+');
  const hash = pool.follow(path, descriptor);
  try {
    for (const version of before ? [before, content] : [content]) {
      if (version !== before) hash.reset();
      for (let at = 0; at < version.sizeBytes; at += 5_000_000) {
        const bytes = version.read(at, Math.min(at + 5_000_000, version.sizeBytes));
        writeSync(descriptor, bytes, 0, bytes.byteLength, at);
        hash.advance(at + bytes.byteLength);
        await Bun.sleep(1);
      }
    }
    return await hash.finish(content.sizeBytes, signal);
  } finally {
    hash.close();
    closeSync(descriptor);
  }
}

test('a large file is hashed behind its writer, a small one at the end', async () => {
  expect(await hashWhileWriting(LARGE, 'large')).toBe(LARGE.sha256);
  expect(await hashWhileWriting(SMALL, 'small')).toBe(SMALL.sha256);
});

test('several files at once do not get into each other', async () => {
  const hashes = await Promise.all([hashWhileWriting(LARGE, 'a'), hashWhileWriting(OTHER, 'b'), hashWhileWriting(SMALL, 'c')]);
  expect(hashes).toEqual([LARGE.sha256, OTHER.sha256, SMALL.sha256]);
});

test('what was hashed before a new beginning is forgotten', async () => {
  expect(await hashWhileWriting(LARGE, 'again', OTHER)).toBe(LARGE.sha256);
});

test('without a thread the file is read at the end', async () => {
  pool.close();
  expect(await hashWhileWriting(LARGE, 'large')).toBe(LARGE.sha256);
});

test('a hash that nobody needs is left out where the file comes fast, and can still be had', async () => {
  const path = join(folder, 'fast');
  writeFileSync(path, LARGE.read(0, LARGE.sizeBytes));
  const descriptor = openSync(path, 'r');
  const hash = pool.follow(path, descriptor);
  hash.advance(LARGE.sizeBytes, { needed: false });
  expect(hash.isLeftOut).toBe(true);
  expect(await hash.finish(LARGE.sizeBytes, signal)).toBe(LARGE.sha256);
  hash.close();
  closeSync(descriptor);
});

test('a hash that nobody needs is computed where the processor waits for the network', async () => {
  const path = join(folder, 'slow');
  writeFileSync(path, LARGE.read(0, LARGE.sizeBytes));
  const descriptor = openSync(path, 'r');
  const hash = pool.follow(path, descriptor);
  await Bun.sleep(200); // 30 MB in so long is less than the limit
  hash.advance(LARGE.sizeBytes, { needed: false });
  expect(hash.isLeftOut).toBe(false);
  expect(await hash.finish(LARGE.sizeBytes, signal)).toBe(LARGE.sha256);
  hash.close();
  closeSync(descriptor);
});

test('an abort ends the wait for a hash', async () => {
  const path = join(folder, 'large');
  writeFileSync(path, LARGE.read(0, LARGE.sizeBytes));
  const descriptor = openSync(path, 'r');
  const abort = new AbortController();
  const hash = pool.follow(path, descriptor);
  const finished = hash.finish(LARGE.sizeBytes, abort.signal).catch((error: Error) => error.message);
  abort.abort(new Error('enough'));
  expect(await finished).toBe('enough');
  hash.close();
  closeSync(descriptor);
});

test('a whole file is hashed by its path', async () => {
  const path = join(folder, 'file');
  writeFileSync(path, SMALL.read(0, SMALL.sizeBytes));
  expect(await hashFile(path, signal)).toBe(SMALL.sha256);
});
