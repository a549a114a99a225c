import type { KnownFile, Lesson } from '../core/known-file.ts';
import { BrokenText, FlatReader, FlatWriter, oneOf } from '../workflow/flat-text.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import type { NamedSource } from '../workflow/source-links.ts';

/** Writes down what workflows teach while they are read: the same few files stand in many of them, and each is written once. */
export class LessonWriter {
  readonly #teachers: string[] = [];
  readonly #files = new FlatWriter();
  /** The places of each teacher's files among all. */
  readonly #taught = new FlatWriter();
  /** By address; the last one where several things are told of it. */
  readonly #known = new Map<string, { place: number; source: NamedSource }>();
  #count = 0;

  add({ path, reading }: ReadWorkflow): void {
    this.#teachers.push(path);
    const places: number[] = [];
    for (const source of reading.sources) if (source.url !== null) places.push(this.#placeOf(source, source.url.url));
    this.#taught.ids(places);
  }

  finish(): JoinedLessons {
    return new JoinedLessons(`${this.#files.finish()}\n${this.#taught.finish()}`, this.#teachers);
  }

  #placeOf(source: NamedSource, url: string): number {
    const known = this.#known.get(url);
    if (known !== undefined && saysTheSame(known.source, source)) return known.place;
    const place = this.#count++;
    this.#known.set(url, { place, source });
    for (const text of [source.name, url, source.directory, source.sha256]) this.#files.text(text);
    return place;
  }
}

function saysTheSame(a: NamedSource, b: NamedSource): boolean {
  return a.name === b.name && a.directory === b.directory && a.sha256 === b.sha256;
}

/** Lessons of workflows as they were written down. */
export class JoinedLessons {
  /** Two lines. */
  readonly text: string;
  readonly #teachers: readonly string[];

  constructor(text: string, teachers: readonly string[]) {
    this.text = text;
    this.#teachers = teachers;
  }

  /** One for each teacher. None at all where the text is broken: what unchanged files say was learnt when it was new. */
  all(): Lesson[] {
    try {
      return readLessons(this.text, this.#teachers);
    } catch (error) {
      if (error instanceof BrokenText) return [];
      throw error;
    }
  }
}

function readLessons(text: string, teachers: readonly string[]): Lesson[] {
  const end = text.indexOf('\n');
  const [fromFiles, from] = [new FlatReader(text.slice(0, end)), new FlatReader(text.slice(end + 1))];
  const files: KnownFile[] = [];
  while (!fromFiles.isAtEnd) files.push(readFile(fromFiles));
  const lessons = teachers.map((teacher): Lesson => ({ teacher, kind: 'workflow', files: from.ids().map((place) => oneOf(files, place)) }));
  from.end();
  return lessons;
}

function readFile(from: FlatReader): KnownFile {
  return { name: from.text(), url: from.text(), directory: from.textOrNull(), sha256: from.textOrNull(), sizeBytes: null };
}
