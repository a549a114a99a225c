import { Database } from 'bun:sqlite';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode, ToolkitError } from '../core/error.ts';
import { removeDatabase } from '../core/kept-database.ts';

/** A missing model that waits, as the queue keeps it. */
export interface QueueItem {
  /** What makes it one model among all: folder, subfolder and name. */
  key: string;
  /** What the workflows say of its place; when that changes, what was found before says nothing any more. */
  facts: string;
  /** When a workflow that needs it last changed, in milliseconds since 1970: the latest goes first. */
  wantedAtMs: number;
  /** Attempts in a row that came to nothing. */
  attempts: number;
  /** Not before this time, in milliseconds since 1970. */
  dueAtMs: number;
  /** Where it can be had, as JSON; `null` while nobody has looked. */
  resolution: string | null;
  /** What went wrong last, as JSON. */
  problem: string | null;
}

export type Wanted = Pick<QueueItem, 'key' | 'facts' | 'wantedAtMs'>;

interface Row {
  key: string;
  facts: string;
  wanted_at: number;
  attempts: number;
  due_at: number;
  resolution: string | null;
  problem: string | null;
}

const SCHEMA = `CREATE TABLE IF NOT EXISTS items (
  key TEXT PRIMARY KEY, facts TEXT NOT NULL, wanted_at INTEGER NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL,
  resolution TEXT, problem TEXT
) WITHOUT ROWID`;
const PUT = 'INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)';
/** Another layout than this is thrown away: the queue is made anew from the workflows. */
const LAYOUT = 1;

/**
 * The models that are missing and wanted, on disk: what a process that died had found out is not asked for again, and how often something
 * failed is not forgotten. Kept in memory too; every change is on disk when its call returns, unless the disk is full.
 */
export class WatchQueue implements Disposable {
  readonly #database: Database;
  readonly #items = new Map<string, QueueItem>();
  /** The disk does not have everything. */
  #isBehind = false;

  constructor(database: Database) {
    this.#database = database;
    for (const row of database.query<Row, []>('SELECT * FROM items').all()) this.#items.set(row.key, fromRow(row));
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): QueueItem | undefined {
    return this.#items.get(key);
  }

  /** Everything that waits, the latest wanted first. */
  list(): QueueItem[] {
    return [...this.#items.values()].sort((a, b) => b.wantedAtMs - a.wantedAtMs || (a.key < b.key ? -1 : 1));
  }

  /**
   * Makes the queue hold what is wanted: what is new joins it, what nobody needs leaves it, and what somebody has just asked for again is
   * due at once. Returns the keys that joined and left.
   */
  sync(wanted: readonly Wanted[], nowMs: number): { joined: string[]; left: string[] } {
    const keys = new Set(wanted.map((item) => item.key));
    const left = [...this.#items.keys()].filter((key) => !keys.has(key));
    const joined = wanted.filter((item) => !this.#items.has(item.key)).map((item) => item.key);
    const changed = wanted.flatMap((item) => wantAgain(this.#items.get(item.key), item, nowMs) ?? []);
    this.#keep(changed, left);
    return { joined, left };
  }

  /** Changes one item; nothing happens when it has left meanwhile. */
  change(key: string, change: Partial<Omit<QueueItem, 'key'>>): void {
    const item = this.#items.get(key);
    if (item) this.#keep([{ ...item, ...change }], []);
  }

  /** Makes items due now, because what stood in their way may be gone. `anew`: what was found out counts no longer either. */
  hurry(which: (item: QueueItem) => boolean, options: { nowMs: number; anew: boolean }): number {
    const { nowMs, anew } = options;
    const forgotten = anew ? { attempts: 0, resolution: null, problem: null } : {};
    const chosen = [...this.#items.values()].filter(which);
    this.#keep(
      chosen.map((item) => ({ ...item, dueAtMs: Math.min(item.dueAtMs, nowMs), ...forgotten })),
      [],
    );
    return chosen.length;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** In memory first: when the disk is full the work goes on, and everything is written once there is room again. */
  #keep(changed: readonly QueueItem[], left: readonly string[]): void {
    for (const item of changed) this.#items.set(item.key, item);
    for (const key of left) this.#items.delete(key);
    if (changed.length === 0 && left.length === 0 && !this.#isBehind) return;
    try {
      this.#write(this.#isBehind ? [...this.#items.values()] : changed, this.#isBehind ? null : left);
      this.#isBehind = false;
    } catch {
      this.#isBehind = true;
    }
  }

  /** `left` is `null` when everything that is on disk goes. */
  #write(changed: readonly QueueItem[], left: readonly string[] | null): void {
    this.#database.transaction(() => {
      if (left === null) this.#database.run('DELETE FROM items');
      for (const key of left ?? []) this.#database.query('DELETE FROM items WHERE key = ?').run(key);
      for (const item of changed) {
        const { key, facts, wantedAtMs, attempts, dueAtMs, resolution, problem } = item;
        this.#database.query(PUT).run(key, facts, Math.round(wantedAtMs), attempts, Math.round(dueAtMs), resolution, problem);
      }
    })();
  }
}

/** The item as it is once somebody wants it (again); `undefined` when nothing changes. */
function wantAgain(item: QueueItem | undefined, wanted: Wanted, nowMs: number): QueueItem | undefined {
  const fresh = { ...wanted, attempts: 0, dueAtMs: nowMs };
  if (!item || item.facts !== wanted.facts) return { ...fresh, resolution: null, problem: null };
  if (item.wantedAtMs < wanted.wantedAtMs) return { ...item, ...fresh, dueAtMs: Math.min(item.dueAtMs, nowMs) };
  return item.wantedAtMs > wanted.wantedAtMs ? { ...item, wantedAtMs: wanted.wantedAtMs } : undefined;
}

/** Opens the queue at `path`, or begins one; a damaged file is replaced. Throws `ToolkitError` `state_not_writable`. */
export function openWatchQueue(path: string): WatchQueue {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openOrReplace(path);
  } catch (error) {
    const message = `Cannot write ${path}: ${systemErrorCode(error) ?? 'it failed'}`;
    throw new ToolkitError('state_not_writable', message, 'Make the folder writable, or give another one with --state-dir', {
      cause: error,
    });
  }
}

function openOrReplace(path: string): WatchQueue {
  try {
    return openDatabase(path);
  } catch (error) {
    if (!['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'SQLITE_ERROR'].includes(systemErrorCode(error) ?? '')) throw error;
    removeDatabase(path);
    return openDatabase(path);
  }
}

/** The log before the database: a process that is killed in the middle of a change has made it or has not. */
function openDatabase(path: string): WatchQueue {
  const database = new Database(path, { create: true });
  try {
    database.run('PRAGMA journal_mode = WAL');
    database.run('PRAGMA synchronous = NORMAL');
    const layout = database.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version;
    if (layout !== LAYOUT) database.run('DROP TABLE IF EXISTS items');
    database.run(SCHEMA);
    database.run(`PRAGMA user_version = ${LAYOUT}`);
    return new WatchQueue(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function fromRow(row: Row): QueueItem {
  const { key, facts, attempts, resolution, problem } = row;
  return { key, facts, wantedAtMs: row.wanted_at, attempts, dueAtMs: row.due_at, resolution, problem };
}
