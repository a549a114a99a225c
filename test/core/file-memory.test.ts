import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stampOfFile } from '../../lib/core/file-memory.ts';
import { programStamp, stampOfSources } from '../../lib/core/program-stamp.ts';

const base = mkdtempSync(join(tmpdir(), 'file-memory-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const file = join(base, 'a.json');
const stamp = (now = new Date()) => stampOfFile(file, now);
const past = new Date('2020-01-01T00:00:00Z');

test('a file keeps its stamp until it changes', () => {
  writeFileSync(file, 'one');
  expect(stamp()?.text).toBe(stamp()?.text ?? '');
  const before = stamp()?.text;
  writeFileSync(file, 'longer');
  expect(stamp()?.text).not.toBe(before ?? '');
});

test('other content under the old size and time shows', () => {
  writeFileSync(file, 'one');
  utimesSync(file, past, past);
  const before = stamp()?.text;
  writeFileSync(file, 'two');
  utimesSync(file, past, past);
  expect(stamp()?.text).not.toBe(before ?? '');
});

test('another file under the same name shows', () => {
  writeFileSync(file, 'one');
  const before = stamp()?.text;
  writeFileSync(`${file}.new`, 'one');
  renameSync(`${file}.new`, file);
  expect(stamp()?.text).not.toBe(before ?? '');
});

test('a file that was written to a moment ago is not settled', () => {
  writeFileSync(file, 'one');
  expect(stamp()?.isSettled).toBe(false);
  expect(stamp(new Date(Date.now() + 10_000))?.isSettled).toBe(true);
  utimesSync(file, past, past);
  expect(stamp()?.isSettled).toBe(true);
});

test('what is not there has no stamp', () => expect(stampOfFile(join(base, 'none'), new Date())).toBeUndefined());

test('the stamp of the program changes with its sources, and features have their own', () => {
  const sources = join(base, 'sources');
  expect(stampOfSources(sources)).toBeUndefined();
  writeFileSync(join(base, 'one.ts'), 'export {}');
  const before = stampOfSources(base);
  expect(stampOfSources(base)).toBe(before ?? '');
  writeFileSync(join(base, 'two.ts'), 'export {}');
  expect(stampOfSources(base)).not.toBe(before ?? '');
  expect(programStamp('workflow')).not.toBe(programStamp('comfy'));
  expect(programStamp('workflow')).toBe(programStamp('workflow'));
});
