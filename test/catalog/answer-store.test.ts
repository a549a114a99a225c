import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswerStore } from '../../lib/catalog/answer-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'answer-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOON = new Date('2026-11-23T12:00:00Z');
const hours = (count: number) => new Date(NOON.getTime() + count * 3600 * 1000);

describe('answers', () => {
  test('are the same in the next run, as long as they are young enough', () => {
    const path = join(folder, 'new', 'answers.sqlite');
    const answer = { value: [{ id: 'owner/名前', files: ['a', 'b'] }], link: null };
    const first = new AnswerStore(path);
    first.write('question', answer, NOON);
    first.close(NOON);
    const second = new AnswerStore(path);
    expect(second.read('question', hours(-1))).toEqual(answer);
    expect(second.read('question', hours(1))).toBeUndefined();
    expect(second.read('another question', hours(-1))).toBeUndefined();
    second.close(NOON);
  });

  test('give way to newer ones', () => {
    const store = new AnswerStore(':memory:');
    store.write('question', 'old', NOON);
    store.write('question', 'new', hours(2));
    expect(store.read('question', hours(1))).toBe('new');
    store.close(NOON);
  });

  test('are forgotten after three months', () => {
    const path = join(folder, 'old.sqlite');
    const store = new AnswerStore(path);
    store.write('question', 'answer', NOON);
    store.close(hours(24 * 91));
    const next = new AnswerStore(path);
    expect(next.read('question', new Date(0))).toBeUndefined();
    next.close(NOON);
  });
});

test('a file that is no database is begun anew', () => {
  const path = join(folder, 'damaged.sqlite');
  writeFileSync(path, 'this is no database, whatever its name says'.repeat(100));
  const store = new AnswerStore(path);
  store.write('question', 1, NOON);
  expect(store.read('question', NOON)).toBe(1);
  store.close(NOON);
});
