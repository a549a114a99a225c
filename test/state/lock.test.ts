import { expect, test } from 'bun:test';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolkitError } from '../../lib/core/error.ts';
import { takeLock, whileUnlocked } from '../../lib/state/lock.ts';
import { useFolders } from '../helpers/folders.ts';

const makeFolder = useFolders('lock');

const HOLDER = { pid: 4711, command: 'auto', started: '2026-11-23T14:30:00+01:00' };

test('a second run learns which process holds the folder', () => {
  const folder = makeFolder();
  const lock = takeLock(folder, HOLDER);
  try {
    takeLock(folder, { ...HOLDER, pid: 4712 });
    throw new Error('it was locked twice');
  } catch (error) {
    expect(error).toBeInstanceOf(ToolkitError);
    expect(error).toMatchObject({ code: 'already_running', exitCode: 2 });
    expect(String(error)).toContain('process 4711 (auto');
  } finally {
    lock.release();
  }
});

test('a released folder can be taken again', () => {
  const folder = makeFolder();
  takeLock(folder, HOLDER).release();
  expect(whileUnlocked(folder, () => 'free')).toBe('free');
  takeLock(folder, { ...HOLDER, pid: 1 }).release();
});

test('a held folder is not unlocked', () => {
  const folder = makeFolder();
  const lock = takeLock(folder, HOLDER);
  expect(whileUnlocked(folder, () => 'free')).toBeNull();
  lock.release();
});

test('the lock of a process that was killed is taken over', async () => {
  const folder = makeFolder();
  const script = `import { takeLock } from ${JSON.stringify(join(import.meta.dir, '../../lib/state/lock.ts'))};
    takeLock(${JSON.stringify(folder)}, { pid: process.pid, command: 'auto', started: 'now' });
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' });
  await child.stdout.getReader().read();
  expect(() => takeLock(folder, HOLDER)).toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await child.exited;
  takeLock(folder, HOLDER).release();
});

test('a lock file that is garbage locks nobody out', () => {
  const folder = makeFolder();
  writeFileSync(join(folder, '.comfy-fixer.lock'), 'this is no database, and longer than its header '.repeat(20));
  takeLock(folder, HOLDER).release();
});

test('a folder whose lock belongs to somebody else is named, with what to do', () => {
  if (process.getuid?.() !== 0) return;
  const folder = makeFolder();
  takeLock(folder, HOLDER).release();
  const script = `import { takeLock } from ${JSON.stringify(join(import.meta.dir, '../../lib/state/lock.ts'))};
    process.setuid(65534);
    try { takeLock(${JSON.stringify(folder)}, { pid: 1, command: 'auto', started: 'now' }); } catch (error) { console.log(error.code); }`;
  chmodSync(folder, 0o755);
  const child = Bun.spawnSync([process.execPath, '-e', script]);
  expect(child.stdout.toString().trim()).toBe('lock_unusable');
});
