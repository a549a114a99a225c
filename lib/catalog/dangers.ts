import type { Database } from 'bun:sqlite';
import type { ScanVerdict } from '../core/known-file.ts';
import { attempt, attemptRead } from './database.ts';

/** Bytes that a scan of some place has called dangerous, wherever else they are offered. */
export class Dangers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes in what places say now of files of theirs, in place of what they have said before. */
  note(verdicts: readonly ScanVerdict[], now: Date): void {
    if (verdicts.length === 0) return;
    const noteAll = this.#database.transaction(() => {
      const forget = this.#database.query('DELETE FROM dangers WHERE sha256 = ? AND place = ?');
      const keep = this.#database.query('INSERT OR REPLACE INTO dangers (sha256, place, words, noted_at) VALUES (?, ?, ?, ?)');
      for (const { sha256, place, danger } of verdicts) {
        if (danger === null) forget.run(sha256, place);
        else keep.run(sha256, place, danger, now.getTime());
      }
    });
    attempt(this.#database, () => noteAll());
  }

  /** What a scan says against the bytes with this sha256 (lower-case hex), a clause; `null` when none is known to. */
  against(sha256: string): string | null {
    const sql = 'SELECT words FROM dangers WHERE sha256 = ? ORDER BY noted_at DESC';
    const row = attemptRead(this.#database, () => this.#database.query<{ words: string }, [string]>(sql).get(sha256), null);
    return row?.words ?? null;
  }
}
