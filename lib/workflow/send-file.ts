import { type FileStamp, look, makeStamp } from '../core/file-memory.ts';
import { isPlainJson, sendJson } from './containers/read-json.ts';
import type { SkeletonPlace } from './skim/skeleton-queue.ts';

/**
 * Makes the skeleton of a file for another thread, which reads it with `readSentFile`; nodes of the types in `plain` need not be whole.
 * Returns the state in which the file was found right before; `undefined` where that thread has to read the file: it is of another kind,
 * cannot be read, or has no skeleton.
 */
export function sendFile(path: string, how: { plain: readonly string[]; to: SkeletonPlace }): FileStamp | undefined {
  const found = isPlainJson(path) ? look(path) : undefined;
  if (found === undefined || !found.isFile() || found.size === 0) return undefined;
  const stamp = makeStamp(found, new Date());
  try {
    return sendJson(path, found.size, how) ? stamp : undefined;
  } catch {
    return undefined;
  }
}
