import type { ModelFolders } from '../comfy/model-folders.ts';
import { checkFile, filesToCheck, findDuplicates, hashChecked, type CheckedFile } from '../library/check-files.ts';
import { chooseFiles } from '../library/choose-files.ts';
import { HashStore } from '../library/hash-store.ts';
import type { WalkProblem } from '../library/library-index.ts';
import { listModels } from '../library/walk.ts';

export interface VerifyInput {
  folders: Pick<ModelFolders, 'folders'>;
  /** Absolute files and folders to check; every models folder when there is none. */
  paths?: readonly string[];
  /** Where hashes are kept between runs; `null` computes none. */
  hashStore: string | null;
}

/** How far a check has come. */
export interface VerifyProgress {
  files: number;
  filesTotal: number;
  /** What was read for hashes, of all that is to be read; 0 of 0 without hashes. */
  bytes: number;
  bytesTotal: number;
}

export interface VerifyPorts {
  signal?: AbortSignal;
  onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyResult {
  /** Every model file that was looked at, sorted by path. */
  files: CheckedFile[];
  damaged: number;
  /** Whole files in a folder that has no use for them. */
  misplaced: number;
  /** What copies with the same content take beyond the first, in bytes; 0 without hashes. */
  wastedBytes: number;
  /** Folders and links that could not be read. */
  problems: readonly WalkProblem[];
}

const CHECKED_AT_ONCE = 8;
/** One file is hashed while another is read. More would make the heads of a disk jump. */
const HASHED_AT_ONCE = 2;

/**
 * Checks model files on disk: their structure always, their sha256 when asked. It is no phase of a run: it reads, and changes nothing that
 * `resume` goes on with. Rejects with the signal's reason when it aborts, and when a named path is not there.
 */
export async function runVerify(input: VerifyInput, ports: VerifyPorts = {}): Promise<VerifyResult> {
  const { signal } = ports;
  const index = await listModels(input.folders, signal);
  const todo = input.paths?.length ? await chooseFiles(input.paths, index, signal) : filesToCheck(index);
  const progress = { files: 0, filesTotal: todo.length, bytes: 0, bytesTotal: 0 };
  const tell = (): void => ports.onProgress?.({ ...progress });
  const checked = await mapSome(todo, { atOnce: CHECKED_AT_ONCE, signal }, async (file) => {
    const result = await checkFile(file);
    if (input.hashStore === null) progress.files++;
    tell();
    return result;
  });
  const files = input.hashStore === null ? checked : await hashAll(checked, input.hashStore, { signal, progress, tell });
  const wastedBytes = await findDuplicates(files);
  return { files, damaged: count(files, 'damaged'), misplaced: count(files, 'misplaced'), wastedBytes, problems: index.problems };
}

interface Hashing {
  signal: AbortSignal | undefined;
  progress: VerifyProgress;
  tell: () => void;
}

async function hashAll(checked: readonly CheckedFile[], store: string, { signal, progress, tell }: Hashing): Promise<CheckedFile[]> {
  using hashes = HashStore.open(store);
  progress.bytesTotal = checked.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  const onBytes = (bytes: number): void => {
    progress.bytes += bytes;
    tell();
  };
  const options = signal === undefined ? { onBytes } : { onBytes, signal };
  // awaited here: the store is closed on the way out
  return await mapSome(checked, { atOnce: HASHED_AT_ONCE, signal }, async (file) => {
    const result = await hashChecked(file, hashes, options);
    progress.files++;
    tell();
    return result;
  });
}

/** Works on some at a time, and gives the results in the order of the items. */
async function mapSome<Item, Result>(
  items: readonly Item[],
  { atOnce, signal }: { atOnce: number; signal: AbortSignal | undefined },
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [place, item] of queue) {
      signal?.throwIfAborted();
      results[place] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}

function count(files: readonly CheckedFile[], state: CheckedFile['state']): number {
  return files.filter((file) => file.state === state).length;
}
