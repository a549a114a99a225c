import type { WorkflowFailure } from '../core/model.ts';
import { readCollected, writeCollected } from '../workflow/collected-format.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import { FlatReader, FlatWriter, oneOf } from '../workflow/flat-text.ts';
import { JoinedLessons } from './joined-lessons.ts';
import type { JoinedReading } from './joined-reading.ts';
import type { FileNote } from './read-workflows.ts';
import type { NodeUse } from './scan-library.ts';

/** What files say together: a line with what every scan needs, and behind it the lessons, which are read when somebody asks. */
export function formatJoined(joined: JoinedReading, files: readonly WorkflowPath[]): string {
  const to = new FlatWriter();
  writeCollected(joined, new Map(files.map(({ path }, place) => [path, place])), to);
  writeUses(joined.uses, files, to);
  to.list(joined.nodeTypes);
  for (const note of joined.notes) writeNote(note, to);
  return `${to.finish()}\n${joined.lessons.text}`;
}

/** What `formatJoined` has made of the same files. Throws `BrokenText`. */
export function parseJoined(text: string, files: readonly WorkflowPath[]): JoinedReading {
  const end = text.indexOf('\n');
  const from = new FlatReader(text.slice(0, end));
  const collected = readCollected(files, from);
  const uses = from.times(() => readUse(files, from));
  const nodeTypes = from.list();
  const notes = files.map(({ path }) => readNote(path, from));
  from.end();
  const teachers = files.filter((_, place) => 'references' in (notes[place] ?? {})).map(({ path }) => path);
  return { ...collected, uses, nodeTypes, notes, lessons: new JoinedLessons(text.slice(end + 1), teachers) };
}

const HOMES: readonly NodeUse['home'][] = ['web', 'server'];

function writeUses(uses: readonly NodeUse[], files: readonly WorkflowPath[], to: FlatWriter): void {
  to.number(uses.length);
  for (const { nodeType, home, workflows, registryIds, repositories, versions } of uses) {
    to.text(nodeType);
    to.number(HOMES.indexOf(home));
    to.list(registryIds);
    to.list(repositories);
    to.list(versions ?? []);
    to.ids(placesAmong(files, workflows));
  }
}

/** Both are in the order of the files. Files of two folders may have one name: the first stands for both. */
function placesAmong(files: readonly WorkflowPath[], workflows: readonly string[]): number[] {
  const places: number[] = [];
  for (let place = 0; place < files.length && places.length < workflows.length; place++) {
    if (files[place]?.workflow === workflows[places.length]) places.push(place);
  }
  return places;
}

function readUse(files: readonly WorkflowPath[], from: FlatReader): NodeUse {
  const [nodeType, home, registryIds, repositories] = [from.text(), from.of(HOMES), from.list(), from.list()];
  const versions = from.list();
  const workflows = from.ids().map((place) => oneOf(files, place).workflow);
  return { nodeType, home, workflows, registryIds, repositories, ...(versions.length === 0 ? {} : { versions }) };
}

/** One more than the number of references; 0 for a failure. */
function writeNote(note: FileNote, to: FlatWriter): void {
  to.number('failure' in note ? 0 : note.references + 1);
  if (!('failure' in note)) return;
  to.text(note.failure.code);
  to.text(note.failure.reason);
}

function readNote(path: string, from: FlatReader): FileNote {
  const references = from.number() - 1;
  if (references >= 0) return { references };
  const failure: WorkflowFailure = { path, code: from.text(), reason: from.text() };
  return { failure };
}
