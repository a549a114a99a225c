import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { systemErrorCode } from '../core/error.ts';
import { diskError } from './disk-error.ts';
import { isForeignPart } from './own-part.ts';
import { clonePathOf, controlPathOf, linkPathOf, partPathOf, sidecarPathOf } from './part-names.ts';
import { removeSidecar } from './sidecar.ts';
import type { FileFingerprint } from './target.ts';
import { isUnchanged } from './target.ts';
import { TransferError } from './trouble.ts';

/** What file systems without hard links answer (exFAT, some network mounts). */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EACCES']);

/**
 * Gives the verified part of so many bytes its final name. What stands there already is never overwritten, unless it is the damaged file that was looked
 * at before and has not changed since. Throws `TransferError` otherwise.
 */
export async function commitPart(target: string, bytes: number, damaged: FileFingerprint | null): Promise<void> {
  try {
    const size = await sizeOf(partPathOf(target));
    if (size !== bytes) throw new TransferError({ kind: 'disk', code: 'CHANGED', detail: 'something else has changed the part' });
    if (damaged) await replaceDamaged(partPathOf(target), target, damaged);
    else await nameExclusively(target);
  } catch (error) {
    throw diskError(error);
  }
  await removeLeftovers(target);
  await syncFolder(dirname(target));
}

/** Removes what this run or an earlier one has left beside a target that is whole. */
export async function removeLeftovers(target: string): Promise<void> {
  if (isForeignPart(target)) return;
  for (const pathOf of [partPathOf, controlPathOf, clonePathOf, linkPathOf]) await rm(pathOf(target), { force: true });
  removeSidecar(sidecarPathOf(target));
}

/** Puts a proven file in the place of the damaged one, if that is still the one that was looked at; else throws and removes neither. */
export async function replaceDamaged(proven: string, target: string, damaged: FileFingerprint): Promise<void> {
  if (!(await isUnchanged(target, damaged))) throw taken();
  await rename(proven, target);
}

/** `link` fails when the name is taken, in one step; `rename` would overwrite. */
async function nameExclusively(target: string): Promise<void> {
  const part = partPathOf(target);
  try {
    await link(part, target);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EEXIST') throw taken();
    if (!NO_LINKS.has(code)) throw error;
    if (await exists(target)) throw taken();
    await rename(part, target);
    return;
  }
  await rm(part, { force: true });
}

/** `null` when it is gone. */
async function sizeOf(path: string): Promise<number | null> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  });
  return found && found.size;
}

/** A new name is on the disk only when its folder is; some systems cannot do that, and lose no more than a name. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close().catch(() => undefined);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function taken(): TransferError {
  return new TransferError({ kind: 'target_taken', detail: 'A file has appeared there in the meantime' });
}
