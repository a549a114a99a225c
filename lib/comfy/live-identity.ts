import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join, resolve, sep } from 'node:path';

import type { ComfyInstall } from './install.ts';
import type { LiveFolders } from './live-folders.ts';
import type { LiveServer } from './live-server.ts';
import { foldersOfServer } from './live-server.ts';
import type { ModelFolders } from './model-folders.ts';

/** What is known of a running ComfyUI and of the install on this disk. */
export interface IdentityFacts {
  server: LiveServer;
  live: LiveFolders;
  install: ComfyInstall;
  folders: ModelFolders;
}

/**
 * Whether a running ComfyUI is the install on this disk. `same`: it names the install's own folders, and what it lists is there. `alike`:
 * it names other folders or none, and what it lists lies in those of the install (a container that mounts them, an old version). `other`:
 * neither; another machine may well have its ComfyUI under the same path.
 */
export function identify(facts: IdentityFacts): 'same' | 'alike' | 'other' {
  const told = rootsOf(facts.live);
  const namesOurs = told.some((root) => isInside(realPath(root), realPath(facts.folders.modelsRoot)));
  if (namesOurs || (told.length === 0 && startedFrom(facts))) return listsFilesOfAnotherDisk(facts) ? 'other' : 'same';
  return listsSameFiles(facts) ? 'alike' : 'other';
}

function rootsOf(live: LiveFolders): string[] {
  return [...live.values()].flatMap((folder) => folder.roots ?? []);
}

function startedFrom({ server, install }: IdentityFacts): boolean {
  const told = foldersOfServer(server);
  if (told === null) return false;
  const own = [install.root, ...(install.sources === null ? [] : [install.sources])].map(realPath);
  return own.includes(realPath(told.baseDirectory ?? told.root));
}

/** Names that are looked for on this disk: enough to tell, few enough to be quick. */
const MAX_SAMPLES = 300;
const LEAST_SHARE = 0.9;
/** Of fewer, all may just have been removed. */
const TELLING_SAMPLES = 3;

function listsSameFiles(facts: IdentityFacts): boolean {
  const { all, here } = lookForListed(facts);
  return all > 0 && here >= LEAST_SHARE * all;
}

function listsFilesOfAnotherDisk(facts: IdentityFacts): boolean {
  const { all, here } = lookForListed(facts);
  return all >= TELLING_SAMPLES && here < all / 2;
}

/** How many of a sample of the listed files lie in the install's folders, or in those that the server names. */
function lookForListed({ live, folders }: IdentityFacts): { all: number; here: number } {
  const listed = [...live].flatMap(([directory, { names }]) => names.map((name) => ({ directory, name })));
  const step = Math.max(1, Math.floor(listed.length / MAX_SAMPLES));
  const samples = listed.filter((_, place) => place % step === 0);
  const here = samples.filter(({ directory, name }) => {
    const roots = [...(folders.folders.get(directory)?.roots ?? []), ...(live.get(directory)?.roots ?? [])];
    return roots.some((root) => existsSync(join(root, ...name.split(/[/\\]/))));
  });
  return { all: samples.length, here: here.length };
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** With links followed, as far as the path is on this machine. */
function realPath(path: string): string {
  if (!isAbsolute(path)) return path;
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
