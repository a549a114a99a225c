import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode, ToolkitError } from '../core/error.ts';

/**
 * Writes a file whole or not at all: a temporary file beside it, then renamed over it. A reader sees the old text or the new one, never a
 * part. `durable` (the default) flushes it to the disk first, so that the same holds after a power loss. Synchronous, so that a process
 * that is being ended finishes what it writes. Throws `ToolkitError` `state_not_writable`.
 */
export function writeWhole(path: string, text: string, options: { durable?: boolean } = {}): void {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeNew(temporary, text, options.durable ?? true);
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw stateWriteError(path, error);
  }
}

/** JSON as the output files have it: two spaces, a line end at the end. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

function writeNew(path: string, text: string, durable: boolean): void {
  const file = openSync(path, 'wx', 0o644);
  try {
    const bytes = Buffer.from(text, 'utf8');
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it was never made, or the folder is gone: the error that led here says so
  }
}

function stateWriteError(path: string, cause: unknown): ToolkitError {
  const code = systemErrorCode(cause);
  const reason = code === 'ENOSPC' ? 'the disk is full' : code === 'EACCES' || code === 'EROFS' ? 'no permission' : (code ?? 'it failed');
  return new ToolkitError(
    'state_not_writable',
    `Cannot write ${path}: ${reason}`,
    'Make the folder writable, or give another one with --state-dir',
    { cause },
  );
}
