import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import { systemErrorCode } from '../core/error.ts';
import { diskError, onDisk } from './disk-error.ts';
import type { ContentIdentity } from './identity.ts';
import { UNKNOWN_IDENTITY } from './identity.ts';
import { reserveBlocks, startWriting } from './linux-disk.ts';
import { assertOwnPart } from './own-part.ts';
import { controlPathOf, partPathOf, sidecarPathOf } from './part-names.ts';
import type { ProcessIdentity } from './process.ts';
import { isOtherLiveProcess, ownIdentity } from './process.ts';
import type { ByteRange } from './ranges.ts';
import { addRange, clipRanges, contiguousFront, countBytes, firstGap, missingRanges } from './ranges.ts';
import { claimRoom } from './room.ts';
import type { Sidecar } from './sidecar.ts';
import { readSidecar, removeSidecar, SidecarWriter } from './sidecar.ts';
import type { Gain } from './solo.ts';
import { TransferError } from './trouble.ts';

/** How closely the sidecar follows the part: what a killed process loses at most. Every note costs the disk's journal a turn. */
const NOTE_EVERY_MS = 20;
/** How often the bytes are forced to the disk and the sidecar says so: what a power failure loses at most. */
const SYNC_EVERY_MS = 5_000;
/**
 * So many bytes are given to the disk in between too, so that it works while the network does and little is left at the end. Where it cannot
 * just be told to begin they are forced to it: more at once makes writes wait for it (measured 2026-11: 64 MiB cost a tenth of the whole
 * time); a slow disk gets more by itself, since the next turn begins when the one before is done.
 */
const START_EVERY_BYTES = 8 * 1024 * 1024;

const syncToDisk = promisify(fdatasync);

/** Whose bytes a part is to hold. */
export interface PartSubject {
  /** Shown to people only; without secrets. */
  url: string;
  sha256: string | null;
}

/**
 * A file under construction beside its target: bytes at any position, and a sidecar that knows which are there. Nothing in it counts
 * until the caller has verified it. Every method throws `TransferError` of kind `disk_full` or `disk` when the disk refuses.
 */
export class PartFile {
  readonly path: string;
  readonly #sidecarPath: string;
  readonly #sidecar: SidecarWriter;
  readonly #descriptor: number;
  readonly #subject: PartSubject;
  #writer: ProcessIdentity | null = ownIdentity();
  #identity: ContentIdentity = UNKNOWN_IDENTITY;
  /** Where the content turned out to end; only this process has seen it. */
  #endsAt: number | null = null;
  #written: ByteRange[] = [];
  #durable: ByteRange[] = [];
  #notedAt = 0;
  #syncNotedAt = performance.now();
  /** Written since the disk was last told of them. */
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  /** Written, and not yet in the sidecar. */
  #unnoted: ByteRange[] = [];
  #writingMs = 0;
  #closed = false;
  #giveRoomBack = (): void => undefined;
  /** The size that room is kept for. */
  #roomFor: number | null = null;

  private constructor(target: string, descriptor: number, subject: PartSubject) {
    this.path = partPathOf(target);
    this.#sidecarPath = sidecarPathOf(target);
    this.#sidecar = new SidecarWriter(this.#sidecarPath);
    this.#descriptor = descriptor;
    this.#subject = subject;
  }

