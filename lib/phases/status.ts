import type { Status } from '../state/schemas.ts';
import { isUnlocked } from '../state/lock.ts';
import type { StatePaths } from '../state/paths.ts';
import { emptyStatus, isWorking, markInterrupted, readStatus, writeStatus } from '../state/status.ts';

/**
 * The status of a state folder as it really is. A run that died in the middle of a phase could not say so: its status is put right, in
 * the file too. Before the first run there is no file, and the status is `idle`.
 */
export function currentStatus(state: StatePaths, now: Date): Status {
  const status = readStatus(state.status);
  if (!status) return emptyStatus({ command: '', runId: '', pid: 0 });
  if (!isWorking(status) || !isUnlocked(state.folder)) return status;
  const mended = markInterrupted(status, now);
  writeStatus(state.status, mended);
  return mended;
}
