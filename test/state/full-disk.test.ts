import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../../lib/state/files.ts';
import { takeLock } from '../../lib/state/lock.ts';

const disk = mkdtempSync(join(tmpdir(), 'full-state-test-'));
/** Only some machines let a test mount a small disk. */
const isMounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).success;

afterAll(() => {
  if (isMounted) Bun.spawnSync(['umount', disk]);
  rmSync(disk, { recursive: true, force: true });
});

test.skipIf(!isMounted)('a state folder whose disk is full keeps what it has, and the mend is to make room', () => {
  const path = join(disk, 'status.json');
  writeWhole(path, 'old');
  expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(100_000))).toThrow('ENOSPC');
  const isFull = expect.objectContaining({ message: expect.stringContaining('full'), hint: expect.stringMatching(/^Free some space/) });
  expect(() => writeWhole(path, 'new'.repeat(10_000))).toThrow(isFull);
  expect(() => takeLock(disk, { command: 'auto', pid: process.pid, started: '2026-11-23T14:30:00+01:00' })).toThrow(isFull);
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(disk).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
