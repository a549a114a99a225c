import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { commitPart, removeLeftovers } from '../../lib/download/commit.ts';
import { UNKNOWN_IDENTITY } from '../../lib/download/identity.ts';
import { PartFile } from '../../lib/download/part-file.ts';
import { readSidecar } from '../../lib/download/sidecar.ts';

const SHA = 'a'.repeat(64);
const SUBJECT = { url: 'https://models.example/file', sha256: SHA };

let folder = '';
let target = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'part-test-'));
  target = join(folder, 'model.safetensors');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A part with the first five and the last two of ten bytes. */
async function leavePart(subject = SUBJECT): Promise<void> {
  const part = PartFile.open(target, subject);
  part.identify({ ...UNKNOWN_IDENTITY, etag: '"tag"', total: 10 });
  part.write(0, Buffer.from('01234'));
  part.write(8, Buffer.from('89'));
  await part.close();
}

async function heldAfterReopening(subject = SUBJECT): Promise<number> {
  const part = PartFile.open(target, subject);
  const { heldBytes } = part;
  await part.close();
  return heldBytes;
}

test('what was written is taken up again, with what is known of it', async () => {
  await leavePart();
  const part = PartFile.open(target, SUBJECT);
  expect(part.written).toEqual([
    { start: 0, end: 5 },
    { start: 8, end: 10 },
  ]);
  expect(part.identity).toMatchObject({ etag: '"tag"', total: 10 });
  expect(part.nextGap([], 100)).toEqual({ start: 5, end: 8 });
  expect(part.nextGap([{ start: 5, end: 7 }], 100)).toEqual({ start: 7, end: 8 });
  expect(part.complete).toBe(false);
  part.write(5, Buffer.from('567'));
  expect(part.complete).toBe(true);
  await part.close();
  expect(readFileSync(`${target}.part`, 'utf8')).toBe('0123456789');
});

test('a part belongs to its sha256, whatever the link; without one, to its link', async () => {
  await leavePart();
  expect(await heldAfterReopening({ url: 'https://elsewhere.example/file', sha256: SHA })).toBe(7);
  expect(await heldAfterReopening({ url: SUBJECT.url, sha256: 'b'.repeat(64) })).toBe(0);
});

test('a part without a sidecar is another program’s, and is left as it is', async () => {
  await leavePart();
  rmSync(`${target}.part.json`);
  const before = readFileSync(`${target}.part`);
  expect(await heldAfterReopening().catch((error: unknown) => error)).toMatchObject({ trouble: { kind: 'target_taken' } });
  await removeLeftovers(target);
  expect(readFileSync(`${target}.part`)).toEqual(before);
});

test('another place of the same content has tags of its own', async () => {
  await leavePart();
  const part = PartFile.open(target, { url: 'https://elsewhere.example/file', sha256: SHA });
  expect(part.identity).toEqual({ ...UNKNOWN_IDENTITY, total: 10 });
  await part.close();
});

test('a size in the sidecar for which no disk has room ends nothing by itself', async () => {
  await leavePart();
  const sidecar = readFileSync(`${target}.part.json`, 'utf8').replaceAll('"total":10', '"total":900000000000000');
  writeFileSync(`${target}.part.json`, sidecar);
  const part = PartFile.open(target, SUBJECT);
  expect(() => part.identify({ ...part.identity })).toThrow(
    expect.objectContaining({ trouble: expect.objectContaining({ kind: 'disk_full' }) }),
  );
  await part.close();
});

test('the sidecar is not written through a link', async () => {
  const victim = join(folder, 'victim.txt');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, `${target}.part.json.new`);
  await leavePart();
  expect(readFileSync(victim, 'utf8')).toBe('precious');
});

test('a part that has been cut off counts only as far as it goes', async () => {
  await leavePart();
  writeFileSync(`${target}.part`, '012');
  expect(await heldAfterReopening()).toBe(3);
});

test('a part that something has lengthened ends where its content does', async () => {
  await leavePart();
  appendFileSync(`${target}.part`, 'more');
  expect(await heldAfterReopening()).toBe(7);
  expect(statSync(`${target}.part`).size).toBe(10);
});

test('what has been written stays as it is until everything is forgotten', async () => {
  const part = PartFile.open(target, SUBJECT);
  part.write(2, Buffer.from('23'));
  part.write(6, Buffer.from('6'));
  part.write(0, Buffer.from('abcdefgh'));
  expect(part.written).toEqual([{ start: 0, end: 8 }]);
  expect(readFileSync(part.path, 'utf8')).toBe('ab23ef6h');
  part.reset();
  part.write(0, Buffer.from('xyz'));
  expect(readFileSync(part.path, 'utf8')).toBe('xyz');
  await part.discard();
});

test('an end that nobody had announced is asked for anew by the next run', async () => {
  const part = PartFile.open(target, SUBJECT);
  part.write(0, Buffer.from('01234'));
  part.finish(5);
  expect(part.complete).toBe(true);
  expect(part.nextGap([], 100)).toBeUndefined();
  await part.close();
  const again = PartFile.open(target, SUBJECT);
  expect(again.complete).toBe(false);
  expect(again.nextGap([], 100)).toEqual({ start: 5, end: 105 });
  await again.close();
});

test('a part in which nothing has arrived is not kept', async () => {
  const part = PartFile.open(target, SUBJECT);
  await part.close();
  expect(existsSync(`${target}.part`)).toBe(false);
  expect(existsSync(`${target}.part.json`)).toBe(false);
});

