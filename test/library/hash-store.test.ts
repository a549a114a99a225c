import { afterAll, expect, test } from 'bun:test';
import { Database } from 'bun:sqlite';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HashStore } from '../../lib/library/hash-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'hashes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a store that is damaged in the middle says nothing of the files, and is begun anew', async () => {
  const [path, model] = [join(folder, 'hashes.sqlite'), join(folder, 'model.bin')];
  writeFileSync(model, 'abc');
  const sha256 = new Bun.CryptoHasher('sha256').update('abc').digest('hex');
  HashStore.open(path)[Symbol.dispose]();
  {
    using database = new Database(path);
    const put = database.query("INSERT INTO file_hashes VALUES (?, '', ?)");
    for (let i = 0; i < 200; i++) put.run(`/models/${'x'.repeat(80)}${i}`, sha256);
    database.run('PRAGMA wal_checkpoint(TRUNCATE)');
  }
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(7, 4096));
  {
    using hashes = HashStore.open(path);
    expect(await hashes.sha256Of(model)).toBe(sha256);
    expect(await hashes.pathsOf(sha256)).toEqual([]);
  }
  using anew = HashStore.open(path);
  expect(await anew.sha256Of(model)).toBe(sha256);
  expect(await anew.pathsOf(sha256)).toEqual([model]);
});
