import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize, sep } from 'node:path';
import { systemErrorCode } from '../core/error.ts';
import type { WorkflowFailure } from '../core/model.ts';

/** A file that may hold a workflow. */
export interface WorkflowPath {
  /** Absolute. */
  path: string;
  /** Path inside the folder that was searched, `/` as separator; the base name for a file that was named itself. */
  workflow: string;
}

/** Endings of files that ComfyUI or its packs put workflows into. */
const ENDINGS = /\.(json|png|webp|jpe?g|avif|hei[cf]|mp4|m4v|mov|webm|mkv|mp3|flac|ogg|opus|glb|svg|latent)$/i;
/** Folders that hold programs or versions, never workflows of a user. */
const SKIPPED_FOLDERS = new Set(['node_modules', '__pycache__']);
const MAX_DEPTH = 40;

/**
 * The files below the given paths that may hold workflows, sorted, each once; a path may be a file (whatever its ending) or a folder.
 * Hidden files and folders are left out, links are followed and loops survived. What cannot be read is a failure.
 */
export function findWorkflowFiles(paths: readonly string[]): { files: WorkflowPath[]; failures: WorkflowFailure[] } {
  const search = new Search();
  for (const path of paths) search.start(path);
  return search.result();
}

/** What stands before the names of a folder's entries, and the real paths from the start to it. */
interface Inside extends WorkflowPath {
  real: string;
  above: readonly string[];
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}

class Search {
  readonly #files = new Map<string, WorkflowPath>();
  readonly #failures: WorkflowFailure[] = [];

  start(path: string): void {
    try {
      if (statSync(path).isDirectory()) this.#enter({ path: normalize(path), workflow: '' }, []);
      else this.#add({ path, workflow: basename(path) }, join(realpathSync(dirname(path)), basename(path)));
    } catch (error) {
      this.#fail(path, error);
    }
  }

  result(): { files: WorkflowPath[]; failures: WorkflowFailure[] } {
    const files = [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    return { files, failures: this.#failures };
  }

  /** `above` are the real paths of the folders that this one lies in: one of them again is a loop. */
  #enter(folder: WorkflowPath, above: readonly string[]): void {
    try {
      const real = realpathSync(folder.path);
      if (above.includes(real) || above.length > MAX_DEPTH) return;
      const workflow = folder.workflow === '' ? '' : `${folder.workflow}/`;
      const inside = { path: withSeparator(folder.path), workflow, real: withSeparator(real), above: [...above, real] };
      for (const entry of readdirSync(folder.path, { withFileTypes: true })) this.#visit(entry, inside);
    } catch (error) {
      this.#fail(folder.path, error);
    }
  }

  #visit(entry: Dirent, at: Inside): void {
    const { name } = entry;
    if (name.startsWith('.') || SKIPPED_FOLDERS.has(name)) return;
    const path = at.path + name;
    const kind = entry.isSymbolicLink() ? this.#kindOfTarget(path) : entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';
    const found = { path, workflow: at.workflow + name };
    if (kind === 'folder') this.#enter(found, at.above);
    else if (kind === 'file' && ENDINGS.test(name)) this.#add(found, at.real === at.path ? path : at.real + name);
  }

  /** A link that leads nowhere holds nothing; one that cannot be followed is a failure, and what lies beside it goes on. */
  #kindOfTarget(path: string): 'folder' | 'file' | 'other' {
    try {
      const target = statSync(path, { throwIfNoEntry: false });
      return target?.isDirectory() ? 'folder' : target?.isFile() ? 'file' : 'other';
    } catch (error) {
      this.#fail(path, error);
      return 'other';
    }
  }

  /** The same file by two ways, through a link or through two of the given paths, is one. */
  #add(file: WorkflowPath, real: string): void {
    if (!this.#files.has(real)) this.#files.set(real, file);
  }

  #fail(path: string, error: unknown): void {
    const code = systemErrorCode(error);
    const reason =
      code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'it may not be read: permission denied' : `it cannot be read (${code})`;
    this.#failures.push({ path, code: 'unreadable', reason });
  }
}
