import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { JsonRecord } from '../narrow.ts';
import type { SkeletonPlace } from '../skim/skeleton-queue.ts';
import { Skimmer } from '../skim/skimmer.ts';
import { parseBytes } from './parse-bytes.ts';

/** Most workflows are smaller; larger ones are always parsed whole. */
export const SCRATCH_BYTES = 1024 * 1024;
let scratch: Buffer | undefined;
/** `null` on a machine that cannot have one. */
let skimmer: Skimmer | null | undefined;

/** By its name; what it really is shows when it is read. */
export const isPlainJson = (path: string): boolean => path.endsWith('.json');

/** A JSON file as it was read: its value, or for anything but strict JSON its text. */
export type JsonReading = { value: unknown } | { text: string };

/**
 * Reads a UTF-8 file of about `size` bytes that should hold an object or a list. A workflow becomes a skeleton (`skeleton.ts`) when types are
 * told whose nodes name nothing by themselves. Files of common size all go through one buffer: two threads that each got a new one for every
 * file took a twentieth longer. Throws a system error when it cannot be read.
 */
export function readJson(path: string, size: number, plain?: readonly string[]): JsonReading {
  if (size >= SCRATCH_BYTES) return { text: readFileSync(path, 'utf8') };
  skimmer ??= makeSkimmer();
  scratch ??= skimmer?.input ?? Buffer.allocUnsafe(SCRATCH_BYTES);
  const length = readInto(scratch.subarray(0, SCRATCH_BYTES), path, size);
  // A full buffer may not be all: the file has grown since somebody looked at it.
  if (length === SCRATCH_BYTES) return { text: readFileSync(path, 'utf8') };
  const bytes = scratch.subarray(0, length);
  if (!isOpened(bytes)) return { text: bytes.toString('utf8') };
  const skeleton = plain === undefined ? undefined : skimmer?.skim(length, plain);
  const value = skeleton ?? parseBytes(bytes);
  return value === undefined ? { text: bytes.toString('utf8') } : { value };
}

/** Makes the skeleton of a file of about `size` bytes for another thread. `false` where that has to read the file. Throws as `readJson`. */
export function sendJson(path: string, size: number, { plain, to }: { plain: readonly string[]; to: SkeletonPlace }): boolean {
  if (size >= to.room) return false;
  skimmer ??= makeSkimmer();
  if (skimmer === null) return false;
  const length = readInto(skimmer.input.subarray(0, SCRATCH_BYTES), path, size);
  return length < SCRATCH_BYTES && isOpened(skimmer.input) && skimmer.send(length, plain, to);
}

/** The skeleton that another thread has made; `undefined` where the file has to be read. */
export function openJson(from: SkeletonPlace): JsonRecord | undefined {
  skimmer ??= makeSkimmer();
  return skimmer?.open(from);
}

function makeSkimmer(): Skimmer | null {
  try {
    return new Skimmer();
  } catch {
    return null;
  }
}

function isOpened(bytes: Buffer): boolean {
  return bytes[0] === 0x7b || bytes[0] === 0x5b;
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
