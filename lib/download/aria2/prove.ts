import { closeSync, fdatasync, openSync, statSync } from 'node:fs';
import { promisify } from 'node:util';

import { diskError, onDisk } from '../disk-error.ts';
import type { EngineDeps, ProvenPart } from '../fetch-part.ts';
import { compareIdentity, isRecognisable, promisedSha256 } from '../identity.ts';
import type { HttpSource } from '../intake.ts';
import { BadContentError, TransferError } from '../trouble.ts';
import { verifyArrived } from '../verify.ts';
import type { DirectLink } from './direct-link.ts';
import { findDirectLink } from './direct-link.ts';

const syncToDisk = promisify(fdatasync);

/** A part that aria2 says it has finished. */
export interface FetchedPart {
  source: HttpSource;
  part: { readonly path: string };
  deps: EngineDeps;
}

/**
 * Judges what is there, whatever the daemon says, and forces it to the disk. Throws `BadContentError` when it is not the file that is
 * wanted, `TransferError` of kind `engine` when this machine does not see what the daemon has written.
 */
export async function proveFetched(link: DirectLink, fetched: FetchedPart): Promise<ProvenPart> {
  const { part, source, deps } = fetched;
  const bytes = sizeOf(part.path);
  if (bytes === undefined || (link.identity.total !== null && bytes !== link.identity.total)) {
    throw new TransferError({ kind: 'engine', detail: `aria2 says that it is done, and ${part.path} is not there` });
  }
  const sha256 = knownSha256(link, source);
  if (sha256 === null) await rejectChanged(link, fetched);
  const arrived = {
    path: part.path,
    bytes,
    sha256: await readBack(fetched, { bytes, isHashed: sha256 !== null }),
    lengthWasAnnounced: link.identity.total !== null,
  };
  const verified = await verifyArrived(arrived, { ...source.expected, sha256 });
  deps.onProgress(bytes, bytes);
  return { bytes, sha256: arrived.sha256, verified };
}

/** The sha256 that the file is to have, as was known before or as its source promises. */
export function knownSha256(link: DirectLink, source: HttpSource): string | null {
  return source.expected.sha256 ?? promisedSha256(link.identity);
}

/** Size of a file in bytes, `undefined` when there is none. */
export function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/**
 * Without a sha256 nothing else shows that no piece is of a file that has taken the place of the first one meanwhile. What came over one
 * connection is of one file.
 */
async function rejectChanged(link: DirectLink, { source, deps }: FetchedPart): Promise<void> {
  const now = await findDirectLink(source, { ...deps, stallMs: deps.settings.stallMs });
  const verdict = compareIdentity(link.identity, now.identity);
  if (verdict === 'same' || (verdict === 'unknown' && !isRecognisable(link.identity))) return;
  throw new BadContentError({ kind: 'protocol', detail: 'The file changed while it was fetched' }, { worthAnotherTry: true });
}

async function readBack({ part, deps }: FetchedPart, options: { bytes: number; isHashed: boolean }): Promise<string | null> {
  const descriptor = onDisk(() => openSync(part.path, 'r+'));
  const hash = deps.hashes.follow(part.path, descriptor);
  try {
    const hashed = options.isHashed ? hash.finish(options.bytes, deps.signal) : null;
    const [sha256] = await Promise.all([hashed, syncToDisk(descriptor)]);
    return sha256;
  } catch (error) {
    throw diskError(error);
  } finally {
    hash.close();
    closeSync(descriptor);
  }
}
