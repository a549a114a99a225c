import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { HttpClient } from '../core/http/client.ts';
import type { Verification } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { redactUrl } from '../core/secrets.ts';
import { commitPart, removeLeftovers } from './commit.ts';
import type { GrowingHash, HashPool } from './hash-pool.ts';
import { linkLocal } from './local.ts';
import type { RateLimit } from './pace.ts';
import { diskError } from './disk-error.ts';
import { PartFile } from './part-file.ts';
import type { PlannedSource, PlannedTransfer } from './plan.ts';
import type { FileFingerprint, HashFile } from './target.ts';
import { readTarget } from './target.ts';
import type { HttpSource, TransferSettings } from './transfer.ts';
import { Transfer } from './transfer.ts';
import type { Trouble } from './trouble.ts';
import { BadContentError, TransferError } from './trouble.ts';
import { verifyArrived } from './verify.ts';

export interface DeliveryDeps {
  http: HttpClient;
  ports: Pick<Ports, 'sleep' | 'now'>;
  rate: RateLimit;
  settings: TransferSettings;
  hashFile: HashFile;
  hashes: HashPool;
  signal: AbortSignal;
  /** Bytes that are there now, and the size as far as it is known. */
  onProgress: (bytesDone: number, bytesTotal: number | null) => void;
  onResume: (fromBytes: number) => void;
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
  try {
    const { savePath, expected } = transfer;
    const state = await readTarget(savePath, expected, deps.hashFile);
    if (state.kind === 'whole') {
      await removeLeftovers(savePath);
      const { bytes, sha256, verified } = state;
      return { kind: 'done', status: 'already_present', bytes, sha256, verified, source: null };
    }
    if (state.kind === 'taken') throw new TransferError({ kind: 'target_taken', detail: state.detail });
    await mkdir(dirname(savePath), { recursive: true });
    const damaged = state.kind === 'damaged' ? state.fingerprint : null;
    return await trySources(transfer, damaged, {
      ...deps,
      onProgress: (done, total) => {
        heldBytes = done;
        deps.onProgress(done, total);
      },
    });
  } catch (error) {
    deps.signal.throwIfAborted();
    const known = diskError(error);
    if (!(known instanceof TransferError)) throw error;
    return { kind: 'failed', trouble: known.trouble, heldBytes };
  }
}

async function trySources(transfer: PlannedTransfer, damaged: FileFingerprint | null, deps: DeliveryDeps): Promise<Delivery> {
  let first: unknown;
  for (const source of transfer.sources) {
    try {
      return source.kind === 'local'
        ? await takeLocal(source, { transfer, damaged, deps })
        : await takeFromHttp(source, { transfer, damaged, deps });
    } catch (error) {
      deps.signal.throwIfAborted();
      const known = diskError(error);
      if (!(known instanceof TransferError) || endsAllSources(known.trouble)) throw known;
      first ??= known;
    }
  }
  throw first;
}

/** Troubles with the place where the file is to be: no other source helps. */
function endsAllSources(trouble: Trouble): boolean {
  return trouble.kind === 'disk_full' || trouble.kind === 'disk' || trouble.kind === 'target_taken' || trouble.kind === 'in_use';
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
  const part = PartFile.open(transfer.savePath, { url: redactUrl(source.url), sha256: transfer.expected.sha256 });
  let isBad = false;
  try {
    const proven = await fetchProven({ url: source.url, expected: transfer.expected }, part, deps);
    await part.close();
    await commitPart(transfer.savePath, proven.bytes, damaged);
    return { kind: 'done', status: 'downloaded', ...proven, source };
  } catch (error) {
    isBad = error instanceof BadContentError;
    throw error;
  } finally {
    await (isBad ? part.discard() : part.close());
  }
}

interface ProvenPart {
  bytes: number;
  sha256: string | null;
  verified: Verification;
}

async function fetchProven(source: HttpSource, part: PartFile, deps: DeliveryDeps): Promise<ProvenPart> {
  const hash = deps.hashes.follow(part.path, part.descriptor);
  try {
    const report = (): void => deps.onProgress(part.heldBytes, part.identity.total ?? source.expected.sizeBytes);
    if (part.heldBytes > 0) deps.onResume(part.heldBytes);
    hash.advance(part.frontBytes, { needed: source.expected.sha256 !== null });
    report();
    const transfer = new Transfer(source, { part, hash }, { ...deps, onProgress: report });
    await transfer.run();
    return await proveArrived(part, hash, { source, transfer, signal: deps.signal });
  } finally {
    hash.close();
  }
}

async function proveArrived(
  part: PartFile,
  hash: GrowingHash,
  context: { source: HttpSource; transfer: Transfer; signal: AbortSignal },
): Promise<ProvenPart> {
  const { source, transfer, signal } = context;
  const bytes = part.heldBytes;
  const expected = { ...source.expected, sha256: transfer.knownSha256 };
  const isWanted = expected.sha256 !== null || !hash.isLeftOut;
  const [sha256] = await Promise.all([isWanted ? hash.finish(bytes, signal) : null, part.flush()]);
  const verified = await verifyArrived({ path: part.path, bytes, sha256, lengthWasAnnounced: transfer.lengthWasAnnounced }, expected);
  return { bytes, sha256, verified };
}
