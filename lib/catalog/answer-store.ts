import { Database } from 'bun:sqlite';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** Answers older than this are of no use even without a network: places have moved on. */
const LONGEST_LIFE_MS = 90 * 24 * 60 * 60 * 1000;
const LAYOUT_VERSION = 1;

/**
 * Answers of services, kept between runs in one SQLite file. It is a memory and no record: a file that is damaged or of another layout
 * is thrown away and begun anew.
 */
export class AnswerStore {
  readonly #database: Database;

  /** Opens the file, or memory alone with `':memory:'`. Throws when the folder cannot be written to. */
  constructor(path: string) {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    this.#database = openDatabase(path);
  }

  /** The answer that was kept under the key since `since`, as it was given; `undefined` when there is none. */
  read(key: string, since: Date): unknown {
    const row = this.#database
      .query<{ answer: Uint8Array }, [string, number]>('SELECT answer FROM answers WHERE key = ? AND stored_at >= ?')
      .get(key, since.getTime());
    return row ? decode(row.answer) : undefined;
  }

  /** Keeps an answer under the key, in place of an older one. */
  write(key: string, answer: unknown, now: Date): void {
    this.#database
      .query(
        'INSERT INTO answers (key, answer, stored_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET answer = excluded.answer, stored_at = excluded.stored_at',
      )
      .run(key, Bun.gzipSync(Buffer.from(JSON.stringify(answer))), now.getTime());
  }

  /** Forgets what is too old, and closes the file. */
  close(now: Date): void {
    this.#database.query('DELETE FROM answers WHERE stored_at < ?').run(now.getTime() - LONGEST_LIFE_MS);
    this.#database.close();
  }
}

function openDatabase(path: string): Database {
  try {
    return prepare(new Database(path, { create: true }));
  } catch (error) {
    if (path === ':memory:') throw error;
    for (const name of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]) rmSync(name, { force: true });
    return prepare(new Database(path, { create: true }));
  }
}

function prepare(database: Database): Database {
  database.run('PRAGMA busy_timeout = 2000');
  const version = database.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0;
  if (version !== LAYOUT_VERSION) database.run('DROP TABLE IF EXISTS answers');
  database.run('CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer BLOB NOT NULL, stored_at INTEGER NOT NULL) STRICT');
  database.run(`PRAGMA user_version = ${LAYOUT_VERSION}`);
  return database;
}

function decode(answer: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(Bun.gunzipSync(Uint8Array.from(answer))).toString('utf8'));
  } catch {
    return undefined; // a damaged row is no answer
  }
}
