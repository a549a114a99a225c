import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import type { FileKey, FileMemory } from '../core/file-memory.ts';
import { isDamage, removeDatabase } from '../core/kept-database.ts';

const FILE = '.comfy-fixer.memory';
/** `PRAGMA application_id`: ours, so that nobody else's database is taken for it. */
const APPLICATION = 0x436d_4678;
const LAYOUT = 1;
const PAGE_BYTES = 16_384;
const TABLE =
  'CREATE TABLE IF NOT EXISTS texts (kind TEXT, path TEXT, stamp TEXT NOT NULL, body TEXT NOT NULL, sum TEXT NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (kind, path)) STRICT';
const FIND = 'SELECT stamp, body, sum, day FROM texts WHERE kind = ? AND path = ?';
const PUT = 'INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?, ?, ?)';
const TOUCH = 'UPDATE texts SET day = ? WHERE kind = ? AND path = ?';
const DROP = 'DELETE FROM texts WHERE day < ?';

const DAY_MS = 24 * 60 * 60 * 1000;
/** What nobody has asked for in this time belongs to files that are gone. */
const LIFE_DAYS = 30;
/** A text that is in use is marked so once in this time. */
const TOUCH_DAYS = 7;
/** Texts that are written at once. */
const BATCH = 1_000;

interface Row {
  stamp: string;
  body: string;
  sum: string;
  day: number;
}

/**
 * What was made of files, kept between runs in one SQLite file of the state folder. It is a memory and no record: a file that is damaged or
 * somebody else's is thrown away and begun anew, and one that cannot be used is done without. Several processes may use it at once.
 */
export class MemoryStore implements FileMemory, Disposable {
  readonly #path: string;
  readonly #database: Database | undefined;
  readonly #today: number;
  readonly #kept = new Map<string, { key: FileKey; body: string }>();
  readonly #touched: FileKey[] = [];
  #isDamaged = false;
  readonly isNew: boolean;

  private constructor(path: string, now: Date) {
    this.#path = path;
    this.#database = openDatabase(path);
    this.#today = Math.floor(now.getTime() / DAY_MS);
    this.isNew = this.#attempt((database) => database.query('SELECT 1 FROM texts LIMIT 1').get()) === null;
  }

  /** Opens or makes the memory of a state folder. Never throws. */
  static open(folder: string, now: Date): MemoryStore {
    return new MemoryStore(join(folder, FILE), now);
  }

  recall(key: FileKey): string | undefined {
    const waiting = this.#kept.get(nameOf(key));
    if (waiting !== undefined) return waiting.key.stamp === key.stamp ? waiting.body : undefined;
    const row = this.isNew ? null : this.#attempt((database) => database.query<Row, [string, string]>(FIND).get(key.kind, key.path));
    if (!row || row.stamp !== key.stamp || row.sum !== sumOf(key, row.body)) return undefined;
    if (row.day < this.#today - TOUCH_DAYS) this.#touched.push(key);
    return row.body;
  }

  keep(key: FileKey, text: string): void {
    if (this.#database === undefined) return;
    this.#kept.set(nameOf(key), { key, body: text });
    if (this.#kept.size >= BATCH) this.#write();
  }

  /** Writes what is still to be written, drops what nobody uses any more, and closes the file. */
  [Symbol.dispose](): void {
    this.#write();
    if (!this.isNew) this.#attempt((database) => database.run(DROP, [this.#today - LIFE_DAYS]));
    this.#database?.close();
    if (this.#isDamaged) removeDatabase(this.#path);
  }

  #write(): void {
    const kept = [...this.#kept.values()];
    const touched = this.#touched.splice(0);
    this.#kept.clear();
    if (kept.length + touched.length === 0) return;
    this.#attempt((database) => {
      const [put, touch] = [database.query(PUT), database.query(TOUCH)];
      database.transaction(() => {
        for (const key of touched) touch.run(this.#today, key.kind, key.path);
        for (const { key, body } of kept) put.run(key.kind, key.path, key.stamp, body, sumOf(key, body), this.#today);
      })();
    });
  }

  /** A disk that is full, a file that another process holds for long, or one that is damaged in the middle: all cost only time. */
  #attempt<T>(use: (database: Database) => T): T | undefined {
    if (this.#database === undefined || this.#isDamaged) return undefined;
    try {
      return use(this.#database);
    } catch (error) {
      this.#isDamaged = isForeign(error);
      return undefined;
    }
  }
}

function nameOf({ kind, path }: FileKey): string {
  return `${kind}\0${path}`;
}

/** Told apart by it: a text that the disk has mixed up, since nothing is flushed for a memory's sake. */
function sumOf({ stamp }: FileKey, body: string): string {
  return Bun.hash(body, Bun.hash(stamp)).toString(36);
}

function openDatabase(path: string): Database | undefined {
  try {
    return prepare(path);
  } catch (error) {
    if (!isForeign(error)) return undefined;
  }
  try {
    removeDatabase(path);
    return prepare(path);
  } catch {
    return undefined;
  }
}

/** The file is damaged, or another program's. One that is locked or may not be written is neither. */
class ForeignFile extends Error {}

function isForeign(error: unknown): boolean {
  return error instanceof ForeignFile || isDamage(error);
}

function prepare(path: string): Database {
  const database = new Database(path, { create: true });
  try {
    database.run('PRAGMA busy_timeout = 1000');
    database.run('PRAGMA synchronous = OFF');
    checkOwner(database);
    database.run(TABLE);
    database.query(FIND);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkOwner(database: Database): void {
  const tables = database.query<{ count: number }, []>('SELECT count(*) AS count FROM sqlite_schema').get()?.count ?? 0;
  const owner = database.query<{ application_id: number }, []>('PRAGMA application_id').get()?.application_id;
  const layout = database.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version;
  if (tables > 0 && (owner !== APPLICATION || layout !== LAYOUT)) throw new ForeignFile();
  if (tables > 0) return;
  // Texts of some kilobytes that are written once: smaller pages, and a log of its own for them (WAL), took twice the time (2026-11).
  database.run(`PRAGMA page_size = ${PAGE_BYTES}`);
  database.run(`PRAGMA application_id = ${APPLICATION}`);
  database.run(`PRAGMA user_version = ${LAYOUT}`);
}
