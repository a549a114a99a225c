import type { DownloadConfig } from '../core/config.ts';
import type { Resolution } from '../core/model.ts';
import { findTargetRefusal } from './guard.ts';
import type { PlannedTransfer, RefusedDownload } from './plan.ts';
import { chooseTransfers, fromCopy } from './plan.ts';
import type { VolumeSpace } from './space.ts';
import { findMisfits, measureSpace } from './space.ts';
import type { Expectation } from './verify.ts';

/** What is about to be fetched, decided before the first byte. */
export interface PreparedDownloads {
  transfers: PlannedTransfer[];
  /** Never to be fetched as things stand: no folder, unsafe target, pickle not wanted, two files with one name. */
  refused: RefusedDownload[];
  /** Would be fetched if their disk had room. */
  misfits: RefusedDownload[];
  /** Volumes with the needs of every transfer on them, also of those that do not fit. */
  volumes: VolumeSpace[];
}

export interface PrepareOptions {
  config: Pick<DownloadConfig, 'allowPickle'>;
  allowedRoots: readonly string[];
  /** Absolute path of a file of this machine with the sha256 that is wanted; nobody looks when absent. */
  findCopy?: ((expected: Expectation) => Promise<string | undefined>) | undefined;
}

/**
 * Decides what becomes a transfer: looks at names, folders, links, free space and for bytes that are here already, and writes nothing.
 * Rejects when `findCopy` does.
 */
export async function prepareDownloads(resolutions: readonly Resolution[], options: PrepareOptions): Promise<PreparedDownloads> {
  const chosen = chooseTransfers(resolutions, options.config);
  const refused = [...chosen.refused];
  const safe: PlannedTransfer[] = [];
  for (const transfer of chosen.transfers) {
    const detail = await findTargetRefusal(transfer.savePath, options.allowedRoots);
    if (detail === null) safe.push(fromCopy(transfer, await options.findCopy?.(transfer.expected)));
    else refused.push({ resolution: transfer.resolution, trouble: { kind: 'target_refused', detail } });
  }
  const { needs, volumes } = await measureSpace(safe);
  const tooLarge = findMisfits(needs, volumes);
  const misfits = [...tooLarge].map(([{ resolution }, space]) => ({ resolution, trouble: { kind: 'disk_full', ...space } as const }));
  return { transfers: safe.filter((transfer) => !tooLarge.has(transfer)), refused, misfits, volumes };
}
