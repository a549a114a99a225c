import type { Database } from 'bun:sqlite';
import { open, stat } from 'node:fs/promises';
import { makeStamp } from '../core/file-memory.ts';
import { isDamage, openKeptDatabase, removeDatabase } from '../core/kept-database.ts';

/** A file as it was when it was looked at. */
interface StampedFile {
  path: string;
  sizeBytes: number;
  /** What tells that it is still the one that was hashed. */
  stamp: string;
}

/** How a file is read. */
export interface HashOptions {
  signal?: AbortSignal;
  /** Told of every piece that was read, in bytes; of a file whose hash is known, of all at once. */
  onBytes?: (bytes: number) => void;
}

/** Pieces this large keep a disk busy and a hand on the signal. */
const PIECE_BYTES = 4 * 1024 * 1024;

const TABLE = 'CREATE TABLE IF NOT EXISTS file_hashes (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT';
const FIND = 'SELECT sha256 FROM file_hashes WHERE path = $path AND stamp = $stamp';
const FIND_PATHS = 'SELECT path FROM file_hashes WHERE sha256 = $sha256 ORDER BY path LIMIT $most';
/** Copies of one file that are looked at. */
const MOST_COPIES = 8;
const KEEP = 'INSERT OR REPLACE INTO file_hashes VALUES ($path, $stamp, $sha256)';

/** Computes the sha256 of files, and remembers it for as long as path, size, times of change and inode stay the same. */
export class HashStore implements Disposable {
  readonly #database: Database;
  readonly #path: string;
  #isDamaged = false;

  private constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /**
   * Opens or makes the store. One that cannot be used is done without, and one in which damage is met is thrown away when it is closed:
   * every hash can be computed again.
   */
  static open(file: string): HashStore {
    return new HashStore(openKeptDatabase(file, { table: TABLE, probe: FIND, busyMs: 2000 }), file);
  }

  /** Lower-case hex. Rejects when the file cannot be read, or with the signal's reason. */
  async sha256Of(path: string, options: HashOptions = {}): Promise<string> {
    const file = await lookAt(path);
    const known = this.#find(file);
    if (known !== undefined) {
      options.onBytes?.(file.sizeBytes);
      return known;
    }
    const sha256 = await hashFile(path, options);
    const after = await lookAt(path);
    // A file that was written to meanwhile has a hash that belongs to no state of it.
    if (after.stamp === file.stamp) this.#keep(file, sha256);
    return sha256;
  }

  /** Files that had this sha256 (lower-case hex) when they were hashed, and have not changed since. Nothing is read for it. */
  async pathsOf(sha256: string): Promise<string[]> {
    const query = (): { path: string }[] =>
      this.#database.query<{ path: string }, Record<string, string | number>>(FIND_PATHS).all({ $sha256: sha256, $most: MOST_COPIES });
    const paths = (this.#attempt(query) ?? []).map(({ path }) => path);
    const looks = paths.map(async (path) => this.#find(await lookAt(path)) === sha256);
    const same = await Promise.allSettled(looks);
    return paths.filter((_, at) => same[at]?.status === 'fulfilled' && same[at].value);
  }

  #find({ path, stamp }: StampedFile): string | undefined {
    const query = (): { sha256: string } | null =>
      this.#database.query<{ sha256: string }, Record<string, string>>(FIND).get({ $path: path, $stamp: stamp });
    return this.#attempt(query)?.sha256;
  }

  /** A hash that cannot be kept (disk full, folder gone) is computed again the next time. */
  #keep({ path, stamp }: StampedFile, sha256: string): void {
    this.#attempt(() => this.#database.query(KEEP).run({ $path: path, $stamp: stamp, $sha256: sha256 }));
  }

  /** What goes wrong here says nothing of the model file. */
  #attempt<T>(use: () => T): T | undefined {
    try {
      return use();
    } catch (error) {
      this.#isDamaged ||= isDamage(error);
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
    if (this.#isDamaged) removeQuietly(this.#path);
  }
}

function removeQuietly(path: string): void {
  try {
    removeDatabase(path);
  } catch {
    // the next run meets the same damage, and does without
  }
}

async function lookAt(path: string): Promise<StampedFile> {
  const { text, sizeBytes } = makeStamp(await stat(path), new Date());
  return { path, sizeBytes, stamp: text };
}

async function hashFile(path: string, { signal, onBytes }: HashOptions): Promise<string> {
  const hasher = new Bun.CryptoHasher('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const file = await open(path);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return hasher.digest('hex');
      hasher.update(piece.subarray(0, bytesRead));
      onBytes?.(bytesRead);
    }
  } finally {
    await file.close();
  }
}
