import { type Stats, statSync } from 'node:fs';

/**
 * Remembers what was made of a file for as long as the file stays the same. It may forget anything at any time, and never gives back what
 * was kept under another stamp.
 */
export interface FileMemory {
  /** Nothing was kept in it before: nobody need ask. */
  readonly isNew?: boolean;
  /** The text that was kept for a file in this state, `undefined` when there is none. */
  recall: (key: FileKey) => string | undefined;
  /** Keeps a text in place of what was kept for the file before. Never throws. */
  keep: (key: FileKey, text: string) => void;
}

/** A file or folder in one of its states. */
export interface FileKey {
  /** What was made of it: a kind has its own texts. */
  kind: string;
  /** Absolute; `''` for what was made of many files together. */
  path: string;
  /** Differs whenever the content may. */
  stamp: string;
}

/** A clock of a file system may stand still for this long (FAT counts in steps of two seconds). */
const CLOCK_STEP_MS = 2_000;

/** What tells that a file is still the one that was read. */
export interface FileStamp {
  text: string;
  /** `false` for a file that was written to a moment ago: it may be written to again without that showing in its times. */
  isSettled: boolean;
  sizeBytes: number;
}

/** A file as it is now; `undefined` when there is none, or it may not be looked at. */
export function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The stamp of a file as it is now; `undefined` when there is no such file. */
export function stampOfFile(path: string, now: Date): FileStamp | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : makeStamp(found, now);
}

/**
 * Size, times and number of a file, the times to a hundredth of a millisecond. The time of its last change of state is among them, which
 * no program can set: content that is replaced under its old time of change is noticed too.
 */
export function makeStamp({ size, mtimeMs, ctimeMs, ino }: Stats, now: Date): FileStamp {
  return { text: `${size}:${mtimeMs}:${ctimeMs}:${ino}`, isSettled: now.getTime() - mtimeMs > CLOCK_STEP_MS, sizeBytes: size };
}
