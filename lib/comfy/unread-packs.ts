import { access, constants } from 'node:fs/promises';
import { join, sep } from 'node:path';

import { describeError, systemErrorCode } from '../core/error.ts';
import type { FolderProblem } from './extra-paths.ts';
import type { InstalledPack } from './installed-packs.ts';

/** Folders with packs, and packs in them, that this user may not read: ComfyUI, run by another one, may have their nodes. */
export async function findUnreadPacks(roots: readonly string[], packs: readonly InstalledPack[]): Promise<FolderProblem[]> {
  const folders = [...roots, ...packs.filter((pack) => !pack.isFile).map((pack) => pack.path)];
  const files = packs.map((pack) => (pack.isFile ? pack.path : join(pack.path, '__init__.py')));
  const problems = await Promise.all([
    ...folders.map((path) => checkAccess(path, constants.R_OK | constants.X_OK)),
    ...files.map((path) => checkAccess(path, constants.R_OK)),
  ]);
  const found = problems.filter((problem) => problem !== undefined);
  // What a folder that may not be entered holds is not told again.
  return found.filter(({ path }) => !found.some((other) => path.startsWith(other.path + sep)));
}

/** What is not there is no problem here. */
async function checkAccess(path: string, mode: number): Promise<FolderProblem | undefined> {
  try {
    await access(path, mode);
    return undefined;
  } catch (error) {
    if (systemErrorCode(error) !== 'EACCES' && systemErrorCode(error) !== 'EPERM') return undefined;
    const message = `${path} cannot be read, so the nodes in it may count as missing: ${describeError(error)}`;
    return { path, code: 'pack_unreadable', message, hint: `Make ${path} readable for this user.` };
  }
}
