import { Database } from 'bun:sqlite';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from './error.ts';

export interface KeptTable {
  /** `CREATE TABLE IF NOT EXISTS ...`. */
  table: string;
  /** A query that fails when the table that is there has another shape. */
  probe: string;
  /** How long to wait for another process that is writing. */
  busyMs: number;
}

/**
 * Opens a file in which something is kept between runs that can be learnt again, with its table. Several processes may have it open. A
 * file that cannot be used (damaged, of another shape, in a folder that cannot be written) is done without: memory stands in for it.
 */
export function openKeptDatabase(file: string, kept: KeptTable): Database {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return prepare(file, kept);
  } catch {
    return prepare(':memory:', kept);
  }
}

function prepare(file: string, { table, probe, busyMs }: KeptTable): Database {
  const database = new Database(file, { create: true });
  try {
    database.run('PRAGMA journal_mode = WAL');
    database.run(`PRAGMA busy_timeout = ${busyMs}`);
    database.run(table);
    database.query(probe);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Removes a database's file with those that SQLite keeps beside it: a log that stayed would be taken for the next file's own. */
export function removeDatabase(path: string): void {
  for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(path + ending, { force: true });
}

/** Whether a query has failed since the file is damaged, or no database. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(systemErrorCode(error) ?? '');
}
