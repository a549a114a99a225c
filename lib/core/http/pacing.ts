import { Elapsed } from '../elapsed.ts';
import type { Ports } from '../ports.ts';
import { isInside } from './address.ts';
import type { Lane, Pace } from './paces.ts';
import { readRetryAfterMs, readWindowMs } from './retry.ts';

/** The longest pause that a server may impose on every later request of this process. */
const LONGEST_PAUSE_MS = 60_000;

type Clock = Pick<Ports, 'sleep' | 'now'>;

/**
 * Who may ask when: each lane of a service is a bucket of tokens that fills at the service's pace, and a pause that a server asks for
 * holds for everybody who asks there. Requests wait in the order in which they came.
 */
export class Pacing {
  readonly #clock: Clock;
  readonly #elapsed: Elapsed;
  /** Lane → time in ms at which its bucket is full again. */
  readonly #fullAt = new Map<string, number>();
  /** Lane → time in ms before which no request is sent there. */
  readonly #pausedUntil = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#elapsed = new Elapsed(clock);
  }

  /** Waits for the request's turn; `pace` is `null` where nothing limits it. Rejects with the signal's reason when it aborts. */
  async wait(lane: string, pace: Pace | null, signal: AbortSignal | undefined): Promise<void> {
    const now = this.#elapsed.ms;
    const turn = pace === null ? now : this.#takeToken(lane, pace, now);
    const waitMs = Math.max(turn, this.#pausedUntil.get(lane) ?? 0) - now;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }

  /** Keeps the pause that an answer asks for: by its status, or by a window of which nothing is left. */
  note(lane: string, { status, headers }: Pick<Response, 'status' | 'headers'>): void {
    const refused = status === 429 || status === 503;
    const pauseMs = refused ? readRetryAfterMs(headers, this.#clock.now()) : readWindowMs(headers);
    // a window that stays shut for minutes is better met by a refusal, so that the other sources go on
    if (pauseMs === null || (!refused && pauseMs > LONGEST_PAUSE_MS)) return;
    this.#pausedUntil.set(lane, this.#elapsed.ms + Math.min(pauseMs, LONGEST_PAUSE_MS));
  }

  /** Time in ms at which the next token is there. */
  #takeToken(lane: string, { perSecond, burst }: Pace, now: number): number {
    const intervalMs = 1000 / perSecond;
    const fullAt = Math.max(this.#fullAt.get(lane) ?? 0, now) + intervalMs;
    this.#fullAt.set(lane, fullAt);
    return fullAt - burst * intervalMs;
  }
}

const PACINGS = new WeakMap<Clock, Pacing>();

/** The one pacing of everybody who has this clock: the limits are the process's, however many clients it makes. */
export function pacingOf(clock: Clock): Pacing {
  const known = PACINGS.get(clock) ?? new Pacing(clock);
  PACINGS.set(clock, known);
  return known;
}

/**
 * The pace that holds for a URL. What the user has set holds everywhere; the services' own paces are about the public services, not about
 * a mirror in the user's own network.
 */
export function paceFor(url: URL, lane: Lane | null, maxRequestsPerSecond: number | null): Pace | null {
  if (lane === null) return null;
  if (maxRequestsPerSecond !== null) return { perSecond: maxRequestsPerSecond, burst: Math.max(1, Math.floor(maxRequestsPerSecond)) };
  return isInside(url.hostname) ? null : lane.pace;
}
