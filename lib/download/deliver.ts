import type { Verification } from '../core/model.ts';
import { commitPart, removeLeftovers } from './commit.ts';
import type { EngineDeps, FetchPart } from './fetch-part.ts';
import { whileHeld } from './hold.ts';
import { linkLocal } from './local.ts';
import { diskError } from './disk-error.ts';
import type { PlannedSource, PlannedTransfer } from './plan.ts';
import type { FileFingerprint, HashFile } from './target.ts';
import { readTarget } from './target.ts';
import type { Trouble } from './trouble.ts';
import { BadContentError, TransferError } from './trouble.ts';
import { inTurn } from './turns.ts';

export interface DeliveryDeps extends EngineDeps {
  hashFile: HashFile;
  /** The engine that does the transfers. */
  fetchPart: FetchPart;
}

/** How a file came into its place, or why it did not. */
export type Delivery =
  | {
      kind: 'done';
      status: 'downloaded' | 'linked' | 'already_present';
      bytes: number;
      sha256: string | null;
      verified: Verification;
      /** Where it came from; `null` when it was there already. */
      source: PlannedSource | null;
    }
  | { kind: 'failed'; trouble: Trouble; heldBytes: number };

/**
 * Brings one file into its place: looks whether it is there, then tries its sources in order. Failures are data; rejects only with the
 * signal's reason, or when the program itself is wrong.
 */
export async function deliver(transfer: PlannedTransfer, deps: DeliveryDeps): Promise<Delivery> {
  let heldBytes = 0;
  const onProgress = (done: number, total: number | null): void => {
    heldBytes = done;
    deps.onProgress(done, total);
  };
  try {
    return await inTurn(transfer.savePath, () => whileHeld(transfer.savePath, () => bring(transfer, { ...deps, onProgress })));
  } catch (error) {
    deps.signal.throwIfAborted();
    const known = diskError(error);
    if (!(known instanceof TransferError)) throw error;
    return { kind: 'failed', trouble: known.trouble, heldBytes };
  }
}

async function bring(transfer: PlannedTransfer, deps: DeliveryDeps): Promise<Delivery> {
  const { savePath, expected } = transfer;
  const state = await readTarget(savePath, expected, deps.hashFile);
  if (state.kind === 'whole') {
    await removeLeftovers(savePath);
    const { bytes, sha256, verified } = state;
    return { kind: 'done', status: 'already_present', bytes, sha256, verified, source: null };
  }
  if (state.kind === 'taken') throw new TransferError({ kind: 'target_taken', detail: state.detail });
  return trySources({ transfer, damaged: state.kind === 'damaged' ? state.fingerprint : null, deps });
}

/** A file of this machine that has changed since it was found says less of what is wrong than any other failure. */
async function trySources(attempt: Attempt): Promise<Delivery> {
  const { transfer, deps } = attempt;
  let first: TransferError | undefined;
  for (const source of transfer.sources) {
    try {
      return source.kind === 'local' ? await takeLocal(source, attempt) : await takeFromHttp(source, attempt);
    } catch (error) {
      deps.signal.throwIfAborted();
      const known = diskError(error);
      if (!(known instanceof TransferError) || endsAllSources(known.trouble, transfer)) throw known;
      if (first === undefined || first.trouble.kind === 'local_changed') first = known;
    }
  }
  throw first;
}

/**
 * Troubles with the place where the file is to be, or with who fetches it: no other source helps. A file that is too large for the disk may
 * only be so by what one source says of it.
 */
function endsAllSources(trouble: Trouble, { expected }: PlannedTransfer): boolean {
  return (
    (trouble.kind === 'disk_full' && (trouble.needed === null || expected.sizeBytes !== null)) ||
    trouble.kind === 'disk' ||
    trouble.kind === 'target_taken' ||
    trouble.kind === 'in_use' ||
    trouble.kind === 'engine'
  );
}

interface Attempt {
  transfer: PlannedTransfer;
  damaged: FileFingerprint | null;
  deps: DeliveryDeps;
}

async function takeLocal(source: Extract<PlannedSource, { kind: 'local' }>, attempt: Attempt): Promise<Delivery> {
  const { transfer, damaged, deps } = attempt;
  const linked = await linkLocal({
    foundAt: source.path,
    savePath: transfer.savePath,
    expected: transfer.expected,
    damaged,
    hashFile: deps.hashFile,
    hashes: deps.hashes,
    signal: deps.signal,
    onProgress: (bytes) => deps.onProgress(bytes, transfer.expected.sizeBytes),
  });
  await removeLeftovers(transfer.savePath);
  return { kind: 'done', status: 'linked', ...linked, source };
}

/** Bytes that turn out bad may have been damaged on the way: once more from the beginning, then this source is given up. */
async function takeFromHttp(source: Extract<PlannedSource, { kind: 'http' }>, attempt: Attempt): Promise<Delivery> {
  try {
    return await fetchAndCommit(source, attempt);
  } catch (error) {
    if (!(error instanceof BadContentError) || !error.worthAnotherTry) throw error;
    return await fetchAndCommit(source, attempt);
  }
}

async function fetchAndCommit(source: Extract<PlannedSource, { kind: 'http' }>, attempt: Attempt): Promise<Delivery> {
  const { transfer, damaged, deps } = attempt;
  const proven = await deps.fetchPart({ url: source.url, expected: transfer.expected }, transfer.savePath, deps);
  await commitPart(transfer.savePath, proven.bytes, damaged);
  return { kind: 'done', status: 'downloaded', ...proven, source };
}
