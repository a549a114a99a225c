import { afterAll, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { safetensorsContent } from '../../lib/hub/model-file.ts';
import { hideLength, ignoreRanges } from '../helpers/faults.ts';
import { changeHeaders, combine, trickle } from './faults.ts';
import { MODEL, REPO, resolutionOf, startSandbox } from './sandbox.ts';

const disk = mkdtempSync(join(tmpdir(), 'full-disk-test-'));
/** Only some machines let a test mount a small disk. */
const isMounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]).success;

beforeEach(() => {
  rmSync(join(disk, 'loras'), { recursive: true, force: true });
  mkdirSync(join(disk, 'loras'));
  if (isMounted) Bun.spawnSync(['mount', '-o', 'remount,size=512k', disk]);
});
afterAll(() => {
  if (isMounted) Bun.spawnSync(['umount', disk]);
  rmSync(disk, { recursive: true, force: true });
});

test.skipIf(!isMounted)('a file that is known to be too large for its disk is not begun', async () => {
  await using box = await startSandbox();
  const [record] = await box.run([resolutionOf(join(disk, 'loras/model.safetensors'))], { roots: [disk] });
  expect(record).toMatchObject({ status: 'failed', bytes: 0, error: { error: 'Download failed: disk full' } });
  expect(box.hub.requests).toEqual([]);
});

test.skipIf(!isMounted).each([1, 4])('a disk that is full in the middle keeps what it has (%d connections)', async (connectionsPerFile) => {
  await using box = await startSandbox();
  const savePath = join(disk, 'loras/model.safetensors');
  const resolution = resolutionOf(savePath, { sizeBytes: null });
  box.hub.inject({}, combine(hideLength(), changeHeaders({ 'x-linked-size': null }), ignoreRanges()));
  const [record] = await box.run([resolution], { roots: [disk], config: { connectionsPerFile } });
  expect(record).toMatchObject({ status: 'failed', error: { error: 'Download failed: disk full' } });
  expect(statSync(`${savePath}.part`).blocks).toBeGreaterThan(0);
  expect(readdirSync(join(disk, 'loras')).sort()).toEqual(['model.safetensors.part', 'model.safetensors.part.json']);

  box.hub.heal();
  Bun.spawnSync(['mount', '-o', 'remount,size=40m', disk]);
  const [again] = await box.run([resolution], { roots: [disk] });
  expect(again).toMatchObject({ status: 'downloaded', verified: 'sha256', bytes: MODEL.sizeBytes });
  expect(box.events.some((event) => event.type === 'transfer_resumed')).toBe(true);
});

test.skipIf(!isMounted)('of several files of unknown size as many come as there is room for, and the others leave it to them', async () => {
  Bun.spawnSync(['mount', '-o', 'remount,size=21m', disk]);
  const names = ['one', 'two', 'three', 'four'];
  const files = names.map((name, seed) => ({ path: `${name}.safetensors`, content: safetensorsContent({ sizeBytes: 2_000_000, seed }) }));
  await using box = await startSandbox({ huggingface: [{ id: REPO, files }] });
  box.hub.inject({ service: 'storage' }, trickle(10_000_000));
  const resolutions = files.map(({ path, content: { sha256 } }) =>
    resolutionOf(join(disk, 'loras', path), {
      filename: path,
      downloadUrl: `https://huggingface.co/${REPO}/resolve/main/${path}`,
      sizeBytes: null,
      sha256,
    }),
  );
  const records = await box.run(resolutions, { roots: [disk], config: { maxConcurrent: 4 } });
  const failed = records.filter(({ status }) => status === 'failed');
  expect(records.filter(({ status }) => status === 'downloaded')).toHaveLength(2);
  expect(failed.map(({ bytes, error }) => [bytes, error?.error])).toEqual(failed.map(() => [0, 'Download failed: disk full']));
  expect(readdirSync(join(disk, 'loras'))).toHaveLength(2);
});
