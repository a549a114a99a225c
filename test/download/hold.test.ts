import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { whileHeld } from '../../lib/download/hold.ts';

let folder = '';
let target = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hold-test-'));
  target = join(folder, 'model.safetensors');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function startHolder() {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'hold-once.ts'), target], { stdout: 'pipe', stderr: 'inherit' });
  await child.stdout.getReader().read();
  return child;
}

test.skipIf(process.platform === 'win32')(
  'while one process brings a file to its place, no other does, whatever their numbers',
  async () => {
    const child = await startHolder();
    let began = false;
    const attempt = whileHeld(target, async () => {
      began = true;
    });
    const error: unknown = await attempt.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ trouble: { kind: 'in_use', pid: child.pid } });
    writeFileSync(`${target}.part.lock`, ''); // as seen from a container where the number means nothing
    expect(await whileHeld(target, () => Promise.resolve()).catch((caught: unknown) => caught)).toMatchObject({
      trouble: { kind: 'in_use', pid: null },
    });
    expect(began).toBe(false);
    child.kill('SIGKILL');
    await child.exited;
    expect(await whileHeld(target, () => Promise.resolve('mine'))).toBe('mine');
    expect(existsSync(`${target}.part.lock`)).toBe(false);
  },
);

test('what a link under the name of the lock leads to is left alone, and the work is done', async () => {
  const victim = join(folder, 'victim.txt');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, `${target}.part.lock`);
  expect(await whileHeld(target, () => Promise.resolve(1))).toBe(1);
  expect(await Bun.file(victim).text()).toBe('precious');
});

test('a failure of the work is the failure of the whole, and lets the next one in', async () => {
  expect(await whileHeld(target, () => Promise.reject(new Error('broken'))).catch(String)).toBe('Error: broken');
  expect(await whileHeld(target, () => Promise.resolve(2))).toBe(2);
});
