import type { KnownFile, Lesson } from '../core/known-file.ts';
import { BrokenText, FlatReader, FlatWriter } from '../workflow/flat-text.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import { lessonOf } from './lessons.ts';

/** Writes down what workflows teach while they are read: many thousand small objects need not be held. */
export class LessonWriter {
  readonly #teachers: string[] = [];
  readonly #to = new FlatWriter();

  add(workflow: ReadWorkflow): void {
    const { teacher, files } = lessonOf(workflow);
    this.#teachers.push(teacher);
    this.#to.number(files.length);
    for (const { name, url, directory, sha256 } of files) {
      this.#to.text(name);
      this.#to.text(url);
      this.#to.text(directory);
      this.#to.text(sha256);
    }
  }

  finish(): JoinedLessons {
    return new JoinedLessons(this.#to.finish(), this.#teachers);
  }
}

/** Lessons of workflows as they were written down. */
export class JoinedLessons {
  /** On one line. */
  readonly text: string;
  readonly #teachers: readonly string[];

  constructor(text: string, teachers: readonly string[]) {
    this.text = text;
    this.#teachers = teachers;
  }

  /** One for each teacher. None at all where the text is broken: what unchanged files say was learnt when it was new. */
  all(): Lesson[] {
    try {
      const from = new FlatReader(this.text);
      const lessons = this.#teachers.map((teacher): Lesson => ({ teacher, kind: 'workflow', files: from.times(() => readFile(from)) }));
      from.end();
      return lessons;
    } catch (error) {
      if (error instanceof BrokenText) return [];
      throw error;
    }
  }
}

function readFile(from: FlatReader): KnownFile {
  return { name: from.text(), url: from.text(), directory: from.textOrNull(), sha256: from.textOrNull(), sizeBytes: null };
}
