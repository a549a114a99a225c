import type { HttpClient } from '../core/http/client.ts';
import type { Verification } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { redactUrl } from '../core/secrets.ts';
import type { GrowingHash, HashPool } from './hash-pool.ts';
import type { RateLimit } from './pace.ts';
import { PartFile } from './part-file.ts';
import type { HttpSource } from './intake.ts';
import type { TransferSettings } from './transfer.ts';
import { Transfer } from './transfer.ts';
import { BadContentError } from './trouble.ts';
import { verifyArrived } from './verify.ts';

export interface EngineDeps {
  http: HttpClient;
  ports: Pick<Ports, 'sleep' | 'now'>;
  rate: RateLimit;
  settings: TransferSettings;
  hashes: HashPool;
  signal: AbortSignal;
  /** Bytes that are there now, and the size as far as it is known. */
  onProgress: (bytesDone: number, bytesTotal: number | null) => void;
  onResume: (fromBytes: number) => void;
}

/** A part that holds the whole file, on the disk and verified: it only lacks its name. */
export interface ProvenPart {
  bytes: number;
  /** `null` when nobody needed it. */
  sha256: string | null;
  verified: Verification;
}

/**
 * Fetches a file from one source into the part beside its target (`partPathOf`), from where an earlier run stopped, and proves it.
 * Throws `TransferError`, and the signal's reason when it aborts; what has arrived stays, unless it has been proven bad
 * (`BadContentError`).
 */
export type FetchPart = (source: HttpSource, savePath: string, deps: EngineDeps) => Promise<ProvenPart>;

/** The engine of this program itself. */
export const fetchPart: FetchPart = async (source, savePath, deps) => {
  const part = PartFile.open(savePath, { url: redactUrl(source.url), sha256: source.expected.sha256 });
  let isBad = false;
  try {
    return await fetchProven(source, part, deps);
  } catch (error) {
    isBad = error instanceof BadContentError;
    throw error;
  } finally {
    await (isBad ? part.discard() : part.close());
  }
};

async function fetchProven(source: HttpSource, part: PartFile, deps: EngineDeps): Promise<ProvenPart> {
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
