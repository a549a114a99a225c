import type { OpenedAnswer } from '../core/http/client.ts';
import { findBrokenPromise, isOnlyNewTag, mayJoin, mergeIdentity } from './agreement.ts';
import type { Answer } from './answer.ts';
import { readAnswer } from './answer.ts';
import type { BodyRange } from './body.ts';
import { readBodyInto } from './body.ts';
import type { GrowingHash } from './hash-pool.ts';
import type { ContentIdentity } from './identity.ts';
import { compareIdentity, isRecognisable, promisedSha256, readIdentity } from './identity.ts';
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
  /** Answers that there is nothing where there must be something. */
  #strayEnds = 0;
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

  /** Further bytes can be told to be of the same file, or a sha256 will prove the whole. */
  get canBeJoined(): boolean {
    return this.knownSha256 !== null || isRecognisable(this.#part.identity);
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
    if (this.#part.heldBytes === 0) {
      this.#takesRanges = false;
      throw new AskAgain();
    }
    if (this.#isOfAnother(total)) throw new StartOver({ keepsBytes: false });
    // The file is known to be longer: the server has made a mistake, and may not make it again.
    if (++this.#strayEnds === 1) throw new AskAgain();
    this.#takesRanges = false;
    throw new StartOver({ keepsBytes: true });
  }

  /** A file of this size is not the one of which bytes are held. */
  #isOfAnother(total: number | null): boolean {
    const known = this.#part.identity.total;
    if (total === null) return false;
    return known === null ? total < (this.#part.written.at(-1)?.end ?? 0) : total !== known;
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
    if (read.range.end !== seen.total && !this.canBeJoined) {
      this.#takesRanges = false;
      throw new AskAgain();
    }
    this.#announced ||= seen.total !== null;
    const leavesAt = (): number => Math.min(asked.endsAt(), read.range.end);
    const body = { position: piece.start, end: read.range.end, leavesAt };
    const end = await this.#readBody(answer, body, { asked, total: seen.total });
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
    const isKnown = this.#recognise(seen, asked);
    if (!isKnown && (await this.#readNote(answer, seen, asked))) throw new StartOver({ keepsBytes: false });
    // What is held is of another file, unless this is none at all: its first bytes tell.
    const onFirst = isKnown ? undefined : (): void => this.#beginWith(seen);
    const expected = seen.total ?? exactSize(this.#source.expected);
    this.#takesRanges &&= !asked.byRange;
    this.#announced = expected !== null;
    const end = await this.#readBody(answer, { position: 0, end: expected ?? Infinity }, { asked, total: seen.total, onFirst });
    if (expected !== null && end < expected) throw closedEarly();
    if (end === 0) throw new TransferError({ kind: 'not_a_model', what: 'an empty file' });
    this.#part.finish(end);
  }

  #beginWith(seen: ContentIdentity): void {
    this.forget();
    this.#part.identify(seen);
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

  /** `onFirst` is called before the first bytes are put away, once they have been judged. */
  async #readBody(
    answer: OpenedAnswer,
    range: BodyRange,
    { asked, total, onFirst }: { asked: Asked; total: number | null; onFirst?: (() => void) | undefined },
  ): Promise<number> {
    let begin = onFirst;
    return readBodyInto(answer.response, range, {
      watch: asked.watch,
      signal: asked.signal,
      rate: this.#deps.rate,
      filename: this.#source.expected.filename,
      total,
      write: (position, bytes) => {
        begin?.();
        begin = undefined;
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
