import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { describeError, systemErrorCode } from '../core/error.ts';
import { withoutEndSeparator } from './end-separator.ts';
import { readExtraPaths } from './extra-paths.ts';
import type { Expansion, FolderAddition, FolderProblem } from './extra-paths.ts';
import { CORE_FOLDERS, modernFolderName, NOT_MODEL_KEYS, OUTPUT_FOLDERS, PACK_FOLDERS } from './folder-table.ts';
import type { ComfyInstall } from './install.ts';

/** One folder key: where ComfyUI looks for its files, first root first. */
export interface ModelFolder {
  /** Present-day key: `loras`, `diffusion_models`, ... */
  readonly directory: string;
  /** Absolute paths in ComfyUI's order, which is the order it finds files in. They need not exist. */
  readonly roots: readonly string[];
  /** The root that new files belong in. */
  readonly downloadRoot: string;
  /** Lower-case endings with their dot that ComfyUI lists; empty means every file. */
  readonly extensions: ReadonlySet<string>;
}

/** All model folders of an install. */
export interface ModelFolders {
  /** `<root>/models`, absolute. */
  readonly modelsRoot: string;
  readonly folders: ReadonlyMap<string, ModelFolder>;
  /** Where ComfyUI looks for custom node packs. */
  readonly customNodeRoots: readonly string[];
  readonly problems: readonly FolderProblem[];
}

/** What may add folders beside the install itself. */
export interface ModelFolderOptions extends Partial<Expansion> {
  /** Folders that custom nodes register. */
  additions?: readonly FolderAddition[];
}

interface MutableFolder {
  roots: string[];
  extensions: ReadonlySet<string>;
  /** An `is_default` folder was put first. */
  hasDefault: boolean;
}

/**
 * Where this ComfyUI looks for models, in its own order: its folder table, `extra_model_paths.yaml` beside the sources and at the root,
 * further files, what custom nodes add, the output folders, and every other folder below `models/` under its own name. Never throws: what
 * cannot be read is in `problems`.
 */
export async function readModelFolders(install: ComfyInstall, options: ModelFolderOptions = {}): Promise<ModelFolders> {
  const expansion = { env: options.env ?? process.env, home: options.home ?? process.env['HOME'] ?? '' };
  const extras = await Promise.all(extraPathFilesOf(install).map((file) => readExtraPaths(file, expansion)));
  const modelsRoot = join(install.root, 'models');
  const listing = await listSubfolders(modelsRoot);
  const configured = extras.flatMap((extra) => extra.additions);
  const table = planFolders(install.root, [...configured, ...outputFolders(install.root), ...(options.additions ?? [])], listing.names);
  return {
    modelsRoot,
    folders: finishFolders(table, modelsRoot, new Set(listing.names)),
    customNodeRoots: customNodeRootsOf(install.root, configured),
    problems: [...extras.flatMap((extra) => extra.problems), ...listing.problems],
  };
}

/** The files that say where an install has models and packs beside its own folders, in the order that ComfyUI reads them. They need not exist. */
export function extraPathFilesOf({ root, sources, extraPathFiles = [] }: ComfyInstall): string[] {
  return [...new Set([...[sources ?? root, root].map((folder) => join(folder, 'extra_model_paths.yaml')), ...extraPathFiles])];
}

function planFolders(root: string, additions: readonly FolderAddition[], subfolders: readonly string[]): Map<string, MutableFolder> {
  const modelsRoot = join(root, 'models');
  const table = new Map<string, MutableFolder>();
  const owned = new Set<string>();
  for (const [key, { folders, extensions }] of CORE_FOLDERS) {
    table.set(key, { roots: folders.map((folder) => join(modelsRoot, folder)), extensions, hasDefault: false });
    for (const folder of folders) owned.add(folder);
  }
  for (const addition of additions) addFolder(table, addition);
  for (const [key, { folders, extensions }] of PACK_FOLDERS) {
    if (!table.has(key)) table.set(key, { roots: packRoots(table, modelsRoot, folders), extensions, hasDefault: false });
  }
  for (const name of subfolders) {
    if (!owned.has(name)) addFolder(table, { key: name, path: join(modelsRoot, name), isDefault: false });
  }
  return table;
}

