/** First pause before an attempt is made again; each further one doubles it. Civitai advises to begin with about a second. */
const FIRST_PAUSE_MS = 500;
/** Longest pause of our own making; a server may ask for more. */
const LONGEST_PAUSE_MS = 30_000;

/** How often to ask while failures are passing ones. */
const MOST_ATTEMPTS = 3;
/** How often to ask somebody who says nothing at all: each time costs the whole patience, and others wait for it. */
const MOST_SILENT_ATTEMPTS = 2;

/** Whether a question that failed for a passing reason is worth asking again after so many attempts. */
export function isWorthAnotherAttempt(code: string, attempts: number, most: number = MOST_ATTEMPTS): boolean {
  return attempts < (code.endsWith('_timeout') ? Math.min(most, MOST_SILENT_ATTEMPTS) : most);
}

/** Statuses that say "later": request timeout, too early, too many requests, and the server's own failures. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524]);

export function isPassingStatus(status: number): boolean {
  return PASSING_STATUSES.has(status);
}

/**
 * Milliseconds to wait before attempt `attempt + 1` (attempts count from 1): an exponential pause of which a random half is taken off, so
 * that many clients do not return at once, or what the server asks for where that is longer. One that asks for nothing, or names a moment
 * that is over by this machine's clock, would have all attempts in one breath.
 */
export function retryPauseMs(attempt: number, options: { retryAfterMs?: number | null; random?: () => number } = {}): number {
  const { retryAfterMs = null, random = Math.random } = options;
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
  return Math.max(retryAfterMs ?? 0, Math.round(pause * (0.5 + random() / 2)));
}

/**
 * How long the server asks to wait, in milliseconds: `Retry-After` in seconds or as a date (RFC 9110), else the `t` of Hugging Face's
 * `RateLimit: "api";r=0;t=42` when nothing is left of the window (its documentation, 2025-09). `null` when it asks for nothing.
 */
export function readRetryAfterMs(headers: Headers, now: Date): number | null {
  const value = headers.get('retry-after')?.trim();
  if (value) {
    if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
    const date = Date.parse(value);
    if (!Number.isNaN(date)) return Math.max(0, date - now.getTime());
  }
  return readWindowMs(headers);
}

/** Milliseconds until the window of a `RateLimit` header begins anew, when nothing is left of it; else `null`. */
export function readWindowMs(headers: Headers): number | null {
  const window = /;\s*r=0\b.*;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '');
  return window ? (Number(window[1]) + 1) * 1000 : null;
}
