/**
 * A connection that brings as much is bound by processor and disk: others would only share what it has, and cost a tenth of it
 * (measured 2026-11).
 */
const PLENTY_BYTES_PER_SECOND = 400e6;

/** How long it is looked at, and which share of plenty it has to bring meanwhile. */
interface Look {
  ms: number;
  share: number;
}

/** At first its code is still cold and its window narrow; one that brings too little is joined at once. */
const FIRST_LOOK: Look = { ms: 25, share: 0.3 };
const SECOND_LOOK: Look = { ms: 50, share: 0.7 };
const LATER_LOOK: Look = { ms: 250, share: 1 };

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
    const { firstLookMs = FIRST_LOOK.ms, onTooLittle } = this.#options;
    if (firstLookMs > 0) this.#look({ ...FIRST_LOOK, ms: firstLookMs }, SECOND_LOOK);
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

  #look({ ms, share }: Look, next: Look): void {
    const { plentyBytesPerSecond = PLENTY_BYTES_PER_SECOND, countBytes, onTooLittle } = this.#options;
    const before = { bytes: countBytes(), at: performance.now() };
    this.#timer = setTimeout(() => {
      const bytesPerSecond = ((countBytes() - before.bytes) / (performance.now() - before.at)) * 1000;
      this.#bringsPlenty = bytesPerSecond >= plentyBytesPerSecond;
      if (bytesPerSecond >= plentyBytesPerSecond * share) this.#look(next, LATER_LOOK);
      else onTooLittle();
    }, ms);
  }
}
