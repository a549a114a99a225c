import { lstatSync } from 'node:fs';
import { basename } from 'node:path';

import { partPathOf, sidecarPathOf } from './part-names.ts';
import { TransferError } from './trouble.ts';

/**
 * `true` for the part of another program: browsers give theirs the same name. One of ours has its sidecar before its first byte, and as long
 * as it stands.
 */
export function isForeignPart(target: string): boolean {
  const part = lstatSync(partPathOf(target), { throwIfNoEntry: false });
  return (
    part?.isFile() === true &&
    part.nlink === 1 &&
    part.size > 0 &&
    lstatSync(sidecarPathOf(target), { throwIfNoEntry: false }) === undefined
  );
}

/** Throws `TransferError` of kind `target_taken` for the part of another program. */
export function assertOwnPart(target: string): void {
  if (!isForeignPart(target)) return;
  throw new TransferError({
    kind: 'target_taken',
    detail: `Another program downloads ${basename(partPathOf(target))}, or has left it there`,
  });
}
