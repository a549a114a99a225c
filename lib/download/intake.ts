import type { OpenedAnswer } from '../core/http/client.ts';
import { findBrokenPromise, isOnlyNewTag, mayJoin, mergeIdentity } from './agreement.ts';
import type { Answer } from './answer.ts';
import { readAnswer } from './answer.ts';
import type { BodyRange } from './body.ts';
import { readBodyInto } from './body.ts';
import type { GrowingHash } from './hash-pool.ts';
import type { ContentIdentity } from './identity.ts';
import { compareIdentity, promisedSha256, readIdentity } from './identity.ts';
import type { RateLimit, StallWatch } from './pace.ts';
import type { PartFile } from './part-file.ts';
import type { ByteRange } from './ranges.ts';
import { TransferError } from './trouble.ts';
import type { Expectation } from './verify.ts';

/** Pages, errors and git-lfs pointers are shorter, models are longer. */
const LARGEST_NOTE_BYTES = 64 * 1024;

/** All connections are to end and one is to begin anew: without the bytes held when those have been proven to be of another file. */
export class StartOver extends Error {
  readonly keepsBytes: boolean;

  constructor(options: { keepsBytes: boolean }) {
    super('start over');
    this.keepsBytes = options.keepsBytes;
  }
}

/** The same request is to be made again, with what has just been learned. */
export class AskAgain extends Error {}

/** One place to fetch one file from, and what the file is to be. */
export interface HttpSource {
  url: string;
  expected: Expectation;
}

/** Where the bytes of a file are gathered. */
export interface Gathering {
  part: PartFile;
  hash: GrowingHash;
}

/** The request that an answer came to. */
export interface Asked {
  piece: ByteRange;
  /** Where the rest of the piece is left to others; it may come nearer while the answer is read. */
  endsAt: () => number;
  byRange: boolean;
  /** No other piece is under way: the answer may say anew which file this is. */
  isFirst: boolean;
  /** No other connection is at work. */
  isAlone: boolean;
  signal: AbortSignal;
  watch: StallWatch;
}

export interface IntakeDeps {
  rate: RateLimit;
  now: () => Date;
  /** Told whenever bytes have arrived. */
  onProgress: () => void;
}

/** Takes answers into a part: judges whose bytes they have, and whether those may stand beside what is held, before a byte is written. */
export class Intake {
  readonly #source: HttpSource;
  readonly #part: PartFile;
  readonly #hash: GrowingHash;
  readonly #deps: IntakeDeps;
  #takesRanges = true;
  #announced: boolean;

  constructor(source: HttpSource, { part, hash }: Gathering, deps: IntakeDeps) {
    this.#source = source;
    this.#part = part;
    this.#hash = hash;
    this.#deps = deps;
    this.#announced = part.identity.total !== null;
  }

  /** `false` once the server has shown that it gives no ranges, or wrong ones. */
  get takesRanges(): boolean {
    return this.#takesRanges;
  }

  /** `true` when somebody said how long the file is before it ended. */
  get lengthWasAnnounced(): boolean {
    return this.#announced;
  }

  /** What the file is to have: as was known before, or as the source promised; Hugging Face names the sha256 of its large files. */
  get knownSha256(): string | null {
    return this.#source.expected.sha256 ?? promisedSha256(this.#part.identity);
  }

  /** Throws away what is held: it has been proven to be of another file. */
  forget(): void {
    this.#part.reset();
    this.#hash.reset();
  }

