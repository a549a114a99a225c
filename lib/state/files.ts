import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemErrorCode, ToolkitError } from '../core/error.ts';

/**
 * Writes a file whole or not at all: a temporary file beside it, then renamed over it. A reader sees the old text or the new one, never a
 * part. `durable` (the default) flushes it to the disk first, so that the same holds after a power loss. Synchronous, so that a process
 * that is being ended finishes what it writes. A long text may come in pieces. Throws `ToolkitError` `state_not_writable`.
 */
export function writeWhole(path: string, text: string | readonly string[], options: { durable?: boolean } = {}): void {
  const temporary = `${path}.${crypto.getRandomValues(new Uint8Array(4)).toHex()}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeNew(temporary, typeof text === 'string' ? [text] : text, options.durable ?? true);
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw stateWriteError(path, error);
  }
}

/** Names that `writeWhole` gives its temporary files. */
const TEMPORARY_NAME = /\.[0-9a-f]{8}\.tmp$/;
/** Nobody takes so long to write one of our files: what is older was left by a process that died. */
const LEFTOVER_AGE_MS = 60_000;

/** Removes the temporary files that killed processes have left in a folder. Never throws: they are litter, no more. */
export function removeLeftovers(folder: string, now: Date): void {
  for (const name of listQuietly(folder).filter((entry) => TEMPORARY_NAME.test(entry))) {
    const path = join(folder, name);
    const age = now.getTime() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (age > LEFTOVER_AGE_MS) removeQuietly(path);
  }
}

function listQuietly(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** JSON as the output files have it: two spaces, a line end at the end. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

function writeNew(path: string, pieces: readonly string[], durable: boolean): void {
  const file = openSync(path, 'wx', 0o644);
  try {
    writePieces(file, pieces);
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const MOST_BUFFERED_BYTES = 1024 * 1024;
/** No letter of UTF-16 takes more bytes in UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

/** Through one buffer, however long the text is: bytes of tens of megabytes cost more to get than to fill. */
function writePieces(file: number, pieces: readonly string[]): void {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const buffer = new Uint8Array(Math.min(MOST_BUFFERED_BYTES, Math.max(length, 1) * MOST_BYTES_PER_UNIT));
  const encoder = new TextEncoder();
  let used = 0;
  for (const piece of pieces) {
    for (let rest = piece; rest !== '';) {
      const { read, written } = encoder.encodeInto(rest, buffer.subarray(used));
      used += written;
      rest = rest.slice(read);
      if (rest === '') break;
      writeFully(file, buffer.subarray(0, used));
      used = 0;
    }
  }
  writeFully(file, buffer.subarray(0, used));
}

function writeFully(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it was never made, or the folder is gone: the error that led here says so
  }
}

const NO_SPACE: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const NO_PERMISSION: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** What a person does about a state folder that takes no file, by the code of the system's or the database's error. */
export function stateFolderMend(code: string | undefined): string {
  if (NO_SPACE.has(code)) return 'Free some space on that disk, then run resume; or give another folder with --state-dir';
  return 'Make the folder writable, or give another one with --state-dir';
}

function stateWriteError(path: string, cause: unknown): ToolkitError {
  const code = systemErrorCode(cause);
  const reason = NO_SPACE.has(code) ? 'the disk is full' : NO_PERMISSION.has(code) ? 'no permission' : (code ?? 'it failed');
  return new ToolkitError('state_not_writable', `Cannot write ${path}: ${reason}`, stateFolderMend(code), { cause });
}
