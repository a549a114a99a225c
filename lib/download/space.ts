import { lstatSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import { nearestFolder } from './guard.ts';
import { occupiedBytes } from './part-names.ts';
import type { PlannedTransfer } from './plan.ts';
import { RESERVE_BYTES } from './room.ts';

/** What a transfer takes of the volume that its target is on. */
export interface SpaceNeed {
  transfer: PlannedTransfer;
  /** Names the volume: its device number. */
  device: number;
  /** Bytes that are still to be written; 0 when the size is not known. */
  neededBytes: number;
}

/** A volume that models are to be put on. */
export interface VolumeSpace {
  device: number;
  /** The first target's folder on it, for people. */
  path: string;
  freeBytes: number;
  /** Sum over its transfers, less what their parts hold already. */
  neededBytes: number;
  /** How many transfers have an unknown size. */
  unknownSizes: number;
}

/** Measures what each transfer needs and what each volume has. */
export async function measureSpace(transfers: readonly PlannedTransfer[]): Promise<{ needs: SpaceNeed[]; volumes: VolumeSpace[] }> {
  const needs: SpaceNeed[] = [];
  const volumes = new Map<number, VolumeSpace>();
  for (const transfer of transfers) {
    const folder = (await nearestFolder(dirname(transfer.savePath)))?.existing;
    if (folder === undefined) continue;
    const { dev: device } = await stat(folder);
    const neededBytes = await countNeeded(transfer, device);
    needs.push({ transfer, device, neededBytes });
    const volume = volumes.get(device) ?? { device, path: folder, freeBytes: await readFree(folder), neededBytes: 0, unknownSizes: 0 };
    volume.neededBytes += neededBytes;
    if (transfer.expected.sizeBytes === null) volume.unknownSizes++;
    volumes.set(device, volume);
  }
  return { needs, volumes: [...volumes.values()] };
}

/** Which transfers do not fit any more, when those before them have been given what they need. */
export function findMisfits(
  needs: readonly SpaceNeed[],
  volumes: readonly VolumeSpace[],
): Map<PlannedTransfer, { needed: number; free: number }> {
  const left = new Map(volumes.map((volume) => [volume.device, volume.freeBytes - RESERVE_BYTES]));
  const misfits = new Map<PlannedTransfer, { needed: number; free: number }>();
  for (const { transfer, device, neededBytes } of needs) {
    const free = left.get(device) ?? 0;
    if (neededBytes > free && neededBytes > 0) misfits.set(transfer, { needed: neededBytes, free: Math.max(0, free) });
    else left.set(device, free - neededBytes);
  }
  return misfits;
}

async function countNeeded(transfer: PlannedTransfer, device: number): Promise<number> {
  const size = transfer.expected.sizeBytes ?? 0;
  if (sizeOf(transfer.savePath) === size) return 0;
  const [source] = transfer.sources;
  if (source.kind === 'local' && (await isOnDevice(source.path, device))) return 0;
  return Math.max(0, size - occupiedBytes(transfer.savePath));
}

async function readFree(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function isOnDevice(path: string, device: number): Promise<boolean> {
  return stat(path).then(
    (found) => found.dev === device,
    () => false,
  );
}

function sizeOf(path: string): number | undefined {
  try {
    return lstatSync(path).size;
  } catch {
    return undefined;
  }
}
