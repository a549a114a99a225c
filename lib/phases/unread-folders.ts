import type { RunEvent } from '../core/events.ts';
import { plural } from '../core/text.ts';
import type { WalkProblem } from '../library/library-index.ts';

type Note = Extract<RunEvent, { type: 'note' }>;

/** One unreadable folder may hold all the others, and one lost disk a hundred links: of more than these only their number is told. */
const MOST_NAMED = 5;

/** What a person is told of folders and links among the models that could not be read: what lies there looks as if it were missing. */
export function noteUnread(problems: readonly WalkProblem[]): Note[] {
  const distinct = [...new Map(problems.map((problem) => [problem.path, problem])).values()];
  const named = distinct.slice(0, MOST_NAMED).map((problem) => warning(problem.code, describe(problem)));
  const more = distinct.length - named.length;
  const rest = `${plural(more, 'more folder or link', 'more folders and links')} among the models could not be read; verify names each`;
  return more === 0 ? named : [...named, warning('folder_unreadable', rest)];
}

function warning(component: string, message: string): Note {
  return { type: 'note', component, level: 'warn', message };
}

function describe({ path, code, reason }: WalkProblem): string {
  const [what, mend] = WORDS.get(code) ?? OTHERWISE;
  return `${what} ${path} was not read (${reason}), so models in it count as missing. ${mend}`;
}

const OTHERWISE = ['The models folder', 'Make it readable for this user'] as const;
const WORDS: ReadonlyMap<string, readonly [what: string, mend: string]> = new Map([
  ['folder_skipped', ['The models folder', 'Keep models in fewer folders']],
  ['link_broken', ['The link', 'Point it to where they are, or remove it']],
]);
