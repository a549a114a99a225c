import type { ServiceName } from '../core/services.ts';

/** Why a file did not arrive, as data: `failures.ts` has the words for each. */
export type Trouble =
  /** The guard of the HTTP client refused an address. `code` is its own. */
  | { kind: 'refused'; code: string; detail: string }
  | { kind: 'network'; detail: string }
  | { kind: 'stalled'; seconds: number }
  /** An HTTP status that no other kind explains. */
  | { kind: 'status'; status: number; host: string; detail: string | null; retryAfterMs: number | null }
  | { kind: 'not_found'; host: string; detail: string | null }
  | { kind: 'login_required'; service: ServiceName | null; host: string; hadKey: boolean }
  | { kind: 'key_rejected'; service: ServiceName | null; host: string }
  | { kind: 'gated'; hadKey: boolean }
  | { kind: 'early_access'; deadline: string | null }
  | { kind: 'downloads_disabled' }
  | { kind: 'no_access'; host: string; detail: string | null }
  | { kind: 'region_blocked'; service: ServiceName | null; host: string }
  /** What came instead of a model: `a web page`, `a git-lfs pointer`, ... */
  | { kind: 'not_a_model'; what: string }
  | { kind: 'checksum'; expected: string; actual: string }
  | { kind: 'size'; expected: number; actual: number }
  /** Nothing is known that could prove the file whole. */
  | { kind: 'unprovable' }
  /** The server breaks the rules of ranges. */
  | { kind: 'protocol'; detail: string }
  | { kind: 'disk_full'; needed: number | null; free: number | null }
  | { kind: 'disk'; code: string; detail: string }
  /** `pid` is `null` where it cannot be told: the process may be in a container or on another machine. */
  | { kind: 'in_use'; pid: number | null }
  | { kind: 'target_taken'; detail: string }
  | { kind: 'target_refused'; detail: string }
  | { kind: 'target_unknown' }
  | { kind: 'pickle_refused' }
  /** A scan of one of its places says that it does harm. */
  | { kind: 'danger'; detail: string }
  | { kind: 'no_source' }
  /** The program that was to do the transfer does not. */
  | { kind: 'engine'; detail: string }
  | { kind: 'local_changed'; detail: string };

/** Thrown inside the engine only; what leaves it is a record with a report. */
export class TransferError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble, options: { cause?: unknown } = {}) {
    super(trouble.kind, options);
    this.name = 'TransferError';
    this.trouble = trouble;
  }
}

/** What has arrived has been judged and is of no use to anybody: it does not stay. */
export class BadContentError extends TransferError {
  /** It may have been damaged or cut off on the way: a second time may bring something else. */
  readonly worthAnotherTry: boolean;

  constructor(trouble: Trouble, options: { worthAnotherTry: boolean }) {
    super(trouble);
    this.name = 'BadContentError';
    this.worthAnotherTry = options.worthAnotherTry;
  }
}

/** `true` when the same request may well succeed a little later. */
export function isPassingTrouble(trouble: Trouble, isPassingStatus: (status: number) => boolean): boolean {
  if (trouble.kind === 'status') return isPassingStatus(trouble.status);
  return trouble.kind === 'network' || trouble.kind === 'stalled' || trouble.kind === 'protocol';
}
