import type { Ports } from './ports.ts';

/**
 * Time as it passes, by a clock that somebody may set: a step back counts as no time at all, so that what was to be waited for before it
 * is still to be waited for after it, and no longer.
 */
export class Elapsed {
  readonly #clock: Pick<Ports, 'now'>;
  #seenMs: number;
  #passedMs = 0;

  constructor(clock: Pick<Ports, 'now'>) {
    this.#clock = clock;
    this.#seenMs = clock.now().getTime();
  }

  /** Milliseconds since the first look; never fewer than at the look before. */
  get ms(): number {
    const nowMs = this.#clock.now().getTime();
    this.#passedMs += Math.max(0, nowMs - this.#seenMs);
    this.#seenMs = nowMs;
    return this.#passedMs;
  }
}
