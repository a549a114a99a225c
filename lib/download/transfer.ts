import { Elapsed } from '../core/elapsed.ts';
import type { HttpClient } from '../core/http/client.ts';
import { isPassingStatus } from '../core/http/retry.ts';
import type { Ports } from '../core/ports.ts';
import { ifRangeValue } from './identity.ts';
import type { Gathering, HttpSource } from './intake.ts';
import { AskAgain, Intake, StartOver } from './intake.ts';
import { Lanes } from './lanes.ts';
import { openSource } from './open-source.ts';
import type { DirectAddress } from './open-source.ts';
import type { RateLimit } from './pace.ts';
import { RetryBudget } from './pace.ts';
import type { PartFile } from './part-file.ts';
import { planPieceBytes, rangeHeaders } from './pieces.ts';
import type { ByteRange } from './ranges.ts';
import { missingRanges } from './ranges.ts';
import { Crowd, Solo } from './solo.ts';
import type { Trouble } from './trouble.ts';
import { isPassingTrouble, TransferError } from './trouble.ts';

/** How often a transfer may begin anew without getting further before that is a failure of its own. */
const MOST_FRESH_STARTS = 4;
/** How long a server that has refused further connections is left alone with them. */
const SPREAD_AGAIN_MS = 15_000;

/** What a connection asks for at once that needs no others beside it. */
const PLENTY_PIECE_BYTES = 256 * 1024 * 1024;

export interface TransferSettings extends TransferTuning {
  connections: number;
  stallMs: number;
}

/** What only tests set, so that small files come in many pieces. */
export interface TransferTuning {
  smallestPieceBytes?: number;
  /** How long the first connection stays alone. */
  firstLookMs?: number;
  /** What a connection has to bring to stay alone. */
  plentyBytesPerSecond?: number;
  /** The share of writing at which several connections are too many. */
  crowdedShare?: number;
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

/** Fetches what a part still lacks from one source, over as many connections as the server and the file are good for. */
export class Transfer {
  readonly #part: PartFile;
  readonly #source: HttpSource;
  readonly #deps: TransferDeps;
  readonly #intake: Intake;
  readonly #budget = new RetryBudget();
  #lanes: Lanes;
  #solo: Solo | null = null;
  #crowd: Crowd | null = null;
  /** Several connections are left to end once: if others are called after that, they stay. */
  #hasShrunk = false;
  #claims: ByteRange[] = [];
  #direct: DirectAddress | null = null;
  #freshStarts = 0;
  readonly #elapsed: Elapsed;
  /** Time in ms before which no further connections are tried: the server has refused some. */
  #spreadsAfterMs = 0;
  #mostHeld = 0;

  constructor(source: HttpSource, target: Gathering, deps: TransferDeps) {
    this.#source = source;
    this.#part = target.part;
    this.#deps = deps;
    this.#elapsed = new Elapsed(deps.ports);
    const { rate, ports, onProgress } = deps;
    const arrived = (): void => {
      onProgress();
      this.#invite();
    };
    this.#intake = new Intake(source, target, { rate, now: () => ports.now(), onProgress: arrived });
    this.#lanes = new Lanes(deps.signal);
  }

  /** `true` when somebody said how long the file is before it ended. */
  get lengthWasAnnounced(): boolean {
    return this.#intake.lengthWasAnnounced;
  }

