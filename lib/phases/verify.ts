import type { ModelFolders } from '../comfy/model-folders.ts';
import type { Emit } from '../core/events.ts';
import { formatBytes } from '../core/units.ts';
import { checkFile, filesToCheck, findDuplicates, type CheckedFile } from '../library/check-files.ts';
import { HashStore } from '../library/hash-store.ts';
import { listModels } from '../library/walk.ts';

export interface VerifyInput {
  folders: ModelFolders;
  /** Where hashes are kept between runs; `null` computes none. */
  hashStore: string | null;
}

export interface VerifyPorts {
  emit: Emit;
  signal: AbortSignal;
}

export interface VerifyResult {
  /** Every model file, sorted by path. */
  files: CheckedFile[];
  damaged: number;
  /** Whole files in a folder that has no use for them. */
  misplaced: number;
  /** What copies with the same content take beyond the first; 0 without hashes. */
  wastedBytes: number;
}

const CHECKED_AT_ONCE = 8;

/** Checks every model file of the library: its structure always, its sha256 when asked. Rejects only when the signal aborts. */
export async function runVerify(input: VerifyInput, { emit, signal }: VerifyPorts): Promise<VerifyResult> {
  emit({ type: 'phase_started', phase: 'scanning' });
  const index = await listModels(input.folders, signal);
  for (const { code, path, reason } of index.problems)
    emit({ type: 'note', component: code, level: 'warn', message: `${path}: ${reason}` });
  emit({ type: 'local_models_found', count: index.modelCount });
  using hashes = input.hashStore === null ? undefined : HashStore.open(input.hashStore);
  const todo = filesToCheck(index);
  const files: CheckedFile[] = [];
  for (let start = 0; start < todo.length; start += CHECKED_AT_ONCE) {
    signal.throwIfAborted();
    const batch = todo.slice(start, start + CHECKED_AT_ONCE);
    files.push(...(await Promise.all(batch.map((file) => checkFile(file, hashes, signal)))));
    emit({ type: 'phase_progress', phase: 'scanning', current: files.length, total: todo.length });
  }
  const wastedBytes = await findDuplicates(files);
  for (const file of files) report(file, emit);
  if (wastedBytes > 0) emit({ type: 'note', component: 'duplicates', level: 'info', message: `Copies take ${formatBytes(wastedBytes)}` });
  emit({ type: 'phase_finished', phase: 'scanning' });
  return { files, damaged: count(files, 'damaged'), misplaced: count(files, 'misplaced'), wastedBytes };
}

function report(file: CheckedFile, emit: Emit): void {
  if (file.state === 'damaged') emit({ type: 'note', component: 'damaged', level: 'warn', message: `${file.path}: ${file.damage ?? ''}` });
  if (file.state !== 'misplaced') return;
  const message = `${file.path}: a ${file.detectedType ?? 'file'} in ${file.directories.join(', ')}`;
  emit({ type: 'note', component: 'misplaced', level: 'warn', message });
}

function count(files: readonly CheckedFile[], state: CheckedFile['state']): number {
  return files.filter((file) => file.state === state).length;
}
