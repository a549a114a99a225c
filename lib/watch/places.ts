import { basename, dirname, sep } from 'node:path';
import type { Change } from './inbox.ts';

/** What is watched, as absolute paths; what does not exist yet is watched for. */
export interface WatchPlaces {
  /** Folders and files with workflows. */
  workflows: readonly string[];
  /** Folders whose `NAME/workflows` are workflow folders, also those of users that are still to come. */
  users: readonly string[];
  models: readonly string[];
  /** Folders with custom node packs: only which packs there are is of interest. */
  packs: readonly string[];
  /** Files that say where models are. */
  folderFiles: readonly string[];
  configFile: string;
}

/** What stands beside a model while it comes, by this program (`lib/download/part-names.ts`) and by others: nobody waits for it. */
const PASSING_FILE = /\.(part(\.(json(\.new)?|lock|new|link|aria2))?|aria2|tmp|crdownload|download|partial)$/i;

/** What a change at a path means; `null` for one that concerns nobody. */
export function changeAt(path: string, isFolder: boolean, places: WatchPlaces): Change | null {
  if (path === places.configFile) return { kind: 'config', path };
  if (places.folderFiles.includes(path)) return { kind: 'folders', path };
  if (isWorkflowPlace(path, places)) return isFolder ? { kind: 'workflows', path: null } : { kind: 'workflow', path };
  if (places.packs.some((root) => path === root || dirname(path) === root)) return { kind: 'nodes', path: null };
  if (!places.models.some((root) => isWithin(path, root))) return null;
  // Programs that copy write under hidden names first.
  return isFolder || !(PASSING_FILE.test(path) || isHidden(path, places.models)) ? { kind: 'models', path: null } : null;
}

/** Whether a path is not to be watched at all. The folders above a watched path are never asked about. */
export function isUnwatched(path: string, places: WatchPlaces): boolean {
  if (path === places.configFile || places.folderFiles.includes(path)) return false;
  if (isWorkflowPlace(path, places)) return isHidden(path, places.workflows);
  if (places.packs.some((root) => path === root || dirname(path) === root)) return false;
  if (places.users.some((root) => path === root || dirname(path) === root)) return isHidden(path, places.users);
  const root = places.models.find((folder) => isWithin(path, folder));
  return root === undefined || isNoModelsFolder(path, places.models) || PASSING_FILE.test(path);
}

/**
 * ComfyUI offers what lies in hidden folders, except in `.git` (`lib/library/walk.ts`). In `.cache` programs that download keep what no workflow
 * names, in thousands of folders.
 */
function isNoModelsFolder(path: string, roots: readonly string[]): boolean {
  return ['.git', '.cache'].includes(basename(path)) && !roots.includes(path);
}

function isWorkflowPlace(path: string, places: WatchPlaces): boolean {
  if (places.workflows.some((root) => isWithin(path, root))) return true;
  return places.users.some((root) => isWithin(path, root) && path.slice(root.length + 1).split(sep)[1] === 'workflows');
}

/** A dot file or folder below a watched one. One that is watched itself may have any name. */
function isHidden(path: string, roots: readonly string[]): boolean {
  return basename(path).startsWith('.') && !roots.includes(path);
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
