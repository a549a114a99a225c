import { Database } from 'bun:sqlite';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode, ToolkitError } from '../core/error.ts';
import { stateFolderMend } from './files.ts';

/** The lock of a state folder, held until `release`. */
export interface Lock {
  release: () => void;
}

/** A database that nobody refers to is collected, and its lock would go with it. */
const held = new Set<Database>();

interface Holder {
  pid: number;
  command: string;
  started: string;
}

/**
 * Takes the state folder for this process, or says who has it (`ToolkitError` `already_running`).
 *
 * The lock is one that the operating system keeps on an embedded database, so a process that dies, however it dies, no longer holds it:
 * no guess about process numbers, no race over a stale file. A row in the same database says who holds it; others can read it meanwhile.
 */
export function takeLock(folder: string, holder: Holder): Lock {
  const path = join(folder, '.comfy-fixer.lock');
  try {
    return lockDatabase(folder, { path, holder });
  } catch (error) {
    if (!isBroken(error)) throw error;
    rmSync(path, { force: true }); // a power loss in the middle of a write: nobody can hold what is no database
    return lockDatabase(folder, { path, holder });
  }
}

/**
 * Runs `work` while nobody else can hold the state folder, and gives its result; `null` when a living process holds it. Where the folder
 * cannot be locked at all (it may be read only), `work` runs all the same.
 */
export function whileUnlocked<T>(folder: string, work: () => T): T | null {
  let database: Database | null = null;
  try {
    const path = join(folder, '.comfy-fixer.lock');
    database = new Database(path, { create: true });
    begin(database, path);
  } catch (error) {
    database?.close();
    if (error instanceof ToolkitError && error.code === 'already_running') return null;
    return work();
  }
  try {
    return work();
  } finally {
    database.close();
  }
}

function lockDatabase(folder: string, options: { path: string; holder: Holder }): Lock {
  const { path, holder } = options;
  const database = openDatabase(folder, path);
  try {
    database.run('PRAGMA busy_timeout = 200');
    database.run('PRAGMA synchronous = OFF');
    begin(database, path);
    database.run('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, command TEXT, started TEXT)');
    database.run('DELETE FROM holder');
    database.run('INSERT INTO holder VALUES (?, ?, ?)', [holder.pid, holder.command, holder.started]);
    database.run('COMMIT');
    begin(database, path);
    assertMine(database, { path, pid: holder.pid });
  } catch (error) {
    database.close();
    throw error instanceof ToolkitError ? error : unusable(path, error);
  }
  held.add(database);
  return {
    release: () => {
      held.delete(database);
      database.close();
    },
  };
}

function isBroken(error: unknown): boolean {
  const cause = error instanceof ToolkitError ? error.cause : error;
  return ['SQLITE_NOTADB', 'SQLITE_CORRUPT'].includes(systemErrorCode(cause) ?? '');
}

/** A reserved lock: others can read the row, nobody else can take it. */
function begin(database: Database, path: string): void {
  try {
    database.run('BEGIN IMMEDIATE');
  } catch (error) {
    if (!String(systemErrorCode(error)).startsWith('SQLITE_BUSY')) throw unusable(path, error);
    throw alreadyRunning(path, readHolder(database));
  }
}

/** Between writing the row and taking the lock for good another process may have come first. */
function assertMine(database: Database, options: { path: string; pid: number }): void {
  const holder = readHolder(database);
  if (holder?.pid !== options.pid) throw alreadyRunning(options.path, holder);
}

function readHolder(database: Database): Holder | null {
  try {
    return database.query<Holder, []>('SELECT pid, command, started FROM holder').get();
  } catch {
    return null;
  }
}

function openDatabase(folder: string, path: string): Database {
  try {
    mkdirSync(folder, { recursive: true });
    return new Database(path, { create: true });
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): ToolkitError {
  const message = `Cannot lock ${path}: ${cause instanceof Error ? cause.message : 'it failed'}`;
  return new ToolkitError('lock_unusable', message, stateFolderMend(systemErrorCode(cause)), { cause });
}

function alreadyRunning(path: string, holder: Holder | null): ToolkitError {
  const who = holder ? `process ${holder.pid} (${holder.command}, since ${holder.started})` : 'another process';
  return new ToolkitError(
    'already_running',
    `Another run is under way: ${who} holds ${path}`,
    'Wait for it, end it, or use another state folder with --state-dir',
  );
}
