import type { Database } from 'bun:sqlite';
import type { Lesson, TaughtFile } from '../core/known-file.ts';
import { attempt } from './database.ts';

interface FileRow {
  teacher: string;
  kind: string;
  name: string;
  url: string;
  directory: string | null;
  sha256: string | null;
  size_bytes: number | null;
}

/** A lesson that is not the one that was taken in before. */
interface News {
  lesson: Lesson;
  digest: string;
  /** The teacher has said nothing yet. */
  isFirst: boolean;
}

const COLUMNS = 'teacher, kind, name, url, directory, sha256, size_bytes';
/** More places of one name than anybody looks at. */
const MOST_ROWS = 64;
const SHORTEST_SEARCH = 3;

/** Names of model files and where they can be had, learnt from workflows and from what hubs have answered. */
export class KnownFiles {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes in what teachers say now, in place of what they said before; one that says the same again costs nothing. */
  learn(lessons: readonly Lesson[], now: Date): void {
    const changed: News[] = [];
    for (const lesson of lessons) {
      const [before, digest] = [this.#digestBefore(lesson.teacher), digestOf(lesson)];
      if (before !== digest) changed.push({ lesson, digest, isFirst: before === undefined });
    }
    if (changed.length === 0) return;
    const teach = this.#database.transaction(() => {
      const names = new Set<string>();
      for (const news of changed) this.#replace(news, names, now);
    });
    attempt(teach);
  }

  /** Places of files with this name; case does not count. */
  named(name: string): TaughtFile[] {
    return this.#select('key = ?', keyOf(name));
  }

  /** Places of files with this sha256 (lower-case hex), whatever their names. */
  withSha256(sha256: string): TaughtFile[] {
    return this.#select('sha256 = ?', sha256);
  }

  /** Places that this teacher names without saying which file is there. */
  pagesOf(teacher: string): TaughtFile[] {
    return this.#select("key = '' AND teacher = ?", teacher);
  }

  /** Names that have a piece of the text, the most similar first. A text of fewer than three letters finds nothing. */
  search(text: string, most: number): string[] {
    const pieces = (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((piece) => piece.length >= SHORTEST_SEARCH);
    if (pieces.length === 0) return [];
    const query = pieces.map((piece) => `"${piece}"`).join(' OR ');
    return this.#database
      .query<{ name: string }, [string, number]>('SELECT name FROM file_names WHERE file_names MATCH ? ORDER BY rank LIMIT ?')
      .all(query, most)
      .map(({ name }) => name);
  }

  /** `undefined` for a teacher that has said nothing yet. */
  #digestBefore(teacher: string): string | undefined {
    return this.#database.query<{ digest: string }, [string]>('SELECT digest FROM lessons WHERE teacher = ?').get(teacher)?.digest;
  }

  /** `names` are those that need not be added to the search any more: many teachers say the same ones. */
  #replace({ lesson, digest, isFirst }: News, names: Set<string>, now: Date): void {
    const { teacher, kind, files } = lesson;
    if (!isFirst) this.#database.query('DELETE FROM files WHERE teacher = ?').run(teacher);
    const add = this.#database.query(`INSERT OR IGNORE INTO files (key, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    for (const { name, url, directory, sha256, sizeBytes } of files) {
      const key = keyOf(name);
      if (key !== '' && !names.has(key)) this.#addName(key, name);
      names.add(key);
      add.run(key, teacher, kind, name, url, directory, sha256, sizeBytes);
    }
    this.#database.query('INSERT OR REPLACE INTO lessons (teacher, digest, seen_at) VALUES (?, ?, ?)').run(teacher, digest, now.getTime());
  }

  #addName(key: string, name: string): void {
    if (this.#database.query('SELECT 1 FROM files WHERE key = ? LIMIT 1').get(key) !== null) return;
    this.#database.query('INSERT INTO file_names (name) VALUES (?)').run(name);
  }

  #select(where: string, value: string): TaughtFile[] {
    const rows = this.#database
      .query<FileRow, [string, number]>(`SELECT ${COLUMNS} FROM files WHERE ${where} ORDER BY kind, url LIMIT ?`)
      .all(value, MOST_ROWS);
    return rows.map(({ size_bytes, kind, ...row }) => ({ ...row, kind: kind === 'hub' ? 'hub' : 'workflow', sizeBytes: size_bytes }));
  }
}

function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function digestOf({ kind, files }: Lesson): string {
  return Bun.hash(
    JSON.stringify([kind, files.map(({ name, url, directory, sha256, sizeBytes }) => [name, url, directory, sha256, sizeBytes])]),
  ).toString(36);
}