  /**
   * Opens the part of a target, or begins one. What another run left is taken up when its sidecar says that they are bytes of the same
   * sha256, or from the same URL while one of the two is not known. Throws `TransferError` of kind `in_use` while another process writes
   * it, and `target_taken` for the part of another program.
   */
  static open(target: string, subject: PartSubject): PartFile {
    return onDisk(() => {
      const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
      const sidecar = readSidecar(sidecarPathOf(target));
      if (sidecar?.writer && isOtherLiveProcess(sidecar.writer)) throw new TransferError({ kind: 'in_use', pid: sidecar.writer.pid });
      assertOwnPart(target);
      setApartFromOthers(target);
      rmSync(controlPathOf(target), { force: true });
      const part = new PartFile(target, openSync(partPathOf(target), O_RDWR | O_CREAT | O_NOFOLLOW, 0o666), subject);
      try {
        part.#takeUp(sidecar);
        part.#save(false);
      } catch (error) {
        closeSync(part.#descriptor);
        throw error;
      }
      return part;
    });
  }

  get descriptor(): number {
    return this.#descriptor;
  }

  get identity(): ContentIdentity {
    return this.#identity;
  }

  get written(): readonly ByteRange[] {
    return this.#written;
  }

  /** Bytes that are there. */
  get heldBytes(): number {
    return countBytes(this.#written);
  }

  /** With the time that writing has taken in this process. */
  get gain(): Gain {
    return { bytes: this.heldBytes, writingMs: this.#writingMs };
  }

  /** Bytes that are there from the beginning on without a gap. */
  get frontBytes(): number {
    return contiguousFront(this.#written);
  }

  /** `true` when the size is known and every byte is there. */
  get complete(): boolean {
    return this.frontBytes === (this.#endsAt ?? this.#identity.total);
  }

  /** `true` when the byte at `position` is there. */
  holds(position: number): boolean {
    return this.#written.some(({ start, end }) => start <= position && position < end);
  }

  /** The first bytes that are neither there nor claimed, at most `most`; `undefined` when there are none. */
  nextGap(claimed: readonly ByteRange[], most: number): ByteRange | undefined {
    const taken = claimed.reduce<readonly ByteRange[]>((ranges, range) => addRange(ranges, range), this.#written);
    return firstGap(taken, { total: this.#endsAt ?? this.#identity.total ?? Infinity, most });
  }

  /** Notes what is known of the content now, and makes room for all of it, so that pieces can be written in any order. */
  identify(identity: ContentIdentity): void {
    const { total } = identity;
    const lacksRoom = total !== null && total !== this.#roomFor;
    if (Bun.deepEquals(identity, this.#identity) && !lacksRoom) return;
    onDisk(() => {
      if (lacksRoom) this.#reserve(total);
      this.#identity = identity;
      this.#save(false);
    });
  }

  /** Forgets everything: what is there has been proven to be something else. */
  reset(): void {
    this.#written = [];
    this.#durable = [];
    this.#identity = UNKNOWN_IDENTITY;
    this.#endsAt = null;
    this.#roomFor = null;
    this.#giveRoomBack();
    onDisk(() => {
      ftruncateSync(this.#descriptor, 0);
      this.#save(false);
    });
  }

  /**
   * Writes what of `bytes` at `position` is not there yet: what is there may have been hashed, and never changes. When the disk refuses in
   * the middle, what it took before counts.
   */
  write(position: number, bytes: Uint8Array): void {
    const began = performance.now();
    for (const { start, end } of missingRanges(this.#written, { start: position, end: position + bytes.byteLength })) {
      this.#append(start, bytes.subarray(start - position, end - position));
    }
    this.#noteSometimes();
    this.#writingMs += performance.now() - began;
  }

  /**
   * The content ended at `total`: what stands after it goes, and the part is complete. Where nobody had said so before, the connection may
   * just have been cut there: another run is not told.
   */
  finish(total: number): void {
    this.#written = clipRanges(this.#written, total);
    this.#endsAt = total;
    onDisk(() => ftruncateSync(this.#descriptor, total));
  }

  /** Returns when every byte is on the disk. */
  async flush(): Promise<void> {
    await this.#syncing;
    await this.#sync({ noted: false });
  }

  /** Keeps part and sidecar for the next run, as far as the disk lets it; an empty part is not kept. */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#written.length === 0) return this.discard();
    this.#closed = true;
    this.#giveRoomBack();
    await this.#syncing;
    this.#writer = null;
    // On a full disk a line more often still finds room where a new file does not. What cannot be noted is only fetched again.
    for (const keep of [() => this.#note(performance.now()), () => this.#save(false), () => this.#giveBlocksBack()]) {
      try {
        keep();
      } catch (error) {
        if (systemErrorCode(error) === undefined) throw error;
      }
    }
    this.#sidecar.close();
    closeSync(this.#descriptor);
  }

  /** Closes and removes both: nothing of it may ever be used. */
  async discard(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#giveRoomBack();
      await this.#syncing?.catch(() => undefined);
      this.#sidecar.close();
      closeSync(this.#descriptor);
    }
    onDisk(() => rmSync(this.path, { force: true }));
    removeSidecar(this.#sidecarPath);
  }

  #takeUp(sidecar: Sidecar | undefined): void {
    const { size } = fstatSync(this.#descriptor);
    if (!sidecar || !isSameSubject(sidecar, this.#subject)) {
      if (size > 0) ftruncateSync(this.#descriptor, 0);
      return;
    }
    const { total } = sidecar.identity;
    if (total !== null && size > total) ftruncateSync(this.#descriptor, total);
    // Another place of the same content has tags and dates of its own.
    this.#identity = sidecar.url === this.#subject.url ? sidecar.identity : { ...UNKNOWN_IDENTITY, total };
    this.#written = clipRanges(sidecar.written, size);
    this.#durable = clipRanges(sidecar.durable, size);
    if (total !== null) this.#reserveAgain(total);
  }

  /** A size that does not fit on the disk may be wrong: the next answer says it anew, and then there is room or there is none. */
  #reserveAgain(total: number): void {
    try {
      this.#reserve(total);
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
    }
  }

  #reserve(total: number): void {
    this.#keepRoom(total);
    ftruncateSync(this.#descriptor, total);
    reserveBlocks(this.#descriptor, this.path, total);
    this.#roomFor = total;
  }

  /** What is left for later keeps no room behind its last byte. */
  #giveBlocksBack(): void {
    if (!this.complete) ftruncateSync(this.#descriptor, this.#written.at(-1)?.end ?? 0);
  }

  #keepRoom(total: number): void {
    this.#giveRoomBack();
    this.#giveRoomBack = claimRoom(dirname(this.path), () => {
      const { blocks } = fstatSync(this.#descriptor);
      return Math.max(0, total - Math.max(this.heldBytes, blocks * 512));
    });
  }

  #append(position: number, bytes: Uint8Array): void {
    let done = 0;
    try {
      onDisk(() => {
        while (done < bytes.byteLength) done += writeSync(this.#descriptor, bytes, done, bytes.byteLength - done, position + done);
      });
    } finally {
      const range = { start: position, end: position + done };
      this.#written = addRange(this.#written, range);
      this.#unnoted = addRange(this.#unnoted, range);
      this.#unsyncedBytes += done;
    }
  }

  #noteSometimes(): void {
    const now = performance.now();
    if (now - this.#notedAt >= NOTE_EVERY_MS) onDisk(() => this.#note(now));
    if (this.#unsyncedBytes >= START_EVERY_BYTES && startWriting(this.#descriptor)) this.#unsyncedBytes = 0;
    const noted = now - this.#syncNotedAt >= SYNC_EVERY_MS;
    if (this.#syncing || (!noted && this.#unsyncedBytes < START_EVERY_BYTES)) return;
    // A failure shows at the next write or at the last flush; here it only means that less is known to be durable.
    this.#syncing = this.#sync({ noted })
      .catch(() => undefined)
      .finally(() => {
        this.#syncing = undefined;
      });
  }

  #note(now: number): void {
    this.#notedAt = now;
    if (this.#sidecar.isLong) return this.#save(false);
    this.#sidecar.add(this.#unnoted);
    this.#unnoted = [];
  }

  /** Forces the bytes to the disk; with `noted` the sidecar too, which takes the disk a moment longer. */
  async #sync(options: { noted: boolean }): Promise<void> {
    const reached = this.#written;
    this.#unsyncedBytes = 0;
    try {
      await syncToDisk(this.#descriptor);
    } catch (error) {
      throw diskError(error);
    }
    this.#durable = reached;
    if (!options.noted) return;
    this.#syncNotedAt = performance.now();
    onDisk(() => this.#save(true));
  }

  #save(durable: boolean): void {
    this.#unnoted = [];
    const { url, sha256 } = this.#subject;
    const state = { url, sha256, writer: this.#writer, identity: this.#identity, written: this.#written, durable: this.#durable };
    this.#sidecar.replace(state, { durable });
  }
}

/**
 * A part that has a second name is already somebody's model, and one with aria2's control file may still be written by a daemon that a
 * killed run has left at work: both are left to the others, and writing begins in a file of its own.
 */
function setApartFromOthers(target: string): void {
  const found = lstatSync(partPathOf(target), { throwIfNoEntry: false });
  const isAria2s = lstatSync(controlPathOf(target), { throwIfNoEntry: false }) !== undefined;
  if (found && (found.nlink > 1 || isAria2s)) rmSync(partPathOf(target));
}

function isSameSubject(held: PartSubject, wanted: PartSubject): boolean {
  return held.sha256 !== null && wanted.sha256 !== null ? held.sha256 === wanted.sha256 : held.url === wanted.url;
}
