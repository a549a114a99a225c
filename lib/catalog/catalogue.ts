import type { Database } from 'bun:sqlite';
import { AnswerStore } from './answer-store.ts';
import { Choices } from './choices.ts';
import { Dangers } from './dangers.ts';
import { closeDatabase, openDatabase } from './database.ts';
import { KnownFiles } from './known-files.ts';

/** What earlier runs have learnt, in one SQLite file. */
export class Catalogue implements Disposable {
  readonly answers: AnswerStore;
  readonly files: KnownFiles;
  readonly choices: Choices;
  readonly dangers: Dangers;
  readonly #database: Database;
  readonly #path: string;

  private constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
    this.answers = new AnswerStore(database);
    this.files = new KnownFiles(database);
    this.choices = new Choices(database);
    this.dangers = new Dangers(database);
  }

  /**
   * Opens or makes the file. One that cannot be used is done without, and one in which damage is met is begun anew when it is closed: all but
   * the user's choices and the warnings can be learnt again, and of those what can be read stays.
   */
  static open(path: string): Catalogue {
    try {
      return new Catalogue(openDatabase(path), path);
    } catch {
      return new Catalogue(openDatabase(':memory:'), ':memory:');
    }
  }

  [Symbol.dispose](): void {
    closeDatabase(this.#database, this.#path);
  }
}
