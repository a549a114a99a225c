/** How far back the speed looks: long enough to be calm, short enough to follow a change. */
const WINDOW_MS = 5000;

/** The smoothed speed of something that counts bytes. */
export class SpeedMeter {
  /** Oldest first; the first one may lie before the window, so that the window is covered. */
  readonly #samples: { atMs: number; bytes: number }[] = [];
  #skipped = 0;

  /** The bytes done change by so many without any of them being moved: that says nothing of the speed. */
  skip(bytes: number): void {
    this.#skipped += bytes;
  }

  /** Notes the bytes done in all. A lower number than before (a restart from zero) begins anew. */
  note(bytesDone: number, atMs: number): void {
    const bytes = bytesDone - this.#skipped;
    const last = this.#samples.at(-1);
    if (last && bytes < last.bytes) this.#samples.length = 0;
    this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? 0) <= atMs - WINDOW_MS) this.#samples.shift();
  }

  /** Bytes per second over the last seconds, 0 while nothing can be said. */
  bytesPerSecond(): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs) return 0;
    return Math.round(((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs));
  }
}

/** Seconds left at a speed, `null` when nothing can be said. */
export function secondsLeft(bytesDone: number, bytesTotal: number | null, bytesPerSecond: number): number | null {
  if (bytesTotal === null || bytesPerSecond <= 0) return null;
  return Math.max(0, Math.ceil((bytesTotal - bytesDone) / bytesPerSecond));
}
