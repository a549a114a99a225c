import { possibleNames } from '../../core/model-file/match-name.ts';
import { isModelFileName } from '../../core/model-file/names.ts';
import { baseName } from '../file-formats.ts';
import { isKnownPublisher } from './publishers.ts';
import type { RepositoryRow } from './schema.ts';

/** A file in a repository of a list: its name is known, its size and hash are not. */
export interface ListedFile {
  repository: RepositoryRow;
  path: string;
}

/** The model files of one list of repositories, by their base names. */
export class ListedFiles {
  readonly #byName = new Map<string, ListedFile[]>();

  constructor(repositories: readonly RepositoryRow[]) {
    const seen = new Set<string>(); // a page of the hub may hold a repository twice (recorded 2026)
    for (const repository of repositories) {
      if (repository.private || seen.has(repository.id)) continue;
      seen.add(repository.id);
      for (const { rfilename: path } of repository.siblings ?? []) {
        if (isModelFileName(path)) this.#add({ repository, path });
      }
    }
  }

  /** Files of exactly this name; for a name without an ending, those that ComfyUI would load for it. */
  named(filename: string): readonly ListedFile[] {
    return possibleNames(filename).flatMap((name) => this.#byName.get(keyOf(name)) ?? []);
  }

  /** One spelling of each base name, with the files that have it. */
  names(): Iterable<[string, readonly ListedFile[]]> {
    return this.#byName;
  }

  #add(file: ListedFile): void {
    const key = keyOf(baseName(file.path));
    const files = this.#byName.get(key);
    if (files) files.push(file);
    else this.#byName.set(key, [file]);
  }
}

/** Known publishers first, then by downloads, then by name so that the order never hangs on chance. */
export function compareStanding(left: ListedFile, right: ListedFile): number {
  const publisher = Number(isKnownPublisher(right.repository.id)) - Number(isKnownPublisher(left.repository.id));
  const downloads = (right.repository.downloads ?? 0) - (left.repository.downloads ?? 0);
  return publisher || downloads || (left.repository.id < right.repository.id ? -1 : 1);
}

function keyOf(filename: string): string {
  return filename.normalize('NFC').toLowerCase();
}
