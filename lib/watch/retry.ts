/** Why something did not work, as far as it tells when to try again. */
export type Setback = 'trouble' | 'refused' | 'absent';

interface Pauses {
  firstMs: number;
  longestMs: number;
}

/**
 * `trouble` (network, a service's own fault, the disk) passes by itself and is looked at soon. `refused` (a key, a licence, a checksum)
 * mostly needs a person: what they change is noticed and hurries it. `absent` (nobody has it, or somebody has to choose) may be published
 * some day.
 */
const PAUSES: Readonly<Record<Setback, Pauses>> = {
  trouble: { firstMs: 2000, longestMs: 15 * 60_000 },
  refused: { firstMs: 60_000, longestMs: 6 * 3_600_000 },
  absent: { firstMs: 10 * 60_000, longestMs: 24 * 3_600_000 },
};

/** How long to wait after so many attempts in a row (1 or more), in milliseconds: twice as long each time, up to a longest. */
export function pauseMs(setback: Setback, attempts: number): number {
  const { firstMs, longestMs } = PAUSES[setback];
  return Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 30));
}

const REFUSALS =
  /_(login_required|key_rejected|gated|early_access|disabled|forbidden|region_blocked|not_a_model|checksum_mismatch|size_mismatch|unprovable|target_\w+|pickle_refused|refused|no_source|unauthorized|not_found|unseen)$/;

/** What a failure's code says of trying again. */
export function setbackOf(code: string): Setback {
  if (code === 'model_not_found') return 'absent';
  return REFUSALS.test(code) ? 'refused' : 'trouble';
}
