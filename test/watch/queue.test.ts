import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWatchQueue, type Wanted } from '../../lib/watch/queue.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'comfy-fixer-queue-'));
  path = join(dir, 'state/queue.sqlite');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function wanted(key: string, wantedAtMs = 100, facts = 'same'): Wanted {
  return { key, facts, wantedAtMs };
}

const now = { nowMs: 1000, anew: false };

test('what is wanted joins once, and what nobody needs any more leaves', () => {
  const queue = openWatchQueue(path);
  expect(queue.sync([wanted('a'), wanted('b')], 1000)).toEqual({ joined: ['a', 'b'], left: [] });
  expect(queue.sync([wanted('b'), wanted('c')], 2000)).toEqual({ joined: ['c'], left: ['a'] });
  expect(queue.list().map(({ key }) => key)).toEqual(['b', 'c']);
  queue[Symbol.dispose]();
});

test('the latest wanted stands first', () => {
  const queue = openWatchQueue(path);
  queue.sync([wanted('old', 10), wanted('new', 30), wanted('middle', 20)], 1000);
  expect(queue.list().map(({ key }) => key)).toEqual(['new', 'middle', 'old']);
  queue[Symbol.dispose]();
});

test('everything is there again when it is opened anew, without having been closed', () => {
  const first = openWatchQueue(path);
  first.sync([wanted('a', 10), wanted('b', 20)], 1000);
  first.change('a', { attempts: 3, dueAtMs: 5000, resolution: '{"x":1}', problem: '{"y":2}' });
  const second = openWatchQueue(path);
  expect(second.list()).toEqual(first.list());
  expect(second.get('a')).toEqual({
    key: 'a',
    facts: 'same',
    wantedAtMs: 10,
    attempts: 3,
    dueAtMs: 5000,
    resolution: '{"x":1}',
    problem: '{"y":2}',
  });
  first[Symbol.dispose]();
  second[Symbol.dispose]();
});

test('one that a workflow asks for again is due at once, and keeps what was found out', () => {
  const queue = openWatchQueue(path);
  queue.sync([wanted('a', 10)], 1000);
  queue.change('a', { attempts: 3, dueAtMs: 99_000, resolution: '{}' });
  queue.sync([wanted('a', 10)], 2000);
  expect(queue.get('a')).toMatchObject({ attempts: 3, dueAtMs: 99_000 });
  queue.sync([wanted('a', 20)], 3000);
  expect(queue.get('a')).toMatchObject({ attempts: 0, dueAtMs: 3000, resolution: '{}' });
  queue[Symbol.dispose]();
});

test('one of which the workflows say something else is looked for anew', () => {
  const queue = openWatchQueue(path);
  queue.sync([wanted('a')], 1000);
  queue.change('a', { attempts: 1, dueAtMs: 99_000, resolution: '{}', problem: '{}' });
  queue.sync([wanted('a', 100, 'other')], 2000);
  expect(queue.get('a')).toMatchObject({ attempts: 0, dueAtMs: 2000, resolution: null, problem: null });
  queue[Symbol.dispose]();
});

test('hurrying makes due, and anew forgets what was found out', () => {
  const queue = openWatchQueue(path);
  queue.sync([wanted('a'), wanted('b')], 100);
  for (const key of ['a', 'b']) queue.change(key, { attempts: 4, dueAtMs: 99_000, resolution: '{}' });
  expect(queue.hurry(({ key }) => key === 'a', now)).toBe(1);
  expect(queue.get('a')).toMatchObject({ attempts: 4, dueAtMs: 1000, resolution: '{}' });
  expect(queue.get('b')).toMatchObject({ dueAtMs: 99_000 });
  queue.hurry(() => true, { nowMs: 1000, anew: true });
  expect(queue.get('b')).toMatchObject({ attempts: 0, dueAtMs: 1000, resolution: null });
  queue[Symbol.dispose]();
});

test('a change of one that has left meanwhile is no change', () => {
  const queue = openWatchQueue(path);
  queue.change('gone', { attempts: 1 });
  expect(queue.size).toBe(0);
  queue[Symbol.dispose]();
});

test('what a full disk did not take is written once there is room', () => {
  const queue = openWatchQueue(path);
  queue.sync([wanted('a')], 1000);
  const other = new Database(path);
  other.run('BEGIN IMMEDIATE'); // nobody else can write now, as on a full disk
  queue.sync([wanted('a'), wanted('b')], 2000);
  queue.change('a', { attempts: 2 });
  expect(queue.list().map(({ key, attempts }) => [key, attempts])).toEqual([
    ['a', 2],
    ['b', 0],
  ]);
  other.run('ROLLBACK');
  other.close();
  queue.sync([wanted('a'), wanted('b')], 3000);
  const again = openWatchQueue(path);
  expect(again.list()).toEqual(queue.list());
  again[Symbol.dispose]();
  queue[Symbol.dispose]();
});

test('a damaged file is replaced', () => {
  openWatchQueue(path)[Symbol.dispose]();
  writeFileSync(path, 'no database at all, and long enough to be looked at as one'.repeat(50));
  for (const name of readdirSync(join(dir, 'state'))) if (name !== 'queue.sqlite') rmSync(join(dir, 'state', name));
  const queue = openWatchQueue(path);
  queue.sync([wanted('a')], 1000);
  expect(queue.size).toBe(1);
  queue[Symbol.dispose]();
});

test('a folder that cannot be written is said so', () => {
  writeFileSync(join(dir, 'state'), 'a file where the folder is to be');
  expect(() => openWatchQueue(path)).toThrow(expect.objectContaining({ code: 'state_not_writable' }));
});
