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
