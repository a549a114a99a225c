import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { readSmallFile } from './small-file.ts';

/** Real ones have a few kilobytes; the reader of TOML takes time that grows with the square of the number of its tables. */
const MAX_TOML_BYTES = 64 * 1024;

/** A custom node pack on disk, whether it loads or not. */
export interface InstalledPack {
  /** Name of its folder or file, without `.disabled`, `.py` and a version. */
  name: string;
  /** Absolute path of the folder, or of the single file. */
  path: string;
  isFile: boolean;
  /** ComfyUI skips it: its name ends in `.disabled`, or it lies in the folder where ComfyUI-Manager keeps those it switched off. */
  isDisabled: boolean;
  /** It is a clone that git can update. In a folder that is none, git would take the repository around it. */
  isClone: boolean;
  /** Its id in the Comfy registry, as its own `pyproject.toml` says; `null` when it says none. */
  registryId: string | null;
}

/**
 * Every pack below the folders, by name. Folders that do not exist hold none. An empty folder is none either: what a clone that failed leaves,
 * and what git has in place of a submodule, is to be filled, and `git pull` in it would update what lies around it.
 */
export async function findPacks(roots: readonly string[]): Promise<InstalledPack[]> {
  const found = await Promise.all(roots.map((root) => packsIn(root)));
  return found.flat();
}

async function packsIn(root: string): Promise<InstalledPack[]> {
  const active = (await entriesOf(root)).map((entry) => ({ entry, folder: root, isOff: false }));
  const switchedOff = (await entriesOf(join(root, '.disabled'))).map((entry) => ({ entry, folder: join(root, '.disabled'), isOff: true }));
  const packs = await Promise.all([...active, ...switchedOff].map(({ entry, folder, isOff }) => toPack(entry, folder, isOff)));
  return packs.filter((pack) => pack !== undefined);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.name !== '__pycache__' && !entry.name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

async function toPack(entry: Dirent, folder: string, isOff: boolean): Promise<InstalledPack | undefined> {
  const path = join(folder, entry.name);
  const isDisabled = isOff || /\.disabled$/i.test(entry.name);
  const bare = entry.name.replace(/\.disabled$/i, '');
  const isFile = bare.endsWith('.py') && !entry.isDirectory();
  if (!isFile && !entry.isDirectory() && !entry.isSymbolicLink()) return undefined;
  const inside = isFile ? undefined : await listQuietly(path);
  if (inside?.length === 0) return undefined;
  const name = isFile ? bare.slice(0, -'.py'.length) : bare.replace(/@.*$/, '');
  const isClone = inside?.includes('.git') === true;
  return { name, path, isFile, isDisabled, isClone, registryId: isFile ? null : await readRegistryId(path) };
}

/** `undefined` for a folder that may not be read. */
async function listQuietly(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch {
    return undefined;
  }
}

async function readRegistryId(path: string): Promise<string | null> {
  try {
    const parsed: unknown = Bun.TOML.parse(await readSmallFile(join(path, 'pyproject.toml'), MAX_TOML_BYTES));
    const project: unknown = typeof parsed === 'object' && parsed !== null && 'project' in parsed ? parsed.project : undefined;
    const name: unknown = typeof project === 'object' && project !== null && 'name' in project ? project.name : undefined;
    return typeof name === 'string' ? name : null;
  } catch {
    return null;
  }
}
