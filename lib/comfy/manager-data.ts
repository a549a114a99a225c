import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { ComfyInstall } from './install.ts';
import { isRecord } from './narrow.ts';
import { repositoryKey, safePackFile, safeRepository } from './pack-identity.ts';
import { sitePackagesOf } from './site-packages.ts';

/** What ComfyUI-Manager's lists say of packs and their nodes. */
export interface ManagerData {
  /** Packs that list a node type, in the order of the list: repositories, and files where a pack is one file. */
  packsByNode: ReadonlyMap<string, readonly string[]>;
  /** The one pack that owns a node type, whatever others list. */
  owners: ReadonlyMap<string, string>;
  /** Repositories whose node types all look like that. A hint only. */
  patterns: readonly { pattern: RegExp; repository: string }[];
  /** Titles by repository key. */
  titles: ReadonlyMap<string, string>;
}

/** The repository under which the lists keep ComfyUI's own nodes. */
export const CORE_REPOSITORY = 'https://github.com/comfyanonymous/ComfyUI';
/** Where it has moved to (2026). */
const CORE_KEYS: ReadonlySet<string> = new Set([CORE_REPOSITORY, 'https://github.com/Comfy-Org/ComfyUI'].map(repositoryKey));

/** `true` for ComfyUI itself, which no command installs as a pack. */
export function isCoreRepository(repository: string | null): boolean {
  return repository !== null && CORE_KEYS.has(repositoryKey(repository));
}

const MAX_BYTES = 32_000_000;
/** Its lists, by the names that they have everywhere. */
export const NODE_MAP = 'extension-node-map.json';
export const PACK_LIST = 'custom-node-list.json';
/** No node has this name: a pattern that fits it fits everything. */
const NO_NODE = 'zq~ 7 no such node';

/** The newest copy of ComfyUI-Manager's lists on this machine, `undefined` when there is none. Never throws. */
export async function readManagerData(install: ComfyInstall, customNodeRoots: readonly string[]): Promise<ManagerData | undefined> {
  const folders = await managerFolders(install, customNodeRoots);
  const map = await readNewest(folders, NODE_MAP);
  return map === undefined ? undefined : parseManagerData(map, await readNewest(folders, PACK_LIST));
}

/** The newest copy of ComfyUI-Manager's list of models on this machine, as read from JSON; `undefined` when there is none. Never throws. */
export async function readManagerModelList(install: ComfyInstall, customNodeRoots: readonly string[]): Promise<unknown> {
  return readNewest(await managerFolders(install, customNodeRoots), 'model-list.json');
}

/** Joins the two lists, as read from JSON; what has another shape is left out. */
export function parseManagerData(nodeMap: unknown, packList: unknown): ManagerData {
  const packsByNode = new Map<string, string[]>();
  const owners = new Map<string, string>();
  const patterns: { pattern: RegExp; repository: string }[] = [];
  const titles = titlesOf(packList);
  for (const [url, entry] of Object.entries(isRecord(nodeMap) ? nodeMap : {})) {
    const file = safePackFile(url);
    const repository = file?.repository ?? safeRepository(url);
    const [names, about]: unknown[] = Array.isArray(entry) ? entry : [];
    if (repository === undefined) continue;
    const pack = file?.url ?? repository;
    for (const name of textsOf(names)) addTo(packsByNode, name, pack);
    if (!isRecord(about)) continue;
    for (const name of textsOf(about['preemptions'])) owners.set(name, pack);
    const pattern = compilePattern(about['nodename_pattern']);
    if (pattern !== undefined) patterns.push({ pattern, repository });
    if (typeof about['title_aux'] === 'string' && !titles.has(repositoryKey(repository)))
      titles.set(repositoryKey(repository), about['title_aux']);
  }
  return { packsByNode, owners, patterns, titles };
}

/** What both tell; where they differ, the newer one. */
export function mergeManagerData(older: ManagerData | undefined, newer: ManagerData | undefined): ManagerData | undefined {
  if (older === undefined || newer === undefined) return newer ?? older;
  return {
    packsByNode: new Map([...older.packsByNode, ...newer.packsByNode]),
    owners: new Map([...older.owners, ...newer.owners]),
    patterns: newer.patterns,
    titles: new Map([...older.titles, ...newer.titles]),
  };
}

function addTo(packs: Map<string, string[]>, name: string, repository: string): void {
  const known = packs.get(name);
  if (known === undefined) packs.set(name, [repository]);
  else if (!known.includes(repository)) known.push(repository);
}

function titlesOf(packList: unknown): Map<string, string> {
  const titles = new Map<string, string>();
  const rows: unknown = isRecord(packList) ? packList['custom_nodes'] : undefined;
  for (const row of Array.isArray(rows) ? rows : []) {
    if (!isRecord(row) || typeof row['reference'] !== 'string' || typeof row['title'] !== 'string') continue;
    const repository = safeRepository(row['reference']);
    if (repository !== undefined) titles.set(repositoryKey(repository), row['title']);
  }
  return titles;
}

function compilePattern(written: unknown): RegExp | undefined {
  if (typeof written !== 'string' || written === '' || written.length > 300 || /[*+}]\)[*+{]/.test(written)) return undefined;
  try {
    const pattern = new RegExp(written, 'u');
    return pattern.test(NO_NODE) ? undefined : pattern;
  } catch {
    return undefined;
  }
}

/**
 * Folders that hold the lists: the Manager's own, its caches (for ComfyUI since 0.3.76, and before), and the Python package that newer
 * versions are (ComfyUI-Manager's `manager_core.py`, read 2026-08).
 */
async function managerFolders(install: ComfyInstall, customNodeRoots: readonly string[]): Promise<string[]> {
  const own = customNodeRoots.flatMap((root) => ['ComfyUI-Manager', 'comfyui-manager'].map((name) => join(root, name)));
  const user = join(install.root, 'user');
  const caches = [join(user, '__manager', 'cache'), join(user, 'default', 'ComfyUI-Manager', 'cache')];
  return [...own, ...own.map((folder) => join(folder, '.cache')), ...caches, ...(await packageFolders(install))];
}

async function packageFolders(install: ComfyInstall): Promise<string[]> {
  return (await sitePackagesOf(install)).map((folder) => join(folder, 'comfyui_manager'));
}

/** The newest file of that name, or of that name behind a cache's number. */
async function readNewest(folders: readonly string[], name: string): Promise<unknown> {
  const found = await Promise.all(folders.map((folder) => candidatesIn(folder, name)));
  const newest = found.flat().sort((left, right) => right.mtimeMs - left.mtimeMs);
  for (const { path } of newest) {
    const parsed = await readJson(path);
    if (isRecord(parsed)) return parsed;
  }
  return undefined;
}

async function candidatesIn(folder: string, name: string): Promise<{ path: string; mtimeMs: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const paths = names.filter((entry) => entry === name || new RegExp(`^\\d+_${name}$`).test(entry)).map((entry) => join(folder, entry));
  const stats = await Promise.all(paths.map(async (path) => ({ path, found: await stat(path).catch(() => undefined) })));
  return stats.flatMap(({ path, found }) =>
    found?.isFile() === true && found.size <= MAX_BYTES ? [{ path, mtimeMs: found.mtimeMs }] : [],
  );
}

async function readJson(path: string): Promise<unknown> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    return parsed;
  } catch {
    return undefined;
  }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
