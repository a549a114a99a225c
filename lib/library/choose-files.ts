import { stat } from 'node:fs/promises';
import { sep } from 'node:path';

import type { FileToCheck } from './check-files.ts';
import { filesToCheck } from './check-files.ts';
import type { LibraryIndex } from './library-index.ts';
import { listModels } from './walk.ts';

/** Outside of the models folders hidden ones are a cache, a Python environment or the like, with files that only have a model's ending. */
const isHidden = (name: string): boolean => name.startsWith('.');

/**
 * Those files of the library that a person has named, by absolute files and folders, and what else lies there: model files of folders that
 * are no models folders, and any file that is named itself. Each once, by path. Rejects with the signal's reason when it aborts.
 */
export async function chooseFiles(paths: readonly string[], index: LibraryIndex, signal?: AbortSignal): Promise<FileToCheck[]> {
  const library = filesToCheck(index);
  const chosen = new Map<string, FileToCheck>();
  for (const path of paths) {
    const isFolder = (await stat(path)).isDirectory();
    const known = library.filter((file) => file.path === path || (isFolder && isInside(file.path, path)));
    const others = isFolder ? await filesBelow(path, signal) : [{ path }];
    for (const file of [...known, ...others.map((other) => ({ path: other.path, directories: [] }))]) {
      if (!chosen.has(file.path)) chosen.set(file.path, file);
    }
  }
  return [...chosen.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
}

async function filesBelow(folder: string, signal: AbortSignal | undefined): Promise<FileToCheck[]> {
  return filesToCheck(await listModels({ folders: new Map([['', { roots: [folder] }]]) }, signal, isHidden));
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
