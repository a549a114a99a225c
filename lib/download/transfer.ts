import type { HttpClient, OpenedAnswer } from '../core/http/client.ts';
import type { Ports } from '../core/ports.ts';
import { findBrokenPromise, isOnlyNewTag, mayJoin, mergeIdentity } from './agreement.ts';
import type { Answer } from './answer.ts';
import { readAnswer } from './answer.ts';
import { readBodyInto } from './body.ts';
import type { GrowingHash } from './hash-pool.ts';
import type { ContentIdentity } from './identity.ts';
import { compareIdentity, ifRangeValue, isRecognisable, promisedSha256, readIdentity } from './identity.ts';
import { Lanes } from './lanes.ts';
import { openSource } from './open-source.ts';
import type { DirectAddress } from './open-source.ts';
import type { RateLimit, StallWatch } from './pace.ts';
import { RetryBudget } from './pace.ts';
import type { PartFile } from './part-file.ts';
import { planPieceBytes, rangeHeaders } from './pieces.ts';
import type { ByteRange } from './ranges.ts';
import { TransferError } from './trouble.ts';
import type { Expectation } from './verify.ts';

/** How often a transfer may begin anew without getting further before that is a failure of its own. */
const MOST_FRESH_STARTS = 4;

export interface TransferSettings {
  connections: number;
  stallMs: number;
  /** Smaller in tests. */
  smallestPieceBytes?: number;
}

/** One place to fetch one file from, and what the file is to be. */
export interface HttpSource {
  url: string;
  expected: Expectation;
}

export interface TransferDeps {
  http: HttpClient;
  ports: Pick<Ports, 'sleep' | 'now'>;
  rate: RateLimit;
  settings: TransferSettings;
  signal: AbortSignal;
  /** Told whenever bytes have arrived. */
  onProgress: () => void;
}

/** All connections are to end and one is to begin anew: without the bytes held when those have been proven to be of another file. */
class StartOver extends Error {
  readonly keepsBytes: boolean;

  constructor(options: { keepsBytes: boolean }) {
    super('start over');
    this.keepsBytes = options.keepsBytes;
  }
}
/** The same request is to be made again, with what has just been learned. */
class AskAgain extends Error {}

/** Fetches what a part still lacks from one source, over as many connections as the server and the file are good for. */
export class Transfer {
  readonly #part: PartFile;
  readonly #hash: GrowingHash;
  readonly #source: HttpSource;
  readonly #deps: TransferDeps;
  readonly #budget: RetryBudget;
  #lanes: Lanes;
  #claims: ByteRange[] = [];
  #direct: DirectAddress | null = null;
  #takesRanges = true;
  #freshStarts = 0;
  #mostHeld = 0;
  #announced: boolean;

  constructor(source: HttpSource, target: { part: PartFile; hash: GrowingHash }, deps: TransferDeps) {
    this.#source = source;
    this.#part = target.part;
    this.#hash = target.hash;
    this.#deps = deps;
    this.#budget = new RetryBudget(target.part.heldBytes);
    this.#lanes = new Lanes(deps.signal);
    this.#announced = target.part.identity.total !== null;
  }

  /** `true` when somebody said how long the file is before it ended. */
  get lengthWasAnnounced(): boolean {
    return this.#announced;
  }

  /** What the file is to have: as was known before, or as the source promised; Hugging Face names the sha256 of its large files. */
  get knownSha256(): string | null {
    return this.#source.expected.sha256 ?? promisedSha256(this.#part.identity);
  }

  /**
   * Resolves when every byte is there, as far as the server tells; throws `TransferError` when that cannot be had from this source, and
   * the signal's reason when it aborts. Whatever has arrived stays in the part.
   */
  async run(): Promise<void> {
    while (!this.#part.complete) {
      this.#deps.signal.throwIfAborted();
      try {
        await this.#round();
      } catch (error) {
        if (!(error instanceof StartOver)) throw error;
        this.#countFreshStart();
        if (!error.keepsBytes) this.#forget();
      }
    }
  }

