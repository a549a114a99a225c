import type { Database } from 'bun:sqlite';
import { attempt, attemptRead } from './database.ts';

/** What the user has settled for a model by himself. */
export interface SettledChoice {
  url: string;
  /** Lower-case hex of the bytes that he settled on, `null` when the place told none. */
  sha256: string | null;
}

/** A model as a workflow names it. */
export interface ChosenModel {
  filename: string;
  subfolder: string;
}

/** The user's own choices, kept until he chooses anew. */
export class Choices {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find({ filename, subfolder }: ChosenModel): SettledChoice | null {
    const sql = 'SELECT url, sha256 FROM choices WHERE filename = ? AND subfolder = ?';
    return attemptRead(this.#database, () => this.#database.query<SettledChoice, [string, string]>(sql).get(filename, subfolder), null);
  }

  settle({ filename, subfolder }: ChosenModel, { url, sha256 }: SettledChoice, now: Date): void {
    const sql = 'INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?, ?)';
    attempt(this.#database, () => this.#database.query(sql).run(filename, subfolder, url, sha256, now.getTime()));
  }
}
