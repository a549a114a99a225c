import { type FileStamp, stampOfFile } from '../core/file-memory.ts';

/** The states in which files were found, each before it was read: nothing is remembered under a later one. */
export class FileStamps {
  readonly #found = new Map<string, FileStamp | null>();
  readonly #read = new Map<string, string | null>();

  /** A file as it was at the first look; `null` for one that is not there, or may not be looked at. */
  of(path: string): FileStamp | null {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const stamp = look(path);
    this.#found.set(path, stamp);
    return stamp;
  }

  /** A file was found in another state before it was read; `null` for one that may not be remembered. */
  setRead(path: string, text: string | null): void {
    this.#read.set(path, text);
  }

  /** The state of which something is known; `null` where there is none. */
  textOf(path: string): string | null {
    const read = this.#read.get(path);
    return read === undefined ? (this.of(path)?.text ?? null) : read;
  }
}

function look(path: string): FileStamp | null {
  try {
    return stampOfFile(path, new Date()) ?? null;
  } catch {
    return null;
  }
}