  #forget(): void {
    this.#part.reset();
    this.#hash.reset();
  }

  async #round(): Promise<void> {
    this.#lanes = new Lanes(this.#deps.signal);
    this.#claims = [];
    this.#lanes.start((signal) => this.#work(signal));
    await this.#lanes.settle();
  }

  /** One connection: piece after piece, until none is left. */
  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const piece = this.#part.nextGap(this.#claims, this.#pieceBytes());
      if (!piece) return;
      this.#claims.push(piece);
      const pauseMs = await this.#attempt(piece, signal).finally(() => {
        this.#claims = this.#claims.filter((claim) => claim !== piece);
      });
      if (pauseMs === 'leave') return;
      if (pauseMs > 0) await this.#deps.ports.sleep(pauseMs, signal);
    }
  }

  /** How long to wait before the next piece; `leave` when this connection is one too many. */
  async #attempt(piece: ByteRange, signal: AbortSignal): Promise<number | 'leave'> {
    try {
      await this.#fetch(piece, signal);
      return 0;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AskAgain) {
        this.#countFreshStart();
        return 0;
      }
      if (!(error instanceof TransferError)) throw error;
      if (this.#lanes.size > 1 && error.trouble.kind === 'status') return 'leave';
      const pauseMs = this.#budget.nextPauseMs(error.trouble, this.#part.heldBytes);
      if (pauseMs === null) throw error;
      return pauseMs;
    }
  }

  async #fetch(piece: ByteRange, laneSignal: AbortSignal): Promise<void> {
    const headers = this.#rangeHeaders(piece);
    const { http, settings } = this.#deps;
    const opened = await openSource(this.#source.url, {
      http,
      signal: laneSignal,
      stallMs: settings.stallMs,
      headers,
      direct: this.#direct,
    });
    let finished = false;
    try {
      this.#direct = opened.direct;
      await this.#take(opened.answer, piece, { signal: laneSignal, watch: opened.watch, askedForRange: 'range' in headers });
      finished = true;
    } finally {
      opened.stop(finished);
    }
  }

  async #take(answer: OpenedAnswer, piece: ByteRange, context: BodyContext): Promise<void> {
    const read = await readAnswer(answer, this.#deps.ports.now());
    switch (read.kind) {
      case 'trouble':
        throw new TransferError(read.trouble);
      case 'beyond':
        return this.#handleBeyond(read.total, readIdentity(answer, read.total));
      case 'part':
        return this.#takePart(answer, read, { ...context, piece });
      case 'whole':
        return this.#takeWhole(answer, read.total, context);
    }
  }

  /** 416: the file is empty, already here to its end, or shorter than what was held of it. */
  #handleBeyond(total: number | null, seen: ContentIdentity): void {
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

  async #takePart(
    answer: OpenedAnswer,
    read: Extract<Answer, { kind: 'part' }>,
    context: BodyContext & { piece: ByteRange },
  ): Promise<void> {
    const { piece } = context;
    if (read.range.start !== piece.start || read.range.end > piece.end) {
      this.#takesRanges = false;
      throw new StartOver({ keepsBytes: true });
    }
    const seen = readIdentity(answer, read.total);
    this.#keepToPromises(seen);
    if (!this.#recognise(seen)) throw new StartOver({ keepsBytes: false });
    this.#announced ||= seen.total !== null;
    this.#spread();
    const end = await this.#readBody(answer, { position: piece.start, end: read.range.end }, context);
    if (end < read.range.end) throw closedEarly();
  }

  async #takeWhole(answer: OpenedAnswer, total: number | null, context: BodyContext): Promise<void> {
    const seen = readIdentity(answer, total);
    this.#keepToPromises(seen);
    if (this.#part.heldBytes > 0 && context.askedForRange && isOnlyNewTag(this.#part.identity, seen)) {
      this.#part.identify(mergeIdentity(this.#part.identity, seen));
      throw new AskAgain();
    }
    if (this.#lanes.size > 1) {
      this.#takesRanges = false;
      throw new StartOver({ keepsBytes: true });
    }
    if (!this.#recognise(seen)) {
      this.#forget();
      this.#part.identify(seen);
    }
    this.#takesRanges &&= !context.askedForRange;
    const expected = seen.total ?? exactSize(this.#source.expected);
    this.#announced = expected !== null;
    const end = await this.#readBody(answer, { position: 0, end: expected ?? Infinity }, context);
    if (expected !== null && end < expected) throw closedEarly();
    this.#part.finish(end);
  }

  /** Takes note of whose bytes the answer has; `false` when they may not stand beside those held. */
  #recognise(seen: ContentIdentity): boolean {
    const held = this.#part.identity;
    const isFirst = this.#part.heldBytes === 0 && this.#claims.length <= 1;
    if (!isFirst && !mayJoin(held, seen, this.knownSha256)) return false;
    this.#part.identify(isFirst ? seen : mergeIdentity(held, seen));
    return true;
  }

  #keepToPromises(seen: ContentIdentity): void {
    const broken = findBrokenPromise(seen, this.#source.expected);
    if (broken) throw new TransferError(broken);
  }

  /** Further connections, once ranges are known to work and the same content can be told again. */
  #spread(): void {
    const { identity } = this.#part;
    const provable = this.knownSha256 !== null || isRecognisable(identity);
    if (!provable || identity.total === null || this.#lanes.size > 1) return;
    const left = identity.total - this.#part.heldBytes;
    const useful = Math.ceil(left / this.#pieceBytes());
    const lanes = Math.min(this.#deps.settings.connections, useful);
    for (let lane = 1; lane < lanes; lane++) this.#lanes.start((signal) => this.#work(signal));
  }

  async #readBody(answer: OpenedAnswer, range: { position: number; end: number }, context: BodyContext): Promise<number> {
    return readBodyInto(answer.response, range, {
      watch: context.watch,
      signal: context.signal,
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

  #rangeHeaders(piece: ByteRange): Record<string, string> {
    if (!this.#takesRanges) return {};
    const goesOn = this.#part.heldBytes > 0 || this.#claims.length > 1;
    return rangeHeaders(piece, goesOn ? ifRangeValue(this.#part.identity) : null);
  }

  #pieceBytes(): number {
    const { settings } = this.#deps;
    const total = this.#part.identity.total ?? this.#source.expected.sizeBytes;
    return planPieceBytes(total, this.#takesRanges ? settings : { connections: 1 });
  }

  #countFreshStart(): void {
    const { heldBytes } = this.#part;
    this.#freshStarts = heldBytes > this.#mostHeld ? 1 : this.#freshStarts + 1;
    this.#mostHeld = Math.max(this.#mostHeld, heldBytes);
    if (this.#freshStarts <= MOST_FRESH_STARTS) return;
    throw new TransferError({ kind: 'protocol', detail: 'The server gives another file each time' });
  }
}

interface BodyContext {
  signal: AbortSignal;
  watch: StallWatch;
  askedForRange: boolean;
}

function exactSize(expected: Expectation): number | null {
  return expected.sizeToleranceBytes === 0 ? expected.sizeBytes : null;
}

function closedEarly(): TransferError {
  return new TransferError({ kind: 'network', detail: 'The connection was closed before the end' });
}
