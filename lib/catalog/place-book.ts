import type { Database } from 'bun:sqlite';
import type { KnownFile, TeacherKind } from '../core/known-file.ts';

/**
 * The places that lessons have, each written once however many teachers name it: the same few files stand in thousands of workflows. For
 * one transaction: the counts are right again after `settle`.
 */
export class PlaceBook {
  readonly #database: Database;
  /** Those that were asked for, by the very object: lessons of one scan share theirs. */
  readonly #ids = new Map<TeacherKind, Map<KnownFile, number>>([
    ['hub', new Map()],
    ['workflow', new Map()],
  ]);
  /** How many teachers more or fewer have a place now. */
  readonly #changes = new Map<number, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes that a teacher who had the one places has the others now, and gives their ids. */
  replace(before: readonly number[], files: readonly KnownFile[], kind: TeacherKind): number[] {
    const now = new Set(files.map((file) => this.#idOf(file, kind)));
    for (const id of now) this.#count(id, 1);
    for (const id of before) this.#count(id, -1);
    return [...now];
  }

  /** Writes how many teachers each place has; one that nobody names any more goes. */
  settle(): void {
    const update = this.#database.query('UPDATE places SET teachers = teachers + ? WHERE id = ?');
    const drop = this.#database.query('DELETE FROM places WHERE id = ? AND teachers <= 0');
    for (const [id, change] of this.#changes) {
      if (change !== 0) update.run(change, id);
      if (change < 0) drop.run(id);
    }
    this.#changes.clear();
  }

  #count(id: number, change: number): void {
    this.#changes.set(id, (this.#changes.get(id) ?? 0) + change);
  }

  #idOf(file: KnownFile, kind: TeacherKind): number {
    const ids = this.#ids.get(kind);
    const known = ids?.get(file);
    if (known !== undefined) return known;
    const id = this.#find(file, kind) ?? this.#add(file, kind);
    ids?.set(file, id);
    return id;
  }

  #find({ name, url, directory, sha256, sizeBytes }: KnownFile, kind: TeacherKind): number | undefined {
    const query = this.#database.query<{ id: number }, (string | number | null)[]>(
      `SELECT id FROM places WHERE key = ? AND url = ? AND kind = ? AND name = ? AND directory IS ? AND sha256 IS ? AND size_bytes IS ?`,
    );
    return query.get(keyOf(name), url, kind, name, directory, sha256, sizeBytes)?.id;
  }

  #add({ name, url, directory, sha256, sizeBytes }: KnownFile, kind: TeacherKind): number {
    const key = keyOf(name);
    if (key !== '' && this.#database.query('INSERT OR IGNORE INTO searched_keys VALUES (?)').run(key).changes > 0) {
      this.#database.query('INSERT INTO file_names (name) VALUES (?)').run(name);
    }
    const add = this.#database.query(
      'INSERT INTO places (kind, key, name, url, directory, sha256, size_bytes, teachers) VALUES (?, ?, ?, ?, ?, ?, ?, 0)',
    );
    return Number(add.run(kind, key, name, url, directory, sha256, sizeBytes).lastInsertRowid);
  }
}

/** What files of one name have in common: case does not count. */
export function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
