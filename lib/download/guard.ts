import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { systemErrorCode } from '../core/error.ts';

/** Longest name of a file on the usual file systems, in bytes, less the most that is added to it meanwhile (by aria2 1.36). */
const LONGEST_NAME_BYTES = 255 - '.part.aria2__temp'.length;
/** Linux' PATH_MAX less the same. */
const LONGEST_PATH_BYTES = 4096 - 64;

/** Names that Windows gives to devices, whatever the ending (Microsoft's naming rules, read 2026-11). */
const DEVICE_NAME = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i;
// oxlint-disable-next-line no-control-regex -- control characters are just what is looked for
const FORBIDDEN_CHARACTER = /[\u0000-\u001f\u007f<>:"|?*\\]/;
/** Endings that a system or Python runs: no model has them, whatever a workflow says. */
const PROGRAM_ENDING = /\.(py|pyc|pyd|pyw|so|dll|dylib|exe|com|bat|cmd|ps1|sh|js|mjs|vbs|msi|jar|desktop|lnk|app|scr|html?)$/i;

/** Why nothing is written there, a sentence fragment; `null` when it may be. */
export async function findTargetRefusal(savePath: string, allowedRoots: readonly string[]): Promise<string | null> {
  if (!isAbsolute(savePath) || resolve(savePath) !== savePath) return 'the path is not a plain absolute one';
  const root = allowedRoots.find((candidate) => isBelow(savePath, candidate));
  if (root === undefined) return 'it lies outside the models folders';
  const named = findNameRefusal(relative(root, savePath).split(sep)) ?? findLengthRefusal(savePath);
  return named ?? findPlaceRefusal(savePath, allowedRoots);
}

/** Judges the names below a root, one folder or file each; `null` when all are good on every system. */
export function findNameRefusal(names: readonly string[]): string | null {
  for (const name of names) {
    if (name === '' || name === '.' || name === '..') return 'the path is not a plain one';
    if (FORBIDDEN_CHARACTER.test(name)) return 'a name in it has a character that file systems do not take';
    if (DEVICE_NAME.test(name)) return `"${name}" is a name that Windows keeps for itself`;
    if (/[. ]$/.test(name) || name.startsWith(' ')) return 'a name in it begins or ends with a blank or a dot';
    if (isCustomNodes(name)) return 'it lies in custom_nodes, where ComfyUI runs what it finds';
  }
  const filename = names.at(-1) ?? '';
  return PROGRAM_ENDING.test(filename) ? 'the name is that of a program or a page, not of a model' : null;
}

function findLengthRefusal(savePath: string): string | null {
  const longest = Math.max(...savePath.split(sep).map((name) => Buffer.byteLength(name)));
  if (longest > 255 || Buffer.byteLength(basename(savePath)) > LONGEST_NAME_BYTES) return 'a name in it is too long';
  return Buffer.byteLength(savePath) > LONGEST_PATH_BYTES ? 'the path is too long' : null;
}

/** Follows what is really there: a link may lead anywhere. */
async function findPlaceRefusal(savePath: string, allowedRoots: readonly string[]): Promise<string | null> {
  const parent = await nearestFolder(dirname(savePath));
  if (parent === undefined) return 'a part of its folder is a file or a broken link';
  const roots = await Promise.all(allowedRoots.map(async (root) => (await nearestFolder(root))?.real));
  if (!roots.some((root) => root !== undefined && (parent.real === root || isBelow(parent.real, root)))) {
    return 'a link on the way leads out of the models folders';
  }
  if (parent.real.split(sep).some(isCustomNodes)) return 'it lies in custom_nodes, where ComfyUI runs what it finds';
  return (await isFolder(savePath)) ? 'a folder has this name' : null;
}

/** A folder that exists or could be made. */
export interface NearestFolder {
  /** The folder itself or the nearest one above it that exists. */
  existing: string;
  /** Where the folder is or would be, with every link followed. */
  real: string;
}

/** What there is of a folder; `undefined` when something that is no folder stands in the way. */
export async function nearestFolder(path: string): Promise<NearestFolder | undefined> {
  for (let current = path; ; current = dirname(current)) {
    try {
      const real = await realpath(current);
      if (!(await stat(real)).isDirectory()) return undefined;
      return { existing: current, real: join(real, relative(current, path)) };
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT' || (await isLink(current)) || dirname(current) === current) return undefined;
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** `true` when the path lies below the folder, by their spelling alone. */
function isBelow(path: string, folder: string): boolean {
  const rest = relative(join(folder, '.'), path);
  return rest !== '' && !rest.startsWith(`..${sep}`) && rest !== '..' && !isAbsolute(rest);
}

function isCustomNodes(name: string): boolean {
  return name.toLowerCase() === 'custom_nodes';
}
