import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

import { lockFile } from './file-lock.ts';
import { lockPathOf } from './part-names.ts';
import { TransferError } from './trouble.ts';

/** Somebody who is just leaving takes the lock's file away: another one is made then. */
const MOST_TRIES = 16;
const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;

/**
 * Does `work` while no other process brings a file to this target: from before its part is opened until it has its name. Rejects with
 * `TransferError` of kind `in_use` when another one does. Where the folder or the disk gives no lock, `work` is done without: whoever writes
 * there says so in the sidecar, and a folder that may not be written to says it by itself.
 */
export async function whileHeld<T>(target: string, work: () => Promise<T>): Promise<T> {
  const path = lockPathOf(target);
  const descriptor = hold(path);
  try {
    return await work();
  } finally {
    if (descriptor !== undefined) letGo(path, descriptor);
  }
}

function hold(path: string): number | undefined {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const descriptor = openLock(path);
    if (descriptor === undefined) return undefined;
    const state = lockFile(descriptor);
    if (state === 'held') {
      closeSync(descriptor);
      throw new TransferError({ kind: 'in_use', pid: readPid(path) });
    }
    if (isStill(path, descriptor)) {
      note(descriptor);
      return descriptor;
    }
    closeSync(descriptor);
  }
  return undefined;
}

function openLock(path: string): number | undefined {
  try {
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666);
  } catch {
    return undefined;
  }
}

/** The one who held it before may have taken its file away: what is locked must be what others would find. */
function isStill(path: string, descriptor: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const own = fstatSync(descriptor);
  return found !== undefined && found.ino === own.ino && found.dev === own.dev;
}

/** For those who come and have to be told who is at work. A full disk keeps no note, and the lock all the same. */
function note(descriptor: number): void {
  try {
    ftruncateSync(descriptor, 0);
    writeSync(descriptor, `${process.pid}\n`, 0);
  } catch {
    // the lock counts
  }
}

function readPid(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Away with the file first: who waits for it looks whether it is still there. */
function letGo(path: string, descriptor: number): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // a folder that is gone or closed meanwhile: an empty file is left at most
  }
  closeSync(descriptor);
}
