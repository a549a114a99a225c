import { Database } from 'bun:sqlite';
import { afterAll, describe, expect, test } from 'bun:test';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from '../../lib/state/memory-store.ts';

const base = mkdtempSync(join(tmpdir(), 'memory-store-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let folders = 0;
function stateFolder(): string {
  const folder = join(base, String(folders++));
  mkdirSync(folder);
  return folder;
}

const FILE = '.comfy-fixer.memory';
const now = new Date('2026-11-23T12:00:00Z');
const later = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1000);
const key = (path: string, stamp = 's') => ({ kind: 'workflow', path, stamp });

function keep(folder: string, texts: Record<string, string>, at = now): void {
  using store = MemoryStore.open(folder, at);
  for (const [path, text] of Object.entries(texts)) store.keep(key(path), text);
}

function recall(folder: string, path: string, at = now): string | undefined {
  using store = MemoryStore.open(folder, at);
  return store.recall(key(path));
}

describe('a memory of files', () => {
  test('gives back what was kept, in the same run and in the next', () => {
    const folder = stateFolder();
    using store = MemoryStore.open(folder, now);
    store.keep(key('/a'), 'text \ud83d\ude00');
    expect(store.recall(key('/a'))).toBe('text \ud83d\ude00');
    store[Symbol.dispose]();
    expect(recall(folder, '/a')).toBe('text \ud83d\ude00');
  });

  test('knows nothing of a file in another state, of another kind, or elsewhere', () => {
    const folder = stateFolder();
    keep(folder, { '/a': 'text' });
    using store = MemoryStore.open(folder, now);
    expect(store.recall(key('/a', 'changed'))).toBeUndefined();
    expect(store.recall({ ...key('/a'), kind: 'pack' })).toBeUndefined();
    expect(store.recall(key('/b'))).toBeUndefined();
  });

  test('goes on with a file that SQLite keeps with a log beside it', () => {
    const folder = stateFolder();
    keep(folder, { '/a': 'old', '/b': 'text' });
    const database = new Database(join(folder, FILE));
    database.run('PRAGMA journal_mode = WAL');
    database.run("UPDATE texts SET day = day WHERE path = '/a'");
    database.close();
    keep(folder, { '/a': 'new' });
    expect([recall(folder, '/a'), recall(folder, '/b')]).toEqual(['new', 'text']);
  });

  test('a newer text takes the place of the older', () => {
    const folder = stateFolder();
    keep(folder, { '/a': 'old' });
    keep(folder, { '/a': 'new' });
    expect(recall(folder, '/a')).toBe('new');
  });

  test('writes thousands', () => {
    const folder = stateFolder();
    keep(folder, Object.fromEntries(Array.from({ length: 2500 }, (_, i) => [`/${i}`, `text ${i}`])));
    expect(recall(folder, '/0')).toBe('text 0');
    expect(recall(folder, '/2499')).toBe('text 2499');
  });

  test('forgets what nobody has asked for in a month, and keeps what somebody has', () => {
    const folder = stateFolder();
    keep(folder, { '/gone': 'x', '/used': 'y' });
    expect(recall(folder, '/used', later(20))).toBe('y');
    recall(folder, '/other', later(40));
    expect(recall(folder, '/gone', later(40))).toBeUndefined();
    expect(recall(folder, '/used', later(40))).toBe('y');
  });
});

describe('a file that is no memory', () => {
  test.each([
    ['a text', (path: string) => writeFileSync(path, 'hello '.repeat(1000))],
    ['an empty file', (path: string) => writeFileSync(path, '')],
    ["another program's database", (path: string) => void new Database(path).run('CREATE TABLE texts (x)')],
    ['a memory of another layout', (path: string) => void new Database(path).run('PRAGMA user_version = 9')],
  ])('%s is thrown away and begun anew', (_, write) => {
    const folder = stateFolder();
    write(join(folder, FILE));
    keep(folder, { '/a': 'text' });
    expect(recall(folder, '/a')).toBe('text');
  });

  test('one that is damaged in the middle never gives a wrong text, and is whole again in the end', () => {
    const folder = stateFolder();
    const texts = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`/${i}`, `${i} `.repeat(500)]));
    keep(folder, texts);
    const bytes = readFileSync(join(folder, FILE));
    bytes.fill(0x37, 8192, bytes.length - 100);
    writeFileSync(join(folder, FILE), bytes);
    {
      using store = MemoryStore.open(folder, now);
      for (const path of Object.keys(texts)) expect([texts[path], undefined]).toContain(store.recall(key(path)));
      store.keep(key('/new'), 'text');
    }
    keep(folder, texts);
    expect(recall(folder, '/7')).toBe(texts['/7']);
  });

  test('a text that was changed by another hand is not believed', () => {
    const folder = stateFolder();
    keep(folder, { '/a': 'text' });
    const database = new Database(join(folder, FILE));
    database.run("UPDATE texts SET body = 'lies'");
    database.close();
    expect(recall(folder, '/a')).toBeUndefined();
  });

  test('where none can be made, everything goes on without', () => {
    expect(() => keep(join(base, 'not-there'), { '/a': 'text' })).not.toThrow();
    expect(recall(join(base, 'not-there'), '/a')).toBeUndefined();
    const folder = stateFolder();
    mkdirSync(join(folder, FILE));
    expect(() => keep(folder, { '/a': 'text' })).not.toThrow();
    expect(existsSync(join(folder, FILE))).toBe(true);
  });

  test.skipIf(process.getuid?.() === 0)('one that may not be written is read, and what is new is done without', () => {
    const folder = stateFolder();
    keep(folder, { '/a': 'text' });
    chmodSync(join(folder, FILE), 0o400);
    chmodSync(folder, 0o500);
    keep(folder, { '/b': 'text' });
    expect(recall(folder, '/b')).toBeUndefined();
    chmodSync(folder, 0o700);
  });
});

describe('two at once', () => {
  test('both read and write', () => {
    const folder = stateFolder();
    {
      using first = MemoryStore.open(folder, now);
      using second = MemoryStore.open(folder, now);
      first.keep(key('/first'), '1');
      second.keep(key('/second'), '2');
    }
    expect([recall(folder, '/first'), recall(folder, '/second')]).toEqual(['1', '2']);
  });

  test('one that another process holds for long is done without', () => {
    const folder = stateFolder();
    keep(folder, { '/a': 'text' });
    const other = new Database(join(folder, FILE));
    other.run('BEGIN EXCLUSIVE');
    keep(folder, { '/b': 'text' });
    other.run('ROLLBACK');
    other.close();
    expect([recall(folder, '/a'), recall(folder, '/b')]).toEqual(['text', undefined]);
  });
});
