import type { Database } from 'bun:sqlite';
import type { KnownFile, Lesson, TaughtFile } from '../core/known-file.ts';
import { attempt, attemptRead } from './database.ts';
import { keyOf, PlaceBook } from './place-book.ts';

interface PlaceRow {
  kind: string;
  name: string;
  url: string;
  directory: string | null;
  sha256: string | null;
  size_bytes: number | null;
}

interface DigestRow {
  teacher: string;
  digest: string;
}

interface PlacesRow {
  teacher: string;
  place_ids: string;
}

/** A lesson that is not the one that was taken in before. */
interface News {
  lesson: Lesson;
  digest: string;
}

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
  learn(told: readonly Lesson[], now: Date): void {
    const lessons = [...new Map(told.map((lesson) => [lesson.teacher, lesson])).values()];
    const [before, digestOf] = [this.#digestsBefore(lessons), makeDigest()];
    const changed = lessons.flatMap((lesson): News[] => {
      const digest = digestOf(lesson);
      return before.get(lesson.teacher) === digest ? [] : [{ lesson, digest }];
    });
    if (changed.length === 0) return;
    const teach = this.#database.transaction(() => this.#replace(changed, now));
    attempt(this.#database, () => teach.immediate());
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
    return this.#select("+key = '' AND id IN (SELECT value FROM lessons, json_each(place_ids) WHERE teacher = ?)", teacher);
  }

  /** Whether this teacher says that a file with this name is at the address. */
  isToldBy(teacher: string, { name, url }: Pick<KnownFile, 'name' | 'url'>): boolean {
    const sql =
      'SELECT 1 FROM lessons, json_each(place_ids), places WHERE teacher = ? AND places.id = value AND places.key = ? AND url = ? LIMIT 1';
    return attemptRead(this.#database, () => this.#database.query(sql).get(teacher, keyOf(name), url) !== null, false);
  }

  /** Names that have a piece of the text, the most similar first. A text of fewer than three letters finds nothing. */
  search(text: string, most: number): string[] {
    const pieces = (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((piece) => piece.length >= SHORTEST_SEARCH);
    if (pieces.length === 0) return [];
    const query = pieces.map((piece) => `"${piece}"`).join(' OR ');
    const sql = 'SELECT name FROM file_names WHERE file_names MATCH ? ORDER BY rank LIMIT ?';
    const found = attemptRead(this.#database, () => this.#database.query<{ name: string }, [string, number]>(sql).all(query, most), []);
    return found.map(({ name }) => name);
  }

  /** Of those teachers that have said something before. */
  #digestsBefore(lessons: readonly Lesson[]): ReadonlyMap<string, string> {
    const sql = 'SELECT teacher, digest FROM lessons WHERE teacher IN (SELECT value FROM json_each(?))';
    const teachers = JSON.stringify(lessons.map(({ teacher }) => teacher));
    const rows = attemptRead(this.#database, () => this.#database.query<DigestRow, [string]>(sql).all(teachers), []);
    return new Map(rows.map(({ teacher, digest }) => [teacher, digest]));
  }

  /** All lessons go in and out by one statement each: thousands of small ones cost more than what they do. */
  #replace(changed: readonly News[], now: Date): void {
    const sql = 'SELECT teacher, place_ids FROM lessons WHERE teacher IN (SELECT value FROM json_each(?))';
    const teachers = JSON.stringify(changed.map(({ lesson }) => lesson.teacher));
    const before = new Map(
      this.#database
        .query<PlacesRow, [string]>(sql)
        .all(teachers)
        .map((row) => [row.teacher, row.place_ids]),
    );
    const book = new PlaceBook(this.#database);
    const rows = changed.map(({ lesson: { teacher, kind, files }, digest }) => {
      return [teacher, digest, JSON.stringify(book.replace(idsIn(before.get(teacher) ?? '[]'), files, kind))];
    });
    book.settle();
    this.#database
      .query(
        `INSERT OR REPLACE INTO lessons (teacher, digest, place_ids, seen_at)
          SELECT value ->> 0, value ->> 1, value ->> 2, ? FROM json_each(?)`,
      )
      .run(now.getTime(), JSON.stringify(rows));
  }

  #select(where: string, value: string): TaughtFile[] {
    const sql = `SELECT kind, name, url, directory, sha256, size_bytes FROM places WHERE ${where} ORDER BY kind, url, id LIMIT ?`;
    const rows = attemptRead(this.#database, () => this.#database.query<PlaceRow, [string, number]>(sql).all(value, MOST_ROWS), []);
    return rows.map(({ size_bytes, kind, ...row }) => ({ ...row, kind: kind === 'hub' ? 'hub' : 'workflow', sizeBytes: size_bytes }));
  }
}

/** None where the text was damaged: the places stay known, and no teacher's word takes them away. */
function idsIn(text: string): number[] {
  try {
    const ids: unknown = JSON.parse(text);
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'number') : [];
  } catch {
    return [];
  }
}

/** What tells one lesson of a teacher from another. Lessons that share their files share the work for them. */
function makeDigest(): (lesson: Lesson) => string {
  const digests = new Map<KnownFile, string>();
  const digestOf = (file: KnownFile): string => {
    const known = digests.get(file);
    if (known !== undefined) return known;
    const made = hashOf(JSON.stringify([file.name, file.url, file.directory, file.sha256, file.sizeBytes]));
    digests.set(file, made);
    return made;
  };
  return ({ kind, files }) => hashOf(`${kind} ${files.map(digestOf).join(' ')}`);
}

function hashOf(text: string): string {
  return Bun.hash(text).toString(36);
}
