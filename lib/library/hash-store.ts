import type { Database } from 'bun:sqlite';
import { open, stat } from 'node:fs/promises';
import { isDamage, openKeptDatabase, removeDatabase } from '../core/kept-database.ts';

/** What tells that a file is still the one that was hashed. */
interface FileStamp {
  path: string;
  size: number;
  mtime: number;
  inode: number;
}

/** How a file is read. */
export interface HashOptions {
  signal?: AbortSignal;
  /** Told of every piece that was read, in bytes; of a file whose hash is known, of all at once. */
  onBytes?: (bytes: number) => void;
}

/** Pieces this large keep a disk busy and a hand on the signal. */
const PIECE_BYTES = 4 * 1024 * 1024;

const TABLE = 'CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, size INTEGER, mtime REAL, inode INTEGER, sha256 TEXT NOT NULL)';
const FIND = 'SELECT sha256 FROM hashes WHERE path = $path AND size = $size AND mtime = $mtime AND inode = $inode';
const FIND_PATHS = 'SELECT path FROM hashes WHERE sha256 = $sha256 ORDER BY path LIMIT $most';
/** Copies of one file that are looked at. */
const MOST_COPIES = 8;
const KEEP = 'INSERT OR REPLACE INTO hashes VALUES ($path, $size, $mtime, $inode, $sha256)';

/** Computes the sha256 of files, and remembers it for as long as path, size, time of change and inode stay the same. */
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
    const stamp = await stampOf(path);
    const known = this.#find(stamp);
    if (known !== undefined) {
      options.onBytes?.(stamp.size);
      return known;
    }
    const sha256 = await hashFile(path, options);
    const after = await stampOf(path);
    // A file that was written to meanwhile has a hash that belongs to no state of it.
    if (after.size === stamp.size && after.mtime === stamp.mtime && after.inode === stamp.inode) this.#keep(stamp, sha256);
    return sha256;
  }

  /** Files that had this sha256 (lower-case hex) when they were hashed, and have not changed since. Nothing is read for it. */
  async pathsOf(sha256: string): Promise<string[]> {
    const query = (): { path: string }[] =>
      this.#database.query<{ path: string }, Record<string, string | number>>(FIND_PATHS).all({ $sha256: sha256, $most: MOST_COPIES });
    const paths = (this.#attempt(query) ?? []).map(({ path }) => path);
    const looks = paths.map(async (path) => this.#find(await stampOf(path)) === sha256);
    const same = await Promise.allSettled(looks);
    return paths.filter((_, at) => same[at]?.status === 'fulfilled' && same[at].value);
  }

  #find(stamp: FileStamp): string | undefined {
    const query = (): { sha256: string } | null =>
      this.#database.query<{ sha256: string }, Record<string, string | number>>(FIND).get(named(stamp));
    return this.#attempt(query)?.sha256;
  }

  /** A hash that cannot be kept (disk full, folder gone) is computed again the next time. */
  #keep(stamp: FileStamp, sha256: string): void {
    this.#attempt(() => this.#database.query(KEEP).run({ ...named(stamp), $sha256: sha256 }));
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

function named(stamp: FileStamp): Record<string, string | number> {
  return { $path: stamp.path, $size: stamp.size, $mtime: stamp.mtime, $inode: stamp.inode };
}

async function stampOf(path: string): Promise<FileStamp> {
  const { size, mtimeMs, ino } = await stat(path);
  return { path, size, mtime: mtimeMs, inode: ino };
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
