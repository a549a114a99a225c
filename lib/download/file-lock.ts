import { dlopen, type Pointer, read } from 'bun:ffi';

import { LINUX_C_LIBRARIES } from './c-library.ts';

/*
 * flock(2): a lock that the operating system keeps on an open file, and that nobody holds any more once its process is gone, whatever the
 * processes' numbers. Neither Bun nor Node.js can ask for it. It holds between containers that share a folder, and on network mounts whose
 * server keeps locks.
 */

const FLOCK = { args: ['i32', 'i32'], returns: 'i32' } as const;
const ERRNO = { args: [], returns: 'ptr' } as const;
/** LOCK_EX | LOCK_NB, on Linux and macOS alike. */
const EXCLUSIVE_AT_ONCE = 2 | 4;
/** EWOULDBLOCK of Linux and of macOS. */
const HELD_BY_ANOTHER = process.platform === 'darwin' ? 35 : 11;

interface Calls {
  flock: (descriptor: number, operation: number) => number;
  /** Where the C library keeps the number of its last failure. */
  errno: () => Pointer | bigint | null;
}

let calls: Calls | null | undefined;

/**
 * Locks an open file for this process until it is closed. `held` when another one has it; `unknown` where the system or the disk keeps no
 * such locks.
 */
export function lockFile(descriptor: number): 'locked' | 'held' | 'unknown' {
  calls ??= open() ?? null;
  if (calls === null) return 'unknown';
  if (calls.flock(descriptor, EXCLUSIVE_AT_ONCE) === 0) return 'locked';
  const place = calls.errno();
  const isHeld = place !== null && typeof place !== 'bigint' && read.i32(place) === HELD_BY_ANOTHER;
  return isHeld ? 'held' : 'unknown';
}

function open(): Calls | undefined {
  if (process.platform === 'linux') return LINUX_C_LIBRARIES.map(openLinux).find((found) => found !== undefined);
  return process.platform === 'darwin' ? openDarwin() : undefined;
}

function openLinux(library: string): Calls | undefined {
  try {
    const { flock, __errno_location: errno } = dlopen(library, { flock: FLOCK, __errno_location: ERRNO }).symbols;
    return { flock, errno };
  } catch {
    return undefined;
  }
}

function openDarwin(): Calls | undefined {
  try {
    const { flock, __error: errno } = dlopen('libSystem.B.dylib', { flock: FLOCK, __error: ERRNO }).symbols;
    return { flock, errno };
  } catch {
    return undefined;
  }
}
