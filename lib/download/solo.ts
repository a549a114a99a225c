/**
 * A connection that brings as much is bound by processor and disk: others would only share what it has, and cost a tenth of it
 * (measured 2026-11).
 */
const PLENTY_BYTES_PER_SECOND = 400e6;
/**
 * Who spends such a share of the time on writing what has come is bound by processor and disk too, however little that is on a slow machine
 * or in a slow moment: at full speed it is some 0.4, over a network of a gigabit 0.04.
 */
const BUSY_SHARE = 0.3;
/** A share of less time says little. */
const SHORTEST_LOOK_MS = 100;

/** How long it is looked at, and which share of plenty it has to bring meanwhile. */
interface Look {
  ms: number;
  share: number;
}

/** At first its code is still cold and its window narrow; one that brings too little is joined at once. */
const FIRST_LOOK: Look = { ms: 25, share: 0.3 };
const SECOND_LOOK: Look = { ms: 50, share: 0.7 };
const LATER_LOOK: Look = { ms: 250, share: 1 };

/** What has come so far, and the time that it took to write it. */
export interface Gain {
  bytes: number;
  writingMs: number;
}

interface SoloOptions {
  gain: () => Gain;
  /** One connection is not enough. Told once. */
  onTooLittle: () => void;
  /** Shorter in tests; 0: at once. */
  firstLookMs?: number;
  /** Less in tests. */
  plentyBytesPerSecond?: number;
}

/** Watches what one connection brings by itself, and says when others may bring more. */
export class Solo {
  readonly #options: SoloOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isEnough = false;

  constructor(options: SoloOptions) {
    this.#options = options;
  }

  start(): void {
    const { firstLookMs = FIRST_LOOK.ms, onTooLittle } = this.#options;
    if (firstLookMs > 0) this.#look({ ...FIRST_LOOK, ms: firstLookMs }, SECOND_LOOK);
    else onTooLittle();
  }

  /** As far as it has been looked at. */
  get isEnough(): boolean {
    return this.#isEnough;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isEnough = false;
  }

  #look({ ms, share }: Look, next: Look): void {
    const { plentyBytesPerSecond = PLENTY_BYTES_PER_SECOND, gain, onTooLittle } = this.#options;
    const meter = new Meter(gain);
    this.#timer = setTimeout(() => {
      const { bytesPerSecond, writingShare } = meter.read();
      const isBusy = writingShare >= BUSY_SHARE;
      this.#isEnough = isBusy || bytesPerSecond >= plentyBytesPerSecond;
      if (isBusy || bytesPerSecond >= plentyBytesPerSecond * share) this.#look(next, LATER_LOOK);
      else onTooLittle();
    }, ms);
  }
}

/** Says of several connections when one would do: they were called in a slow moment, and it has passed. */
export class Crowd {
  readonly #gain: () => Gain;
  readonly #busyShare: number;
  #meter: Meter;

  /** `busyShare` is less in tests. */
  constructor(gain: () => Gain, busyShare = BUSY_SHARE) {
    this.#gain = gain;
    this.#busyShare = busyShare;
    this.#meter = new Meter(gain);
  }

  /** `true` for one of them at a time: the others show whether that was enough. */
  isTooLarge(): boolean {
    const { ms, writingShare } = this.#meter.read();
    if (ms < SHORTEST_LOOK_MS) return false;
    this.#meter = new Meter(this.#gain);
    return writingShare >= this.#busyShare;
  }
}

/** What has come since it was made. */
class Meter {
  readonly #gain: () => Gain;
  readonly #at = performance.now();
  readonly #before: Gain;

  constructor(gain: () => Gain) {
    this.#gain = gain;
    this.#before = gain();
  }

  read(): { ms: number; bytesPerSecond: number; writingShare: number } {
    const ms = performance.now() - this.#at;
    const { bytes, writingMs } = this.#gain();
    return { ms, bytesPerSecond: ((bytes - this.#before.bytes) / ms) * 1000, writingShare: (writingMs - this.#before.writingMs) / ms };
  }
}
