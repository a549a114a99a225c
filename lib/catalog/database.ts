import { Database } from 'bun:sqlite';
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../core/error.ts';
import { isDamage, removeDatabase } from '../core/kept-database.ts';

const LAYOUT_VERSION = 4;
/** What can be learnt again: another layout begins it anew. What the user has said is kept. */
const LEARNT = ['answers', 'files', 'places', 'lessons', 'file_names', 'searched_keys'] as const;
const TABLES = [
  'CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer BLOB NOT NULL, stored_at INTEGER NOT NULL) STRICT',
  // place_ids: a JSON array
  `CREATE TABLE IF NOT EXISTS lessons (teacher TEXT PRIMARY KEY, digest TEXT NOT NULL, place_ids TEXT NOT NULL, seen_at INTEGER NOT NULL)
    STRICT, WITHOUT ROWID`,
  // teachers: how many lessons have the place
  `CREATE TABLE IF NOT EXISTS places (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL,
    directory TEXT, sha256 TEXT, size_bytes INTEGER, teachers INTEGER NOT NULL) STRICT`,
  'CREATE INDEX IF NOT EXISTS places_by_key ON places (key, url)',
  'CREATE INDEX IF NOT EXISTS places_by_sha256 ON places (sha256) WHERE sha256 IS NOT NULL',
  "CREATE VIRTUAL TABLE IF NOT EXISTS file_names USING fts5 (name, tokenize = 'trigram')",
  // what stands in file_names, which cannot be asked for a whole name
  'CREATE TABLE IF NOT EXISTS searched_keys (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID',
  `CREATE TABLE IF NOT EXISTS choices (filename TEXT NOT NULL, subfolder TEXT NOT NULL, url TEXT NOT NULL, sha256 TEXT, settled_at INTEGER NOT NULL,
    PRIMARY KEY (filename, subfolder)) STRICT`,
  `CREATE TABLE IF NOT EXISTS dangers (sha256 TEXT NOT NULL, place TEXT NOT NULL, words TEXT NOT NULL, noted_at INTEGER NOT NULL,
    PRIMARY KEY (sha256, place)) STRICT, WITHOUT ROWID`,
];

/**
 * Opens the catalogue's file, or memory alone with `':memory:'`. A file that is damaged or no database is thrown away and begun anew.
 * Throws when it cannot be used for another reason: the folder cannot be written to, another process holds it.
 */
export function openDatabase(path: string): Database {
  if (path === ':memory:') return prepare(new Database(path));
  mkdirSync(dirname(path), { recursive: true });
  try {
    return openFile(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    removeDatabase(path);
    return openFile(path);
  }
}

function openFile(path: string): Database {
  const database = prepare(new Database(path, { create: true }));
  const inode = inodeOf(path);
  if (inode !== undefined) inodes.set(database, inode);
  return database;
}

function prepare(database: Database): Database {
  try {
    database.run('PRAGMA busy_timeout = 2000');
    database.run('PRAGMA journal_mode = WAL');
    database.run('PRAGMA synchronous = NORMAL');
    const version = database.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0;
    if (version !== LAYOUT_VERSION) for (const table of LEARNT) database.run(`DROP TABLE IF EXISTS ${table}`);
    for (const table of TABLES) database.run(table);
    database.run(`PRAGMA user_version = ${LAYOUT_VERSION}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Does something that may fail for want of room or because another process is writing: what is remembered is a help, and no need. */
export function attempt(database: Database, write: () => void): void {
  attemptRead(database, write, undefined);
}

/** The same for a look: what cannot be read is not known. */
export function attemptRead<T>(database: Database, read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (!systemErrorCode(error)?.startsWith('SQLITE_')) throw error;
    if (isDamage(error)) damaged.add(database);
    return otherwise;
  }
}

/** Databases in which damage was met, somewhere in the middle of them. */
const damaged = new WeakSet<Database>();

/**
 * Closes a database. One that was found to be damaged is begun anew, with what can still be read of what the user has said and scans have
 * warned of; unless another process has done so meanwhile.
 */
export function closeDatabase(database: Database, path: string): void {
  if (path === ':memory:' || !damaged.has(database)) return database.close();
  const kept = KEPT.map(({ table, key }) => ({ table, rows: readableRows(database, table, key) }));
  const isSame = inodes.get(database) === inodeOf(path);
  database.close();
  if (!isSame) return;
  try {
    beginAnew(path, kept);
  } catch {
    // the folder takes no files any more: the next run meets the same damage, and does without
  }
}

/** What cannot be learnt again, with what its rows lie in order of. */
const KEPT = [
  { table: 'choices', key: ['rowid'] },
  { table: 'dangers', key: ['sha256', 'place'] },
] as const;

interface KeptRows {
  table: (typeof KEPT)[number]['table'];
  /** In the order of the table's columns. */
  rows: Row[];
}

type Row = ReturnType<ReturnType<Database['query']>['values']>[number];

/** Those before the first damage, and those behind the last. */
function readableRows(database: Database, table: KeptRows['table'], key: readonly string[]): Row[] {
  const rows: Row[] = [];
  const readAll = (direction: 'ASC' | 'DESC') => (): boolean => {
    const order = key.map((column) => `${column} ${direction}`).join(', ');
    for (const row of database.query<Record<string, Row[number]>, []>(`SELECT * FROM ${table} ORDER BY ${order}`).iterate())
      rows.push(Object.values(row));
    return true;
  };
  if (!attemptRead(database, readAll('ASC'), false)) attemptRead(database, readAll('DESC'), false);
  return rows;
}

function beginAnew(path: string, kept: readonly KeptRows[]): void {
  removeDatabase(path);
  if (kept.every(({ rows }) => rows.length === 0)) return;
  using fresh = openFile(path);
  for (const { table, rows } of kept) {
    for (const row of rows) {
      const keep = fresh.query(`INSERT OR REPLACE INTO ${table} VALUES (${row.map(() => '?').join(', ')})`);
      attempt(fresh, () => keep.run(...row)); // one that damage has changed may fit the table no more
    }
  }
}

/** The files that databases were opened from. */
const inodes = new WeakMap<Database, number>();

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
