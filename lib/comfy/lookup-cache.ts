import type { Database } from 'bun:sqlite';
import { openKeptDatabase } from '../core/kept-database.ts';

/** An answer as it was kept. */
export interface KeptAnswer {
  value: unknown;
  /** The service's own mark for this state of the answer; `null` when it gave none. */
  etag: string | null;
  storedAt: Date;
}

const TABLE =
  'CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, value BLOB NOT NULL, etag TEXT, stored_at INTEGER NOT NULL) STRICT';
const FIND = 'SELECT value, etag, stored_at FROM answers WHERE key = $key';
const KEEP = 'INSERT OR REPLACE INTO answers VALUES ($key, $value, $etag, $storedAt)';

/** What services have said of node packs, kept between runs. It may forget anything: all of it can be asked again. */
export class LookupCache implements Disposable {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Opens or makes the file. One that cannot be used is done without. */
  static open(file: string): LookupCache {
    return new LookupCache(openKeptDatabase(file, { table: TABLE, probe: FIND, busyMs: 500 }));
  }

  read(key: string): KeptAnswer | undefined {
    try {
      type Row = { value: Uint8Array; etag: string | null; stored_at: number };
      const row = this.#database.query<Row, { $key: string }>(FIND).get({ $key: key });
      if (row === null) return undefined;
      const value: unknown = JSON.parse(Buffer.from(Bun.gunzipSync(Uint8Array.from(row.value))).toString('utf8'));
      return { value, etag: row.etag, storedAt: new Date(row.stored_at) };
    } catch {
      return undefined; // a damaged row is no answer
    }
  }

  write(key: string, { value, etag, storedAt }: KeptAnswer): void {
    try {
      const packed = Bun.gzipSync(Buffer.from(JSON.stringify(value)), { level: 1 });
      this.#database.query(KEEP).run({ $key: key, $value: packed, $etag: etag, $storedAt: storedAt.getTime() });
    } catch {
      // it is asked again the next time
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
