import { statfsSync, statSync } from 'node:fs';

import { TransferError } from './trouble.ts';

/** Left free on every volume: a disk that is full to the last byte makes other programs fail. */
export const RESERVE_BYTES = 16 * 1024 * 1024;

/** What a part still needs of its disk. */
interface Claim {
  device: number;
  missingBytes: () => number;
}

/** Of every part that this process writes, whichever run it belongs to: the disk is one. */
const CLAIMS = new Set<Claim>();

/**
 * Keeps room on a folder's disk for a file whose size has just become known, beside what the others under way still need: better none of
 * it than all of them half. Returns what gives the room back. Throws `TransferError` of kind `disk_full`.
 */
export function claimRoom(folder: string, missingBytes: () => number): () => void {
  const { dev: device } = statSync(folder);
  const { bavail, bsize } = statfsSync(folder);
  const promised = [...CLAIMS].reduce((sum, claim) => (claim.device === device ? sum + claim.missingBytes() : sum), 0);
  const free = Math.max(0, bavail * bsize - RESERVE_BYTES - promised);
  const needed = missingBytes();
  if (needed > free) throw new TransferError({ kind: 'disk_full', needed, free });
  const claim = { device, missingBytes };
  CLAIMS.add(claim);
  return () => void CLAIMS.delete(claim);
}