function outputFolders(root: string): FolderAddition[] {
  return [...OUTPUT_FOLDERS].map(([key, folder]) => ({ key, path: join(root, 'output', folder), isDefault: false }));
}

function packRoots(table: ReadonlyMap<string, MutableFolder>, modelsRoot: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    folder.startsWith('= ') ? [...(table.get(folder.slice(2))?.roots ?? [])] : [join(modelsRoot, ...folder.split('/'))],
  );
}

/** ComfyUI's `add_model_folder_path`: a known folder stays where it is unless it is to be the default. */
function addFolder(table: Map<string, MutableFolder>, addition: FolderAddition): void {
  const key = modernFolderName(addition.key);
  if (NOT_MODEL_KEYS.has(key)) return;
  const path = withoutEndSeparator(addition.path);
  const entry = table.get(key);
  if (entry === undefined) {
    table.set(key, { roots: [path], extensions: addition.extensions ?? new Set(), hasDefault: addition.isDefault });
    return;
  }
  if (addition.extensions !== undefined) entry.extensions = mergeExtensions(entry.extensions, addition.extensions);
  putRoot(entry.roots, path, addition.isDefault);
  entry.hasDefault ||= addition.isDefault;
}

function putRoot(roots: string[], path: string, isDefault: boolean): void {
  const at = roots.indexOf(path);
  if (at !== -1 && !isDefault) return;
  if (at !== -1) roots.splice(at, 1);
  if (isDefault) roots.unshift(path);
  else roots.push(path);
}

function mergeExtensions(left: ReadonlySet<string>, right: ReadonlySet<string>): ReadonlySet<string> {
  return left.size === 0 || right.size === 0 ? new Set() : new Set([...left, ...right]);
}

function finishFolders(
  table: ReadonlyMap<string, MutableFolder>,
  modelsRoot: string,
  subfolders: ReadonlySet<string>,
): Map<string, ModelFolder> {
  const finished = new Map<string, ModelFolder>();
  for (const [directory, { roots, extensions, hasDefault }] of table) {
    const preferred = hasDefault ? undefined : preferredRoot(directory, modelsRoot, subfolders);
    finished.set(directory, { directory, roots, extensions, downloadRoot: preferred ?? roots[0] ?? join(modelsRoot, directory) });
  }
  return finished;
}

/**
 * ComfyUI lists `models/unet` before `models/diffusion_models`, while people and its own documentation put new files in the latter: that
 * one is preferred, unless only the former is there.
 */
function preferredRoot(directory: string, modelsRoot: string, subfolders: ReadonlySet<string>): string | undefined {
  if (directory !== 'diffusion_models' && directory !== 'unet_gguf') return undefined;
  const onlyLegacy = subfolders.has('unet') && !subfolders.has('diffusion_models');
  return join(modelsRoot, onlyLegacy ? 'unet' : 'diffusion_models');
}

function customNodeRootsOf(root: string, additions: readonly FolderAddition[]): string[] {
  const added = additions.filter((addition) => addition.key === 'custom_nodes');
  const roots = [join(root, 'custom_nodes')];
  for (const { path, isDefault } of added) putRoot(roots, path, isDefault);
  return roots;
}

async function listSubfolders(modelsRoot: string): Promise<{ names: string[]; problems: FolderProblem[] }> {
  try {
    const entries = await readdir(modelsRoot, { withFileTypes: true });
    const folders = entries.filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()));
    return { names: folders.map((entry) => entry.name).sort(), problems: [] };
  } catch (error) {
    const problem: FolderProblem = {
      path: modelsRoot,
      code: systemErrorCode(error) === 'ENOENT' ? 'models_folder_missing' : 'models_folder_unreadable',
      message: `${modelsRoot} cannot be read: ${describeError(error)}`,
      hint: `Create ${modelsRoot}, make it readable, or set comfyui_root in config.json.`,
    };
    return { names: [], problems: [problem] };
  }
}
