import type { Database } from 'bun:sqlite';
import { attempt } from './database.ts';

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
    return this.#database
      .query<SettledChoice, [string, string]>('SELECT url, sha256 FROM choices WHERE filename = ? AND subfolder = ?')
      .get(filename, subfolder);
  }

  settle({ filename, subfolder }: ChosenModel, { url, sha256 }: SettledChoice, now: Date): void {
    const query = this.#database.query('INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?, ?)');
    attempt(() => query.run(filename, subfolder, url, sha256, now.getTime()));
  }
}
