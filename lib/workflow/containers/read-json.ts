import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** Most workflows are smaller. */
const SCRATCH_BYTES = 1024 * 1024;
let scratch: Buffer | undefined;

/** A JSON file as it was read: its value, or for anything but strict JSON its text. */
export type JsonReading = { value: unknown } | { text: string };

/**
 * Reads a UTF-8 file of about `size` bytes that should hold an object or a list. Files of common size all go through one buffer: two threads
 * that each got a new one for every file took a twentieth longer. Throws a system error when it cannot be read.
 */
export function readJson(path: string, size: number): JsonReading {
  if (size >= SCRATCH_BYTES) return { text: readFileSync(path, 'utf8') };
  scratch ??= Buffer.allocUnsafe(SCRATCH_BYTES);
  const length = readInto(scratch, path, size);
  // A full buffer may not be all: the file has grown since somebody looked at it.
  if (length === SCRATCH_BYTES) return { text: readFileSync(path, 'utf8') };
  const bytes = scratch.subarray(0, length);
  const value = isOpened(bytes) ? parseBytes(bytes) : undefined;
  return value === undefined ? { text: bytes.toString('utf8') } : { value };
}

function isOpened(bytes: Buffer): boolean {
  return bytes[0] === 0x7b || bytes[0] === 0x5b;
}

/**
 * The JSON value of some bytes; `undefined` when they hold none. A body is parsed where it lies: a text that was made of it first would fill
 * the heap with one of its size for every file, which took a sixth longer (Bun 1.4.5, 2026-11).
 */
function parseBytes(bytes: Buffer): unknown {
  const parsing = new Response(bytes).json();
  const value: unknown = Bun.peek(parsing);
  if (Bun.peek.status(parsing) === 'fulfilled') return value;
  parsing.catch(() => undefined); // whoever parses the text says what is wrong with it
  return undefined;
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
