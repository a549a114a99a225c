import { extensionOf, isModelFileName } from '../core/model-file/names.ts';
import type { ModelState } from '../core/model.ts';
import { fitsFolder } from './fitting-folder.ts';
import { normalizeName } from './library-index.ts';
import type { LibraryFile, LibraryHit, LibraryIndex } from './library-index.ts';
import { missingBeside, missingPart } from './missing-part.ts';
import type { StructureCache } from './structure-cache.ts';

/** What is looked for: a requirement's name and folder. */
export interface WantedModel {
  filename: string;
  subfolder: string;
  /** `null` when nothing tells it: any folder will do. */
  directory: string | null;
  /** Folder keys that will do as well. */
  alternatives?: readonly string[];
  /** Where below the folder key it may lie: there (the default), further down behind its whole name, or anywhere by its base name. */
  search?: 'exact' | 'below' | 'base';
}

/** Where a wanted model stands. */
export interface Presence {
  state: Exclude<ModelState, 'self_download'>;
  /** Absolute path for `present`, `misplaced` and `damaged`. */
  foundAt: string | null;
  /** Why it is not whole, for `damaged`. */
  damage: string | null;
}

/** Endings that ComfyUI tries, in its order, for an embedding that is named without one (`comfy/sd1_clip.py`, read 2026-01). */
const EMBEDDING_ENDINGS = ['.safetensors', '.pt', '.bin'];

/** Names that thousands of repositories use: alone they say nothing of what is in the file. */
const GENERIC_NAME = /^(?:diffusion_)?(?:pytorch_|flax_|open_clip_pytorch_)?(?:model|lora_weights|adapter_model)(?:[.-].*)?$/;

/**
 * Where a model that a workflow names stands on this machine: `present` (ComfyUI would load it), `damaged` (it is there, and not whole, or a part of a model
 * that lacks another part),
 * `misplaced` (a whole file of its name and kind lies elsewhere under the roots), or `missing`.
 */
export async function judgePresence(wanted: WantedModel, index: LibraryIndex, cache: StructureCache): Promise<Presence> {
  const name = normalizeName(wanted.subfolder === '' ? wanted.filename : `${wanted.subfolder}/${wanted.filename}`);
  const keys = wanted.directory === null ? index.directories : [wanted.directory, ...(wanted.alternatives ?? [])];
  const file = firstOf(keys, (key) => findFile(key, name, index) ?? findBelow(key, { ...wanted, name }, index));
  if (file !== undefined) return judgeFile(file.path, cache);
  const folder = firstOf(keys, (key) => findModelFolder(key, name, index));
  if (folder !== undefined) return judgeFolder(folder, cache);
  return findElsewhere(wanted, index, cache);
}

/**
 * Whether `judgePresence` could but say `missing`, told from the name alone: most of what workflows from elsewhere name is nowhere here.
 * `false` says nothing, as of names that stand for files of other names: embeddings without an ending, folders.
 */
export function isAbsent({ filename, directory }: WantedModel, index: LibraryIndex): boolean {
  if (directory === null || directory === 'embeddings' || !isModelFileName(filename)) return false;
  return index.findByBaseName(filename).length === 0;
}

async function judgeFile(path: string, cache: StructureCache): Promise<Presence> {
  const condition = await cache.conditionOf(path);
  const damage = condition.damage ?? (await missingBeside(path));
  return { state: damage === null ? 'present' : 'damaged', foundAt: path, damage };
}

function findFile(directory: string, name: string, index: LibraryIndex): LibraryFile | undefined {
  const found = index.find(directory, name);
  if (found !== undefined || directory !== 'embeddings') return found;
  return firstOf(EMBEDDING_ENDINGS, (ending) => index.find(directory, name + ending));
}

/** A file further down, for nodes that look there too. */
function findBelow(directory: string, wanted: WantedModel & { name: string }, index: LibraryIndex): LibraryFile | undefined {
  const { search = 'exact', filename, name } = wanted;
  if (search === 'exact') return undefined;
  const endings = directory === 'embeddings' ? ['', ...EMBEDDING_ENDINGS] : [''];
  return firstOf(endings, (ending) => {
    const hits = index.findByBaseName(filename + ending).filter((hit) => hit.directory === directory);
    const end = search === 'base' ? filename : name;
    return hits.find(({ file }) => file.name === end + ending || file.name.endsWith(`/${end}${ending}`))?.file;
  });
}

interface ModelFolder {
  path: string;
  /** The model files in it, at any depth. */
  files: LibraryFile[];
}

/** A model that is a folder (diffusers, quantized transformers): the name of a folder in which a model file lies. */
function findModelFolder(directory: string, name: string, index: LibraryIndex): ModelFolder | undefined {
  if (isModelFileName(name)) return undefined;
  const path = index.findFolder(directory, name);
  if (path === undefined) return undefined;
  const files = [...index.filesIn(directory)].filter((file) => isInside(file.path, path) && isModelFileName(file.name));
  return files.length === 0 ? undefined : { path, files };
}

function isInside(path: string, folder: string): boolean {
  return path.length > folder.length && path.startsWith(folder) && /[/\\]/.test(path.charAt(folder.length));
}

async function judgeFolder(folder: ModelFolder, cache: StructureCache): Promise<Presence> {
  const lost = missingPart(folder.files.map((file) => file.path));
  if (lost !== undefined) return { state: 'damaged', foundAt: folder.path, damage: lost };
  for (const file of folder.files) {
    const { damage } = await cache.conditionOf(file.path);
    if (damage !== null) return { state: 'damaged', foundAt: file.path, damage };
  }
  return { state: 'present', foundAt: folder.path, damage: null };
}

async function findElsewhere(wanted: WantedModel, index: LibraryIndex, cache: StructureCache): Promise<Presence> {
  for (const hit of candidates(wanted, index)) {
    const { damage, detectedType } = await cache.conditionOf(hit.file.path);
    if (damage === null && fitsFolder(detectedType, wanted.directory)) return { state: 'misplaced', foundAt: hit.file.path, damage: null };
  }
  return { state: 'missing', foundAt: null, damage: null };
}

/** Files of that base name, those in the right folder key first. A generic name needs its parent folder's name as well. */
function candidates(wanted: WantedModel, index: LibraryIndex): LibraryHit[] {
  const hits = fileNames(wanted).flatMap((name) => index.findByBaseName(name));
  if (hits.length === 0) return [];
  const parent = wanted.subfolder.split(/[/\\]/).findLast((part) => part !== '');
  const telling = GENERIC_NAME.test(wanted.filename) ? hits.filter((hit) => parent !== undefined && parentOf(hit) === parent) : hits;
  const isNear = (hit: LibraryHit): boolean => hit.directory === wanted.directory;
  return [...telling.filter(isNear), ...telling.filter((hit) => !isNear(hit))];
}

/** Names that its file may have; none for a name that says too little. */
function fileNames({ filename, directory }: WantedModel): string[] {
  if (directory === 'embeddings') return ['', ...EMBEDDING_ENDINGS].map((ending) => filename + ending).filter(isModelFileName);
  return extensionOf(filename) === '' ? [] : [filename];
}

function parentOf(hit: LibraryHit): string | undefined {
  return hit.file.path.split(/[/\\]/).at(-2);
}

function firstOf<Key, Value>(keys: readonly Key[], find: (key: Key) => Value | undefined): Value | undefined {
  for (const key of keys) {
    const found = find(key);
    if (found !== undefined) return found;
  }
  return undefined;
}
