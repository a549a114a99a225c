import { ToolkitError } from '../core/error.ts';
import { whileUnlocked } from '../state/lock.ts';
import type { StatePaths } from '../state/paths.ts';
import type { Status } from '../state/schemas.ts';
import { emptyStatus, isWorking, markInterrupted, readStatus, writeStatus } from '../state/status.ts';

/**
 * The status of a state folder as it really is. A run that died in the middle of a phase could not say so: its status is put right, in
 * the file too where that can be written. Before the first run there is no file, and the status is `idle`.
 */
export function currentStatus(state: StatePaths, now: Date): Status {
  const status = readStatus(state.status);
  if (!status) return emptyStatus({ command: '', runId: '', pid: 0 });
  if (!isWorking(status)) return status;
  return whileUnlocked(state.folder, () => mend(state, { seen: status, now })) ?? status;
}

/** Looks again under the lock: the run may have ended well, or another begun, since its status was read. */
function mend(state: StatePaths, { seen, now }: { seen: Status; now: Date }): Status {
  const status = readStatus(state.status) ?? seen;
  if (!isWorking(status)) return status;
  const mended = markInterrupted(status, now);
  try {
    writeStatus(state.status, mended);
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error; // a folder that is read only for this user: what is so can be said all the same
  }
  return mended;
}
