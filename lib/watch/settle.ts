import { statSync } from 'node:fs';

/** What tells one state of a file from another without reading it; `null` when it is not there or may not be looked at. */
export type Signature = string | null;

/** Size, time of change and identity: a file that was written to, or replaced by another one, has another signature. */
export function signatureOf(path: string): Signature {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return null;
  }
}

/**
 * Tells files that somebody is still writing from those that stay as they are. By this process's own clock: the times that a network
 * share gives may be anything.
 */
export class Settling {
  readonly #quietMs: number;
  readonly #seen = new Map<string, { signature: Signature; sinceMs: number }>();

  /** A file counts as settled once it has not changed for so many milliseconds. */
  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** Paths that were looked at and had not settled yet. */
  get waiting(): readonly string[] {
    return [...this.#seen.keys()];
  }

  /** Looks at a file: `true` when it has stayed the same for long enough. Time is in milliseconds of a clock that never goes back. */
  look(path: string, nowMs: number): boolean {
    const signature = signatureOf(path);
    const seen = this.#seen.get(path);
    if (!seen || seen.signature !== signature) {
      this.#seen.set(path, { signature, sinceMs: nowMs });
      return false;
    }
    return nowMs - seen.sinceMs >= this.#quietMs;
  }

  /** The file is whole, or nobody minds it any more. */
  forget(path: string): void {
    this.#seen.delete(path);
  }
}

/** A few files as they were when they were read. */
export class FileMarks {
  readonly #marks = new Map<string, Signature>();

  /** The file is about to be read. */
  set(path: string): void {
    this.#marks.set(path, signatureOf(path));
  }

  /** Those that are not as they were. */
  changed(): string[] {
    return [...this.#marks].filter(([path, signature]) => signatureOf(path) !== signature).map(([path]) => path);
  }
}
