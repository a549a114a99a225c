import { systemErrorCode } from '../core/error.ts';
import { TransferError } from './trouble.ts';

/** Turns a failure of the disk into the engine's own words. */
export function diskError(error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof TransferError) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new TransferError({ kind: 'disk_full', needed: null, free: null }, { cause: error });
  return new TransferError({ kind: 'disk', code, detail: DISK_WORDS[code] ?? 'the disk refused' }, { cause: error });
}

/** Does something with the disk; its failures become the engine's own. */
export function onDisk<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw diskError(error);
  }
}

const DISK_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the disk is read-only',
  ENOENT: 'the folder is gone',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'a folder has this name',
  ERR_FS_EISDIR: 'a folder has this name',
  ESPIPE: 'something that is no file has this name',
  ELOOP: 'a link stands where the file is to be written',
  EFBIG: 'the file is too large for this disk',
  EIO: 'the disk failed',
  ENAMETOOLONG: 'the name is too long for this disk',
};
