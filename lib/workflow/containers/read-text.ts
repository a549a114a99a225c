import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** Most workflows are smaller. */
const SCRATCH_BYTES = 1024 * 1024;
let scratch: Buffer | undefined;

/**
 * The text of a UTF-8 file of about `size` bytes. Files of common size all go through one buffer: two threads that each got a new one for
 * every file took a twentieth longer. Throws a system error when it cannot be read.
 */
export function readText(path: string, size: number): string {
  if (size >= SCRATCH_BYTES) return readFileSync(path, 'utf8');
  scratch ??= Buffer.allocUnsafe(SCRATCH_BYTES);
  const length = readInto(scratch, path, size);
  // A full buffer may not be all: the file has grown since somebody looked at it.
  return length === SCRATCH_BYTES ? readFileSync(path, 'utf8') : scratch.toString('utf8', 0, length);
}

/**
 * Number of bytes up to the end of the file, or as many as fit. More is asked for than the file had: where just as much came as it had, that
 * was its end, and nobody need ask once more.
 */
function readInto(buffer: Buffer, path: string, size: number): number {
  const descriptor = openSync(path, 'r');
  try {
    let length = readSync(descriptor, buffer, 0, buffer.length, null);
    for (let read = length; read !== 0 && length !== size && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    return length;
  } finally {
    closeSync(descriptor);
  }
}
