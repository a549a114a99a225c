import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { z } from 'zod';

import type { ContentIdentity } from './identity.ts';
import type { ByteRange } from './ranges.ts';

/** Clocks and the uptime are read one after the other and drift a little: within this many seconds two boots are one. */
const SAME_BOOT_SECONDS = 10;

const rangeSchema = z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]);

const sidecarSchema = z.strictObject({
  version: z.literal(1),
  /** Public URL without its secret parameters: for a person who wonders what the file is. */
  url: z.string(),
  sha256: z.string().nullable(),
  linked_etag: z.string().nullable(),
  etag: z.string().nullable(),
  last_modified: z.string().nullable(),
  total: z.number().int().nonnegative().nullable(),
  boot: z.string(),
  written: z.array(rangeSchema),
  durable: z.array(rangeSchema),
});

/** What is known of a `.part` file: whose bytes they are, and which of them are there. */
export interface Sidecar {
  url: string;
  /** The sha256 that the whole file is to have, lower-case hex. */
  sha256: string | null;
  identity: ContentIdentity;
  /** Handed to the system: they outlive this process, not a power failure. */
  written: readonly ByteRange[];
  /** Known to be on the disk. */
  durable: readonly ByteRange[];
}

/**
 * Reads the sidecar of a part. When the machine was started anew since it was written, `written` is what was known to be on the disk.
 * `undefined` when there is none or it is none of ours.
 */
export function readSidecar(path: string, boot: string = bootIdentity()): Sidecar | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  const parsed = sidecarSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const durable = data.durable.map(toRange);
  return {
    url: data.url,
    sha256: data.sha256,
    identity: { linkedEtag: data.linked_etag, etag: data.etag, lastModified: data.last_modified, total: data.total },
    written: isSameBoot(data.boot, boot) ? data.written.map(toRange) : durable,
    durable,
  };
}

/** Replaces the sidecar as a whole. With `durable` it is on the disk when this returns. */
export function writeSidecar(path: string, sidecar: Sidecar, options: { durable: boolean }): void {
  const temporary = `${path}.new`;
  const descriptor = openSync(temporary, 'w');
  try {
    writeSync(descriptor, JSON.stringify(toWire(sidecar)));
    if (options.durable) fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
}

export function removeSidecar(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path}.new`, { force: true });
}

/** Tells one start of this machine from another: the kernel's own id, elsewhere the second of the start. */
export function bootIdentity(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return String(Math.round(Date.now() / 1000 - uptime()));
  }
}

function isSameBoot(written: string, now: string): boolean {
  if (written === now) return true;
  return /^\d+$/.test(written) && /^\d+$/.test(now) && Math.abs(Number(written) - Number(now)) <= SAME_BOOT_SECONDS;
}

function toWire(sidecar: Sidecar): z.infer<typeof sidecarSchema> {
  return {
    version: 1,
    url: sidecar.url,
    sha256: sidecar.sha256,
    linked_etag: sidecar.identity.linkedEtag,
    etag: sidecar.identity.etag,
    last_modified: sidecar.identity.lastModified,
    total: sidecar.identity.total,
    boot: bootIdentity(),
    written: sidecar.written.map(fromRange),
    durable: sidecar.durable.map(fromRange),
  };
}

function toRange([start, end]: [number, number]): ByteRange {
  return { start, end };
}

function fromRange({ start, end }: ByteRange): [number, number] {
  return [start, end];
}