  /** What the file is to have: as was known before, or as the source promised. */
  get knownSha256(): string | null {
    return this.#intake.knownSha256;
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
        if (!error.keepsBytes) this.#intake.forget();
      }
    }
  }

  async #round(): Promise<void> {
    this.#lanes = new Lanes(this.#deps.signal);
    this.#claims = [];
    this.#lanes.start((signal) => this.#work(signal));
    try {
      await this.#lanes.settle();
    } finally {
      this.#solo?.stop();
      this.#solo = null;
    }
  }

  /** One connection: piece after piece, until none is left. */
  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (this.#isOneTooMany()) return;
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
      const hasGrown = this.#part.holds(piece.start);
      if (this.#lanes.size > 1 && this.#isLeftToOthers(error.trouble, hasGrown)) return 'leave';
      const pauseMs = this.#budget.nextPauseMs(error.trouble, hasGrown);
      if (pauseMs === null) throw error;
      return pauseMs;
    }
  }

  /** One connection asks again and not all: an outage would use up their attempts at once. The first bytes bring the others back. */
  #isLeftToOthers(trouble: Trouble, hasGrown: boolean): boolean {
    if (trouble.kind === 'status') this.#spreadsAfterMs = this.#elapsed.ms + SPREAD_AGAIN_MS;
    return trouble.kind === 'status' || (!hasGrown && isPassingTrouble(trouble, isPassingStatus));
  }

  async #fetch(piece: ByteRange, signal: AbortSignal): Promise<void> {
    const headers = this.#rangeHeaders(piece);
    const { http, settings } = this.#deps;
    const opened = await openSource(this.#source.url, { http, signal, stallMs: settings.stallMs, headers, direct: this.#direct });
    let finished = false;
    try {
      this.#direct = opened.direct;
      const { size } = this.#lanes;
      const company = { isFirst: this.#claims.length <= 1, isAlone: size <= 1 };
      const asked = { piece: { ...piece }, endsAt: () => piece.end, byRange: 'range' in headers };
      await this.#intake.take(opened.answer, { ...asked, ...company, signal, watch: opened.watch });
      finished = true;
    } finally {
      opened.stop(finished);
    }
  }

  /**
   * Further connections may come, once ranges are known to work and the same content can be told again. Only who has brought bytes invites:
   * where every answer breaks off before its first one, those who leave and those who come would never end.
   */
  #invite(): void {
    const { connections, firstLookMs, plentyBytesPerSecond } = this.#deps.settings;
    if (connections <= 1 || this.#solo || this.#lanes.size > 1 || !this.#intake.takesRanges) return;
    const { identity } = this.#part;
    if (!this.#intake.canBeJoined || identity.total === null) return;
    this.#solo = new Solo({
      gain: () => this.#part.gain,
      onTooLittle: () => this.#spread(identity.total ?? 0),
      ...(firstLookMs !== undefined && { firstLookMs }),
      ...(plentyBytesPerSecond !== undefined && { plentyBytesPerSecond }),
    });
    this.#solo.start();
  }

  #spread(total: number): void {
    this.#solo = null;
    if (this.#lanes.signal.aborted || this.#elapsed.ms < this.#spreadsAfterMs) return;
    for (const claim of this.#claims) this.#shorten(claim);
    const useful = Math.ceil((total - this.#part.heldBytes) / this.#pieceBytes());
    const lanes = Math.min(this.#deps.settings.connections, useful);
    for (let lane = this.#lanes.size; lane < lanes; lane++) this.#lanes.start((signal) => this.#work(signal));
    const { firstLookMs, crowdedShare } = this.#deps.settings;
    if (firstLookMs !== 0 && !this.#hasShrunk) this.#crowd = new Crowd(() => this.#part.gain, crowdedShare);
  }

  /** The others have what this connection leaves. */
  #isOneTooMany(): boolean {
    if (this.#crowd === null || this.#lanes.size <= 1 || !this.#crowd.isTooLarge()) return false;
    this.#hasShrunk = true;
    if (this.#lanes.size === 2) this.#crowd = null;
    return true;
  }

  /** What was claimed when one connection brought plenty is left to those that join it, but for a piece. */
  #shorten(claim: ByteRange): void {
    const position = missingRanges(this.#part.written, claim)[0]?.start ?? claim.end;
    claim.end = Math.min(claim.end, position + this.#pieceBytes());
  }

  #rangeHeaders(piece: ByteRange): Record<string, string> {
    if (!this.#intake.takesRanges) return {};
    const goesOn = this.#part.heldBytes > 0 || this.#claims.length > 1;
    return rangeHeaders(piece, goesOn ? ifRangeValue(this.#part.identity) : null);
  }

  #pieceBytes(): number {
    if (this.#solo?.isEnough) return PLENTY_PIECE_BYTES;
    const { settings } = this.#deps;
    const total = this.#part.identity.total ?? this.#source.expected.sizeBytes;
    return planPieceBytes(total, this.#intake.takesRanges ? settings : { connections: 1 });
  }

  #countFreshStart(): void {
    const { heldBytes } = this.#part;
    this.#freshStarts = heldBytes > this.#mostHeld ? 1 : this.#freshStarts + 1;
    this.#mostHeld = Math.max(this.#mostHeld, heldBytes);
    if (this.#freshStarts <= MOST_FRESH_STARTS) return;
    throw new TransferError({ kind: 'protocol', detail: 'The server gives another file each time' });
  }
}
