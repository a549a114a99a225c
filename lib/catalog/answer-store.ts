import type { Database } from 'bun:sqlite';

import { attempt, attemptRead } from './database.ts';

/** Answers older than this are of no use even without a network: places have moved on. */
const LONGEST_LIFE_MS = 90 * 24 * 60 * 60 * 1000;

/** An answer and when it came. */
export interface StoredAnswer {
  answer: unknown;
  storedAt: Date;
}

interface AnswerRow {
  answer: Uint8Array;
  stored_at: number;
}

/** Answers of services, kept between runs. */
export class AnswerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The answer that was kept under the key since `since`, as it was given; `undefined` when there is none. */
  read(key: string, since: Date): StoredAnswer | undefined {
    const sql = 'SELECT answer, stored_at FROM answers WHERE key = ? AND stored_at >= ?';
    const row = attemptRead(this.#database, () => this.#database.query<AnswerRow, [string, number]>(sql).get(key, since.getTime()), null);
    const answer = row ? decode(row.answer) : undefined;
    return row && answer !== undefined ? { answer, storedAt: new Date(row.stored_at) } : undefined;
  }

  /** Keeps an answer under the key, in place of an older one. */
  write(key: string, answer: unknown, now: Date): void {
    const body = Bun.gzipSync(Buffer.from(JSON.stringify(answer)));
    const sql =
      'INSERT INTO answers (key, answer, stored_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET answer = excluded.answer, stored_at = excluded.stored_at';
    attempt(this.#database, () => this.#database.query(sql).run(key, body, now.getTime()));
  }

  /** Forgets what is too old. */
  tidy(now: Date): void {
    attempt(this.#database, () => this.#database.query('DELETE FROM answers WHERE stored_at < ?').run(now.getTime() - LONGEST_LIFE_MS));
  }
}

function decode(answer: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(Bun.gunzipSync(Uint8Array.from(answer))).toString('utf8'));
  } catch {
    return undefined; // a damaged row is no answer
  }
}
