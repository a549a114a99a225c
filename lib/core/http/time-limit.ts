/** How long an answer is waited for, in milliseconds from when its request is sent. */
export interface Patience {
  /** Until it begins. */
  silenceMs: number;
  /** Until it begins at a second attempt, after nothing had come at the first one. */
  secondSilenceMs: number;
  /** Until it is whole. */
  wholeMs: number;
}

/**
 * A service may be slow: one of Civitai's searches takes many seconds on a bad day. What is silent for longer has mostly lost the request
 * on the way, so that another connection is answered soon or never: both together cost 25 s.
 */
export const PATIENCE: Patience = { silenceMs: 20_000, secondSilenceMs: 5000, wholeMs: 30_000 };

/** A time limit that begins when a request is sent, so that waiting for its turn does not count. */
export interface TimeLimit {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
  /** Begins the count; later calls change nothing. */
  start(): void;
  stop(): void;
}

export function makeTimeLimit(ms: number): TimeLimit {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    signal: controller.signal,
    start() {
      timer ??= setTimeout(() => controller.abort(new DOMException('no answer in time', 'TimeoutError')), ms);
    },
    stop: () => clearTimeout(timer),
  };
}

/** The time limit of one attempt to get an answer: another one until it begins than until it is whole. */
export interface AnswerLimit extends TimeLimit {
  /** The answer has begun. */
  begin(): void;
  /** Seconds that were waited in vain; `null` while the time is not over. */
  vainSeconds(): number | null;
  /** Nothing at all came in time. */
  wasSilent(): boolean;
}

/** `isSecond`: the attempt before this one met with silence. */
export function makeAnswerLimit({ silenceMs, secondSilenceMs, wholeMs }: Patience, isSecond: boolean): AnswerLimit {
  const [silence, whole] = [makeTimeLimit(isSecond ? secondSilenceMs : silenceMs), makeTimeLimit(wholeMs)];
  const limits = [silence, whole];
  return {
    signal: AbortSignal.any(limits.map(({ signal }) => signal)),
    start: () => limits.forEach((limit) => limit.start()),
    begin: () => silence.stop(),
    stop: () => limits.forEach((limit) => limit.stop()),
    vainSeconds: () => (silence.signal.aborted ? silenceMs / 1000 : whole.signal.aborted ? wholeMs / 1000 : null),
    wasSilent: () => silence.signal.aborted,
  };
}
