import { realpath, stat } from 'node:fs/promises';

import { describeError } from '../core/error.ts';
import { inspectModelFile } from '../core/model-file/inspect.ts';
import { isModelFileName } from '../core/model-file/names.ts';
import type { DetectedType, ModelFormat } from '../core/model-file/structure.ts';
import { fitsFolder } from './fitting-folder.ts';
import type { HashOptions, HashStore } from './hash-store.ts';
import type { LibraryIndex } from './library-index.ts';
import { missingBeside } from './missing-part.ts';

/** What a check of one model file on disk found. */
export interface CheckedFile {
  /** Absolute. */
  path: string;
  /** Folder keys under which ComfyUI offers it; empty for a file that lies in no models folder. */
  directories: string[];
  /** `misplaced`: whole, and of a kind that none of its folders has a use for. */
  state: 'present' | 'damaged' | 'misplaced';
  damage: string | null;
  /** `null` when the file could not be read at all. */
  sizeBytes: number | null;
  /** Lower-case hex; `null` unless it was asked for. */
  sha256: string | null;
  format: ModelFormat | null;
  detectedType: DetectedType | null;
  /** Paths of other files with the same bytes, as far as hashes were asked for. Links to one file are no duplicates. */
  duplicates: string[];
}

/** A model file and the folder keys that lead to it. */
export interface FileToCheck {
  path: string;
  directories: string[];
}

/** Every model file of the library once, by path. */
export function filesToCheck(index: LibraryIndex): FileToCheck[] {
  const files = new Map<string, string[]>();
  for (const directory of index.directories) {
    for (const file of index.filesIn(directory)) {
      if (!isModelFileName(file.name)) continue;
      const known = files.get(file.path);
      if (known === undefined) files.set(file.path, [directory]);
      else known.push(directory);
    }
  }
  return [...files].map(([path, directories]) => ({ path, directories })).sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Checks the structure of a file, and that the other parts of its model lie beside it. Never throws: a file that cannot be read is damaged. */
export async function checkFile(file: FileToCheck): Promise<CheckedFile> {
  try {
    const { sizeBytes, format, detectedType, ...structure } = await inspectModelFile(file.path);
    const damage = structure.damage ?? (await missingBeside(file.path));
    const fits = file.directories.length === 0 || file.directories.some((directory) => fitsFolder(detectedType, directory));
    const state = damage !== null ? 'damaged' : fits ? 'present' : 'misplaced';
    return { ...file, state, damage, sizeBytes, sha256: null, format, detectedType, duplicates: [] };
  } catch (error) {
    return { ...file, ...unreadable(error), sizeBytes: null, sha256: null, format: null, detectedType: null, duplicates: [] };
  }
}

/** The same file with its sha256, damaged when its bytes cannot all be read. Rejects only when the signal aborts. */
export async function hashChecked(file: CheckedFile, hashes: HashStore, options: HashOptions): Promise<CheckedFile> {
  if (file.sizeBytes === null) return file;
  try {
    return { ...file, sha256: await hashes.sha256Of(file.path, options) };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { ...file, ...unreadable(error) };
  }
}

function unreadable(error: unknown): { state: 'damaged'; damage: string } {
  return { state: 'damaged', damage: `the file cannot be read: ${describeError(error)}` };
}

/** Fills in `duplicates` for files with the same sha256. The bytes that the copies take beyond the first. */
export async function findDuplicates(files: readonly CheckedFile[]): Promise<number> {
  const bySha256 = Map.groupBy(
    files.filter((file) => file.sha256 !== null && file.sizeBytes !== 0),
    (file) => file.sha256,
  );
  let wastedBytes = 0;
  for (const same of bySha256.values()) {
    const copies = same.length < 2 ? [] : await separateFiles(same);
    for (const copy of copies) copy.duplicates = copies.filter((other) => other !== copy).map((other) => other.path);
    wastedBytes += Math.max(0, copies.length - 1) * (copies[0]?.sizeBytes ?? 0);
  }
  return wastedBytes;
}

/** One of those that are the same file on disk, by links of either kind. */
async function separateFiles(files: readonly CheckedFile[]): Promise<CheckedFile[]> {
  const separate = new Map<string, CheckedFile>();
  for (const file of files) {
    const key = await identityOf(file.path);
    if (!separate.has(key)) separate.set(key, file);
  }
  return [...separate.values()];
}

async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path);
    return ino === 0 ? await realpath(path) : `${dev}:${ino}`;
  } catch {
    return path;
  }
}
