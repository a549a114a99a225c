import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What this process is doing at a place; settled when the last in the line is done. */
const LINES = new Map<string, Promise<void>>();
/** Places are found one after the other, so that whoever has come first goes first. */
let lastFound: Promise<void> = Promise.resolve();

/**
 * Does `work` at a file's place when nobody else of this process is at it: several paths may lead to one place, by links and, on some
 * disks, by letters of another case. Its folder is made where there is none. Rejects as `work` does, and when there can be no folder.
 */
export async function inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
  const folder = lastFound.then(() => makeFolder(dirname(path)));
  lastFound = folder.then(forget, forget);
  const place = join(await folder, basename(path)).toLowerCase();
  const turn = (LINES.get(place) ?? Promise.resolve()).then(work);
  const end = turn.then(forget, forget);
  LINES.set(place, end);
  try {
    return await turn;
  } finally {
    if (LINES.get(place) === end) LINES.delete(place);
  }
}

async function makeFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return realpath(path);
}

function forget(): void {
  // how it has ended is nothing to those who wait
}
