import type { CallArguments, Machine } from './machine.ts';
import { list, text, UNKNOWN } from './values.ts';
import type { Value } from './values.ts';

type Native = (machine: Machine, given: CallArguments) => Value;

/** Packs turn class names into the names of nodes with patterns; longer ones, or groups that are repeated, could take for ever. */
const MAX_PATTERN = 200;
const MAX_SUBJECT = 256;
const MAX_COST = 100_000;
const REPEATED_GROUP = /\)[*+{]/;

/** Python's `re`, for short texts and the patterns that JavaScript reads alike. */
export const patternNatives: readonly (readonly [string, Native])[] = [
  ['re.sub', (machine, { args }) => replace(machine, args)],
  ['re.findall', (machine, { args }) => findAll(machine, args)],
];

function replace(machine: Machine, [pattern, replacement, subject]: readonly Value[]): Value {
  const compiled = compile(machine, pattern, subject);
  if (compiled === undefined || replacement?.type !== 'text') return UNKNOWN;
  const written = replacement.text
    .replaceAll('$', '$$$$')
    .replaceAll(/\\(?:g<(\w+)>|(\d))/g, (_, name?: string, digit?: string) => `$${digit ?? name}`);
  return text(compiled.subject.replaceAll(compiled.pattern, written));
}

function findAll(machine: Machine, [pattern, subject]: readonly Value[]): Value {
  const compiled = compile(machine, pattern, subject);
  if (compiled === undefined) return UNKNOWN;
  return list([...compiled.subject.matchAll(compiled.pattern)].map((match) => text(match[1] ?? match[0])));
}

interface Compiled {
  pattern: RegExp;
  subject: string;
}

function compile(machine: Machine, pattern: Value | undefined, subject: Value | undefined): Compiled | undefined {
  if (pattern?.type !== 'text' || subject?.type !== 'text') return undefined;
  if (pattern.text.length > MAX_PATTERN || subject.text.length > MAX_SUBJECT) return undefined;
  const bare = pattern.text.replaceAll(/\\./gs, 'x');
  const cost = Math.floor(subject.text.length ** (countChoices(bare) + 1) / 256);
  if (REPEATED_GROUP.test(bare) || cost > MAX_COST) return undefined;
  machine.step(cost);
  try {
    return { pattern: new RegExp(pattern.text.replaceAll('(?P<', '(?<'), 'gu'), subject: subject.text };
  } catch {
    return undefined;
  }
}

/** Places where a pattern may go on in several ways, each as often as the subject has letters: repeats, and groups of alternatives. */
function countChoices(pattern: string): number {
  const repeats = pattern.match(/(?<![(*+?}])[*+?{]/g) ?? [];
  return repeats.length + (pattern.includes('|') ? pattern.split('(').length - 1 : 0);
}
