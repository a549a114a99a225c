/** How long the first connection shows what it brings before others join it. */
const FIRST_LOOK_MS = 25;
/** How often it is looked at again while it stays alone. */
const NEXT_LOOK_MS = 250;
/**
 * A connection that brings as much is bound by processor and disk: others would only share what it has, and cost a tenth of it
 * (measured 2026-11).
 */
const PLENTY_BYTES_PER_SECOND = 500e6;

interface SoloOptions {
  /** Bytes that have come so far. */
  countBytes: () => number;
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
  #bringsPlenty = false;

  constructor(options: SoloOptions) {
    this.#options = options;
  }

  start(): void {
    const { firstLookMs = FIRST_LOOK_MS, onTooLittle } = this.#options;
    if (firstLookMs > 0) this.#lookIn(firstLookMs);
    else onTooLittle();
  }

  /** As far as it has been looked at. */
  get bringsPlenty(): boolean {
    return this.#bringsPlenty;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#bringsPlenty = false;
  }

  #lookIn(ms: number): void {
    const { plentyBytesPerSecond = PLENTY_BYTES_PER_SECOND } = this.#options;
    const before = { bytes: this.#options.countBytes(), at: performance.now() };
    this.#timer = setTimeout(() => {
      const seconds = (performance.now() - before.at) / 1000;
      this.#bringsPlenty = this.#options.countBytes() - before.bytes >= plentyBytesPerSecond * seconds;
      if (this.#bringsPlenty) this.#lookIn(NEXT_LOOK_MS);
      else this.#options.onTooLittle();
    }, ms);
  }
}
