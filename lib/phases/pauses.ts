/** How long work goes on without letting timers, signals and other threads' messages have their turn. */
const SLICE_MS = 25;

/** Gives a function that makes a break every now and then; the break throws the signal's reason when that has aborted. */
export function pauses(signal: AbortSignal): () => Promise<void> | undefined {
  let sliceEnd = performance.now() + SLICE_MS;
  const turn = async (): Promise<void> => {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    signal.throwIfAborted();
    sliceEnd = performance.now() + SLICE_MS;
  };
  return () => (performance.now() < sliceEnd ? undefined : turn());
}
