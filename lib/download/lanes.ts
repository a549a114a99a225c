/** Several connections for one file: the first failure stops them all and is the failure of the group. */
export class Lanes {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly signal: AbortSignal;
  #failure: { error: unknown } | undefined;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
  }

  /** How many are at work. */
  get size(): number {
    return this.#running.size;
  }

  start(work: (signal: AbortSignal) => Promise<void>): void {
    const lane: Promise<void> = work(this.signal)
      .catch((error: unknown) => {
        this.#failure ??= { error };
        this.#controller.abort(error);
      })
      .finally(() => this.#running.delete(lane));
    this.#running.add(lane);
  }

  /** Resolves when all have ended well; rejects with the first failure once all have ended. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failure) throw this.#failure.error;
  }
}
