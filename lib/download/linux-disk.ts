import { dlopen } from 'bun:ffi';
import { statfsSync } from 'node:fs';

import { LINUX_C_LIBRARIES } from './c-library.ts';

/*
 * What Linux can be asked for a file, and neither Bun nor Node.js can ask: hints, without which everything works and takes longer. The C
 * library is asked itself, with numbers only.
 */

const CALLS = {
  fallocate: { args: ['i32', 'i32', 'i64', 'i64'], returns: 'i32' },
  sync_file_range: { args: ['i32', 'i64', 'i64', 'u32'], returns: 'i32' },
} as const;
/** SYNC_FILE_RANGE_WRITE of sync_file_range(2). */
const START_WRITING = 2;

/** Smaller files lie in one piece anyway. */
const WORTH_RESERVING_BYTES = 64 * 1024 * 1024;
/**
 * File systems that reserve room by a note in their tables (statfs(2)): ext, XFS, Btrfs, F2FS, tmpfs. Others would write zeros, which takes
 * as long as the file does.
 */
const RESERVES_AT_ONCE = new Set([0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994]);

let calls: ReturnType<typeof open> | undefined;

/** `null` on other systems, and where there is no such library. */
function open() {
  if (process.platform !== 'linux') return null;
  for (const library of LINUX_C_LIBRARIES) {
    try {
      return dlopen(library, CALLS).symbols;
    } catch {
      // the next one
    }
  }
  return null;
}

/**
 * Reserves the blocks of an open file of `bytes`, as far as the file system can: pieces that arrive in any order then lie in one piece, and
 * writing them need not wait while others go to the disk (a tenth of the time of a fast transfer on ext4, 2026-11). What is there stays.
 * Never throws: a file without its room reserved gets it as it grows, and says so when there is none.
 */
export function reserveBlocks(descriptor: number, path: string, bytes: number): void {
  if (bytes < WORTH_RESERVING_BYTES || !reservesAtOnce(path)) return;
  calls ??= open();
  calls?.fallocate(descriptor, 0, 0, bytes);
}

/**
 * Has the disk begin with all of an open file that it does not have yet, and waits for nothing. `false` where it cannot be asked: then only
 * forcing the bytes to it sets it to work. It says nothing of which bytes are safe.
 */
export function startWriting(descriptor: number): boolean {
  calls ??= open();
  return calls?.sync_file_range(descriptor, 0, 0, START_WRITING) === 0;
}

function reservesAtOnce(path: string): boolean {
  try {
    return RESERVES_AT_ONCE.has(statfsSync(path).type);
  } catch {
    return false;
  }
}
