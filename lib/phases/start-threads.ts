import type { FileMemory } from '../core/file-memory.ts';
import { isPlainJson } from '../workflow/containers/read-json.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import { type ReadingThreads, threadsFor } from '../workflow/reading-threads.ts';
import type { FileStamps } from './file-stamps.ts';

/** So many files, evenly from all, tell how large all together are. */
const SAMPLES = 64;

/**
 * Starts the threads that are worth it while nothing is remembered yet, so that they get ready while other things are seen to. Where
 * something is, only a look at each file tells how much there is to read.
 */
export function startThreads(
  files: readonly WorkflowPath[],
  threads: ReadingThreads,
  ports: { memory?: FileMemory; threadsFor?: (totalBytes: number) => number; stamps: FileStamps },
): void {
  if (!ports.memory?.isNew) return;
  const every = Math.max(1, Math.floor(files.length / SAMPLES));
  const sample = files.filter((_, index) => index % every === 0);
  const bytes = sample.reduce((sum, { path }) => sum + bytesToRead(path, ports.stamps.of(path)?.sizeBytes ?? 0), 0);
  threads.start((ports.threadsFor ?? threadsFor)((bytes * files.length) / Math.max(1, sample.length)));
}

/** Of a picture or a film only some headers are read. */
const MOST_BYTES_OF_MEDIA = 64 * 1024;

/** How much of a file is read, about. */
export function bytesToRead(path: string, sizeBytes: number): number {
  return isPlainJson(path) ? sizeBytes : Math.min(sizeBytes, MOST_BYTES_OF_MEDIA);
}
