import type { CallArguments, Machine } from './machine.ts';
import { list, text, UNKNOWN } from './values.ts';
import type { Value } from './values.ts';

type Native = (machine: Machine, given: CallArguments) => Value;

/** Packs turn class names into the names of nodes with patterns; longer ones, or repeats inside repeats, could take for ever. */
const MAX_PATTERN = 200;
const MAX_SUBJECT = 256;
const NESTED_REPEAT = /[*+}]\)[*+{]/;

/** Python's `re`, for short texts and the patterns that JavaScript reads alike. */
export const patternNatives: readonly (readonly [string, Native])[] = [
  ['re.sub', (_, { args }) => replace(args)],
  ['re.findall', (_, { args }) => findAll(args)],
];

function replace([pattern, replacement, subject]: readonly Value[]): Value {
  const compiled = compile(pattern, subject);
  if (compiled === undefined || replacement?.type !== 'text') return UNKNOWN;
  const written = replacement.text
    .replaceAll('$', '$$$$')
    .replaceAll(/\\(?:g<(\w+)>|(\d))/g, (_, name?: string, digit?: string) => `$${digit ?? name}`);
  return text(compiled.subject.replaceAll(compiled.pattern, written));
}

function findAll([pattern, subject]: readonly Value[]): Value {
  const compiled = compile(pattern, subject);
  if (compiled === undefined) return UNKNOWN;
  return list([...compiled.subject.matchAll(compiled.pattern)].map((match) => text(match[1] ?? match[0])));
}

function compile(pattern: Value | undefined, subject: Value | undefined): { pattern: RegExp; subject: string } | undefined {
  if (pattern?.type !== 'text' || subject?.type !== 'text') return undefined;
  if (pattern.text.length > MAX_PATTERN || subject.text.length > MAX_SUBJECT || NESTED_REPEAT.test(pattern.text)) return undefined;
  try {
    return { pattern: new RegExp(pattern.text.replaceAll('(?P<', '(?<'), 'gu'), subject: subject.text };
  } catch {
    return undefined;
  }
}
