import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { z } from 'zod';

import type { ContentIdentity } from './identity.ts';
import type { ProcessIdentity } from './process.ts';
import { bootIdentity, isSameBoot } from './process.ts';
import type { ByteRange } from './ranges.ts';
import { clipRanges, normaliseRanges } from './ranges.ts';

/** Lines that are added before the sidecar is written whole again. */
const LONGEST_TAIL_BYTES = 64 * 1024;

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
  /** The process that is writing now, `null` when it has closed the part. */
  writer: z.object({ pid: z.number().int().positive(), started: z.string().nullable() }).nullable(),
  written: z.array(rangeSchema),
  durable: z.array(rangeSchema),
});

/** What is known of a `.part` file: whose bytes they are, and which of them are there. */
export interface Sidecar {
  url: string;
  /** The sha256 that the whole file is to have, lower-case hex. */
  sha256: string | null;
  identity: ContentIdentity;
  /** The process that writes the part now, `null` when nobody does. */
  writer: ProcessIdentity | null;
  /** Handed to the system: they outlive this process, not a power failure. */
  written: readonly ByteRange[];
  /** Known to be on the disk. */
  durable: readonly ByteRange[];
}

/**
 * Reads the sidecar of a part: its first line is the state when it was last written whole, every further line a range that has come
 * since. When the machine was started anew in the meantime, `written` is what was known to be on the disk. `undefined` when there is
 * no sidecar or it is none of ours.
 */
export function readSidecar(path: string, boot: string = bootIdentity()): Sidecar | undefined {
  const [first = '', ...added] = readText(path).split('\n');
  const parsed = sidecarSchema.safeParse(parseJson(first));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const durable = readRanges(data.durable, data.total);
  return {
    url: data.url,
    sha256: data.sha256,
    writer: isSameBoot(data.boot, boot) ? data.writer : null,
    identity: { linkedEtag: data.linked_etag, etag: data.etag, lastModified: data.last_modified, total: data.total },
    written: isSameBoot(data.boot, boot) ? readRanges([...data.written, ...readLines(added)], data.total) : durable,
    durable,
  };
}

/** Keeps the sidecar of one part. Replacing it costs the disk some work, adding a line next to nothing. */
export class SidecarWriter {
  readonly #path: string;
  readonly #boot = bootIdentity();
  #descriptor: number | undefined;
  #addedBytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Enough lines have come that the whole should be written again. */
  get isLong(): boolean {
    return this.#addedBytes > LONGEST_TAIL_BYTES;
  }

  /** Replaces the sidecar as a whole. With `durable` it is on the disk when this returns. */
  replace(sidecar: Sidecar, options: { durable: boolean }): void {
    const temporary = `${this.#path}.new`;
    // Never through a link that stands there, and not into what a killed process has left.
    rmSync(temporary, { force: true });
    const descriptor = openSync(temporary, 'wx');
    try {
      writeSync(descriptor, `${JSON.stringify(toWire(sidecar, this.#boot))}\n`);
      if (options.durable) fsyncSync(descriptor);
      renameSync(temporary, this.#path);
    } catch (error) {
      closeSync(descriptor);
      rmSync(temporary, { force: true });
      throw error;
    }
    this.close();
    this.#descriptor = descriptor;
    this.#addedBytes = 0;
  }

  /** Adds ranges that have come. Does nothing before the first `replace`. */
  add(ranges: readonly ByteRange[]): void {
    if (this.#descriptor === undefined) return;
    const lines = ranges.map((range) => `${JSON.stringify(fromRange(range))}\n`).join('');
    this.#addedBytes += writeSync(this.#descriptor, lines);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

export function removeSidecar(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path}.new`, { force: true });
}

/** Whatever stands there: no byte counts twice, and none behind the end. */
function readRanges(ranges: readonly [number, number][], total: number | null): ByteRange[] {
  return clipRanges(normaliseRanges(ranges.map(toRange)), total ?? Infinity);
}

/** A line that a power failure or a kill has torn ends the list. */
function readLines(lines: readonly string[]): [number, number][] {
  const read: [number, number][] = [];
  for (const line of lines) {
    const parsed = rangeSchema.safeParse(parseJson(line));
    if (!parsed.success) break;
    read.push(parsed.data);
  }
  return read;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toWire(sidecar: Sidecar, boot: string): z.infer<typeof sidecarSchema> {
  return {
    version: 1,
    url: sidecar.url,
    sha256: sidecar.sha256,
    linked_etag: sidecar.identity.linkedEtag,
    etag: sidecar.identity.etag,
    last_modified: sidecar.identity.lastModified,
    total: sidecar.identity.total,
    boot,
    writer: sidecar.writer,
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
