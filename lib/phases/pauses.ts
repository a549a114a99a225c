/** How long work goes on without letting timers, signals and other threads' messages have their turn. */
const SLICE_MS = 25;

/** Makes a break when it is time for one, or now; the break throws the signal's reason when that has aborted. */
export type Pause = (now?: 'now') => Promise<void> | undefined;

/** Gives a function that makes a break every now and then. */
export function pauses(signal: AbortSignal): Pause {
  let sliceEnd = performance.now() + SLICE_MS;
  const turn = async (): Promise<void> => {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    signal.throwIfAborted();
    sliceEnd = performance.now() + SLICE_MS;
  };
  return (now) => (now === undefined && performance.now() < sliceEnd ? undefined : turn());
}
