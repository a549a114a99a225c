import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

import { describeError, systemErrorCode } from '../core/error.ts';
import { LibraryIndex } from './library-index.ts';
import type { RootListing } from './library-index.ts';

/** The folders to walk: what the install's model folders are, as far as a walk needs them. */
export interface LibraryFolders {
  readonly folders: ReadonlyMap<string, { readonly roots: readonly string[] }>;
}

/** A folder that is reached over and over through links is walked this often, then skipped. */
const MAX_VISITS = 8;
const MAX_DEPTH = 40;
const MAX_FILES = 2_000_000;

/** Which folders below a root are stepped over, by their base names. */
export type SkipsFolder = (name: string) => boolean;

/** What ComfyUI steps over: hidden folders count as any other (`get_filename_list_` in folder_paths.py, read 2026-11). */
const skipsAsComfyDoes: SkipsFolder = (name) => name === '.git';

/**
 * Every file under all roots, read once: links to folders are followed as ComfyUI follows them, loops end, and a folder that cannot be read
 * is named in `problems`. Roots that do not exist hold nothing. Rejects with the signal's reason when it aborts.
 */
export async function listModels(
  folders: LibraryFolders,
  signal?: AbortSignal,
  skips: SkipsFolder = skipsAsComfyDoes,
): Promise<LibraryIndex> {
  const roots = new Set([...folders.folders.values()].flatMap((folder) => folder.roots));
  const walked = new Map<string, RootListing>();
  await Promise.all([...roots].map(async (root) => walked.set(root, await walkRoot(root, { signal, skips }))));
  return LibraryIndex.build(folders.folders, walked);
}

interface Walk {
  root: string;
  listing: RootListing;
  visits: Map<string, number>;
  /** Links that were met and not yet followed. */
  links: MetLink[];
  signal: AbortSignal | undefined;
  skips: SkipsFolder;
}

interface Folder {
  path: string;
  /** `''` at the root, else with a closing `/`. */
  prefix: string;
  depth: number;
  /** Real paths from the root down to this folder; kept only once a link was followed. */
  chain: readonly string[];
}

/** A link, and the folder that it stands in. */
interface MetLink {
  parent: Folder;
  name: string;
  path: string;
}

async function walkRoot(root: string, how: Pick<Walk, 'signal' | 'skips'>): Promise<RootListing> {
  const walk: Walk = { root, listing: { files: [], folders: [], problems: [], ignoresCase: false }, visits: new Map(), links: [], ...how };
  await walkFolder(walk, { path: root, prefix: '', depth: 0, chain: [] });
  while (walk.links.length > 0) await followLinks(walk, walk.links.splice(0));
  walk.listing.ignoresCase = walk.listing.files.length > 0 && (await ignoresCase(root));
  return walk.listing;
}

async function walkFolder(walk: Walk, folder: Folder): Promise<void> {
  walk.signal?.throwIfAborted();
  const entries = await readEntries(walk, folder);
  const below: Promise<void>[] = [];
  for (const entry of entries) {
    const name = folder.prefix + entry.name;
    const path = `${folder.path}${sep}${entry.name}`;
    if (entry.isFile()) walk.listing.files.push({ root: walk.root, name, path });
    else if (entry.isDirectory()) below.push(enterFolder(walk, folder, { name, path }));
    else if (entry.isSymbolicLink()) walk.links.push({ parent: folder, name, path });
  }
  await Promise.all(below);
}

async function readEntries(walk: Walk, folder: Folder): Promise<Dirent[]> {
  if (folder.depth > MAX_DEPTH || walk.listing.files.length > MAX_FILES) {
    walk.listing.problems.push({ path: folder.path, code: 'folder_skipped', reason: 'too deep, or too many files before it' });
    return [];
  }
  try {
    return await readdir(folder.path, { withFileTypes: true });
  } catch (error) {
    const code = systemErrorCode(error);
    const absentRoot = folder.depth === 0 && (code === 'ENOENT' || code === 'ENOTDIR');
    if (!absentRoot) walk.listing.problems.push({ path: folder.path, code: 'folder_unreadable', reason: describeError(error) });
    return [];
  }
}

async function enterFolder(walk: Walk, parent: Folder, entry: { name: string; path: string }): Promise<void> {
  if (walk.skips(basename(entry.path))) return;
  walk.listing.folders.push({ root: walk.root, ...entry });
  await walkFolder(walk, { path: entry.path, prefix: `${entry.name}/`, depth: parent.depth + 1, chain: parent.chain });
}

/** Those that fewer links lead to come first, in the order of their names: which are too many is the same in every walk. */
async function followLinks(walk: Walk, links: readonly MetLink[]): Promise<void> {
  const inOrder = links.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const targets = await Promise.all(inOrder.map(async (link) => resolveLink(walk, link)));
  const followed = targets.filter((target) => target !== undefined).filter(({ real }) => !isVisitedTooOften(walk, real));
  await Promise.all(
    followed.map(async ({ name, path, parent, chain }) => {
      walk.listing.folders.push({ root: walk.root, name, path });
      await walkFolder(walk, { path, prefix: `${name}/`, depth: parent.depth + 1, chain });
    }),
  );
}

/** A link to a folder that is to be walked. A linked file is listed. */
async function resolveLink(walk: Walk, link: MetLink): Promise<(MetLink & { chain: string[]; real: string }) | undefined> {
  const { name, path, parent } = link;
  try {
    const target = await stat(path);
    if (target.isFile()) walk.listing.files.push({ root: walk.root, name, path });
    if (!target.isDirectory() || walk.skips(basename(path))) return undefined;
    const chain = [...parent.chain, await realpath(dirname(path))];
    const real = await realpath(path);
    return closesLoop(chain, real) ? undefined : { ...link, chain, real };
  } catch (error) {
    walk.signal?.throwIfAborted();
    walk.listing.problems.push({ path, code: 'link_broken', reason: describeError(error) });
    return undefined;
  }
}

/** A link to a folder that it lies in, on the way here, would be followed for ever. */
function closesLoop(chain: readonly string[], real: string): boolean {
  return chain.some((folder) => folder === real || folder.startsWith(real.endsWith('/') ? real : `${real}/`));
}

function isVisitedTooOften(walk: Walk, real: string): boolean {
  const visits = (walk.visits.get(real) ?? 0) + 1;
  walk.visits.set(real, visits);
  return visits > MAX_VISITS;
}

/** Asks the file system itself: a folder whose name in other letters is the same folder. */
async function ignoresCase(root: string): Promise<boolean> {
  const name = basename(root);
  const other = name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
  if (other === name) return false;
  try {
    const [here, there] = await Promise.all([stat(root), stat(join(dirname(root), other))]);
    return here.ino === there.ino && here.dev === there.dev;
  } catch {
    return false;
  }
}