test('what a daemon may still write into is left to it', async () => {
  writeFileSync(`${target}.part`, 'old bytes');
  writeFileSync(`${target}.part.aria2`, 'which of them are there');
  writeFileSync(`${target}.part.json`, 'ours');
  const daemon = openSync(`${target}.part`, 'r+');
  const part = PartFile.open(target, SUBJECT);
  part.write(0, Buffer.from('new bytes'));
  writeSync(daemon, 'OLD');
  closeSync(daemon);
  expect(readFileSync(part.path, 'utf8')).toBe('new bytes');
  expect(existsSync(`${target}.part.aria2`)).toBe(false);
  await part.discard();
});

test('a link in the place of a part is not followed', () => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, `${target}.part`);
  expect(() => PartFile.open(target, SUBJECT)).toThrow('disk');
  expect(readFileSync(victim, 'utf8')).toBe('precious');
});

describe('the room of a large file', () => {
  const MIB = 1024 * 1024;
  const roomOf = (path: string): number => statSync(path).blocks * 512;
  const canReserve = process.platform === 'linux' && Bun.which('fallocate') !== null;

  test.skipIf(!canReserve)('is reserved while it comes, given back when it is left for later, and reserved again', async () => {
    const total = 80 * MIB;
    const part = PartFile.open(target, SUBJECT);
    part.identify({ ...UNKNOWN_IDENTITY, etag: '"tag"', total });
    const reserved = roomOf(part.path);
    part.write(0, Buffer.alloc(MIB, 1));
    part.write(4 * MIB, Buffer.alloc(MIB, 2));
    await part.close();
    // a file system that reserves nothing has what was written
    expect([reserved >= total || reserved < MIB, roomOf(part.path) < 10 * MIB, statSync(part.path).size]).toEqual([true, true, 5 * MIB]);
    const again = PartFile.open(target, SUBJECT);
    expect([again.heldBytes, statSync(again.path).size, roomOf(again.path) >= reserved]).toEqual([2 * MIB, total, true]);
    expect(
      readFileSync(again.path)
        .subarray(4 * MIB, 5 * MIB)
        .every((byte) => byte === 2),
    ).toBe(true);
    await again.discard();
  });
});

describe('the sidecar', () => {
  const path = (): string => `${target}.part.json`;

  test('after a new start of the machine only what was on the disk counts', async () => {
    await leavePart();
    expect(readSidecar(path())?.written.length).toBe(2);
    expect(readSidecar(path(), 'another boot')?.written).toEqual([]);
    const part = PartFile.open(target, SUBJECT);
    await part.flush();
    await part.close();
    expect(readSidecar(path(), 'another boot')?.written.length).toBe(2);
  });

  test('a torn line ends the list, and what stands before it counts', async () => {
    await leavePart();
    appendFileSync(path(), '[5,6]\n[6,');
    expect(readSidecar(path())?.written).toEqual([
      { start: 0, end: 6 },
      { start: 8, end: 10 },
    ]);
  });

  test.each([
    [
      'overlap and stand in any order',
      [
        [8, 10],
        [3, 7],
        [0, 5],
        [0, 2],
      ],
      [
        [0, 7],
        [8, 10],
      ],
    ],
    [
      'go on behind the end',
      [
        [0, 4],
        [9, 400],
      ],
      [
        [0, 4],
        [9, 10],
      ],
    ],
    [
      'end before they begin',
      [
        [6, 2],
        [0, 1],
      ],
      [[0, 1]],
    ],
  ] as const)('ranges that %s count each byte once', async (_name, written, read) => {
    await leavePart();
    const sidecar = `${target}.part.json`;
    const [state = ''] = readFileSync(sidecar, 'utf8').split('\n');
    writeFileSync(sidecar, JSON.stringify({ ...JSON.parse(state), written }));
    expect(readSidecar(sidecar)?.written.map(({ start, end }) => [start, end])).toEqual(read.map(([start, end]) => [start, end]));
  });

  test.each(['', '{', '[]', '{"version":2}'])('%j is none', (text) => {
    writeFileSync(path(), text);
    expect(readSidecar(path())).toBeUndefined();
  });
});

describe('the final name', () => {
  async function finishPart(): Promise<void> {
    const part = PartFile.open(target, SUBJECT);
    part.identify({ ...UNKNOWN_IDENTITY, total: 3 });
    part.write(0, Buffer.from('new'));
    await part.close();
  }

  test('is given to the part, and nothing else stays', async () => {
    await finishPart();
    await commitPart(target, 3, null);
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect([existsSync(`${target}.part`), existsSync(`${target}.part.json`)]).toEqual([false, false]);
  });

  test('is not taken from a file that has appeared in the meantime', async () => {
    await finishPart();
    writeFileSync(target, 'old');
    expect(await commitPart(target, 3, null).catch((error: Error) => error.message)).toBe('target_taken');
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(existsSync(`${target}.part`)).toBe(true);
  });

  test('is taken from the damaged file that was looked at, and from no other', async () => {
    await finishPart();
    writeFileSync(target, 'bad');
    const { ino, mtimeMs } = statSync(target);
    const damaged = { inode: ino, sizeBytes: 3, modifiedMs: mtimeMs };
    expect(await commitPart(target, 3, { ...damaged, modifiedMs: mtimeMs - 1 }).catch((error: Error) => error.message)).toBe(
      'target_taken',
    );
    expect(readFileSync(target, 'utf8')).toBe('bad');
    await commitPart(target, 3, damaged);
    expect(readFileSync(target, 'utf8')).toBe('new');
  });

  test('is not given to a part that somebody has changed', async () => {
    await finishPart();
    writeFileSync(`${target}.part`, 'n');
    expect(await commitPart(target, 3, null).catch((error: Error) => error.message)).toBe('disk');
    expect(existsSync(target)).toBe(false);
  });
});
