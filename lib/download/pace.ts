import { Elapsed } from '../core/elapsed.ts';
import { isPassingStatus, retryPauseMs } from '../core/http/retry.ts';
import type { Ports } from '../core/ports.ts';
import type { Trouble } from './trouble.ts';
import { isPassingTrouble } from './trouble.ts';

/** How far ahead of its rate a transfer may run, so that one pause covers many chunks. */
const BURST_MS = 50;
/** Attempts in a row that bring no byte before a source is given up. */
const MOST_FRUITLESS_ATTEMPTS = 5;
/** A server that asks for a longer pause is given up for this run. */
const LONGEST_PAUSE_MS = 5 * 60_000;

/** `max_bytes_per_second` over all transfers together. */
export class RateLimit {
  readonly #bytesPerSecond: number | null;
  readonly #ports: Pick<Ports, 'sleep' | 'now'>;
  readonly #elapsed: Elapsed;
  /** Time in ms at which everything taken so far is paid for. */
  #paidAt = 0;

  constructor(bytesPerSecond: number | null, ports: Pick<Ports, 'sleep' | 'now'>) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#ports = ports;
    this.#elapsed = new Elapsed(ports);
  }

  /** `false` when there is no limit and nothing has to be taken. */
  get limited(): boolean {
    return this.#bytesPerSecond !== null;
  }

  /** Returns when so many bytes more are within the rate. Rejects with the signal's reason when it aborts. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#bytesPerSecond === null) return;
    const now = this.#elapsed.ms;
    this.#paidAt = Math.max(now, this.#paidAt) + (bytes / this.#bytesPerSecond) * 1000;
    const wait = this.#paidAt - now - BURST_MS;
    if (wait > 0) await this.#ports.sleep(wait, signal);
  }
}

/** Calls back when a reader has waited too long for a byte. The runtime's own idle timeout is not exact enough (Bun 1.4.5). */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;
  #waiting = true;

  constructor(timeoutMs: number, onStall: () => void) {
    this.#timer = setTimeout(() => {
      if (this.#waiting) onStall();
    }, timeoutMs);
  }

  /** A read begins: from now on the clock counts. */
  begin(): void {
    this.#waiting = true;
    this.#timer.refresh();
  }

  /** Bytes have come: while they are put away nobody stalls. */
  pause(): void {
    this.#waiting = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Decides whether and when a source is asked again: five attempts in a row without a byte, and it is given up. */
export class RetryBudget {
  #fruitless = 0;

  /** Milliseconds to wait before the next attempt, `null` when there is to be none. `hasGrown`: the failed one has brought bytes. */
  nextPauseMs(trouble: Trouble, hasGrown: boolean): number | null {
    if (!isPassingTrouble(trouble, isPassingStatus)) return null;
    this.#fruitless = hasGrown ? 1 : this.#fruitless + 1;
    if (this.#fruitless >= MOST_FRUITLESS_ATTEMPTS) return null;
    const retryAfterMs = trouble.kind === 'status' ? trouble.retryAfterMs : null;
    if (retryAfterMs !== null && retryAfterMs > LONGEST_PAUSE_MS) return null;
    return retryPauseMs(this.#fruitless, { retryAfterMs });
  }
}