  /** Reads an answer to its end. Throws `StartOver`, `AskAgain` or `TransferError`, and the signal's reason when it aborts. */
  async take(answer: OpenedAnswer, asked: Asked): Promise<void> {
    const read = await readAnswer(answer, this.#deps.now());
    switch (read.kind) {
      case 'trouble':
        throw new TransferError(read.trouble);
      case 'beyond':
        return this.#takeEnd(read.total, readIdentity(answer, read.total));
      case 'part':
        return this.#takePart(answer, read, asked);
      case 'whole':
        return this.#takeWhole(answer, read.total, asked);
    }
  }

  /** 416: the file is empty, already here to its end, or shorter than what was held of it. */
  #takeEnd(total: number | null, seen: ContentIdentity): void {
    if (total === 0) throw new TransferError({ kind: 'not_a_model', what: 'an empty file' });
    const isProvable = this.knownSha256 !== null || compareIdentity(this.#part.identity, seen) === 'same';
    if (total !== null && total === this.#part.frontBytes && isProvable) {
      this.#announced = true;
      return this.#part.finish(total);
    }
    if (this.#part.heldBytes > 0) throw new StartOver({ keepsBytes: false });
    this.#takesRanges = false;
    throw new AskAgain();
  }

  async #takePart(answer: OpenedAnswer, read: Extract<Answer, { kind: 'part' }>, asked: Asked): Promise<void> {
    const { piece } = asked;
    if (read.range.start !== piece.start || read.range.end > piece.end) {
      this.#takesRanges = false;
      throw new StartOver({ keepsBytes: true });
    }
    const seen = readIdentity(answer, read.total);
    await this.#keepToPromises(answer, seen, asked);
    if (!this.#recognise(seen, asked)) throw new StartOver({ keepsBytes: false });
    this.#announced ||= seen.total !== null;
    const leavesAt = (): number => Math.min(asked.endsAt(), read.range.end);
    const end = await this.#readBody(answer, { position: piece.start, end: read.range.end, leavesAt }, asked);
    if (end < leavesAt()) throw closedEarly();
  }

  async #takeWhole(answer: OpenedAnswer, total: number | null, asked: Asked): Promise<void> {
    const seen = readIdentity(answer, total);
    await this.#keepToPromises(answer, seen, asked);
    if (this.#part.heldBytes > 0 && asked.byRange && isOnlyNewTag(this.#part.identity, seen)) {
      this.#part.identify(mergeIdentity(this.#part.identity, seen));
      throw new AskAgain();
    }
    if (!asked.isAlone) {
      this.#takesRanges = false;
      throw new StartOver({ keepsBytes: true });
    }
    if (!this.#recognise(seen, asked)) {
      if (await this.#readNote(answer, seen, asked)) throw new StartOver({ keepsBytes: false });
      this.forget();
      this.#part.identify(seen);
    }
    this.#takesRanges &&= !asked.byRange;
    const expected = seen.total ?? exactSize(this.#source.expected);
    this.#announced = expected !== null;
    const end = await this.#readBody(answer, { position: 0, end: expected ?? Infinity }, asked);
    if (expected !== null && end < expected) throw closedEarly();
    this.#part.finish(end);
  }

  /** Takes note of whose bytes the answer has; `false` when they may not stand beside those held. */
  #recognise(seen: ContentIdentity, asked: Asked): boolean {
    const held = this.#part.identity;
    const isFirst = asked.isFirst && this.#part.heldBytes === 0;
    if (!isFirst && !mayJoin(held, seen, this.knownSha256)) return false;
    this.#part.identify(isFirst ? seen : mergeIdentity(held, seen));
    return true;
  }

  async #keepToPromises(answer: OpenedAnswer, seen: ContentIdentity, asked: Asked): Promise<void> {
    const broken = findBrokenPromise(seen, this.#source.expected);
    if (!broken) return;
    await this.#readNote(answer, seen, asked);
    throw new TransferError(broken);
  }

  /**
   * Reads what is too short for a model: an error or a pointer, as which it is thrown, says more than that its size is another one, and
   * nothing of what is held. `true` when it was read and is none of these.
   */
  async #readNote({ response }: OpenedAnswer, { total }: ContentIdentity, { piece, watch, signal }: Asked): Promise<boolean> {
    const isFromStart = response.status !== 206 || piece.start === 0;
    if (!isFromStart || total === null || total > LARGEST_NOTE_BYTES) return false;
    const { filename } = this.#source.expected;
    await readBodyInto(response, { position: 0, end: total }, { watch, signal, rate: this.#deps.rate, filename, total, write: toNowhere });
    return true;
  }

  async #readBody(answer: OpenedAnswer, range: BodyRange, asked: Asked): Promise<number> {
    return readBodyInto(answer.response, range, {
      watch: asked.watch,
      signal: asked.signal,
      rate: this.#deps.rate,
      filename: this.#source.expected.filename,
      total: this.#part.identity.total,
      write: (position, bytes) => {
        this.#part.write(position, bytes);
        this.#hash.advance(this.#part.frontBytes, { needed: this.knownSha256 !== null });
        this.#deps.onProgress();
      },
    });
  }
}

function exactSize(expected: Expectation): number | null {
  return expected.sizeToleranceBytes === 0 ? expected.sizeBytes : null;
}

function closedEarly(): TransferError {
  return new TransferError({ kind: 'network', detail: 'The connection was closed before the end' });
}

function toNowhere(): void {
  // a note is only looked at
}
