import type { ProblemReport } from '../core/model.ts';

/** What reports advise for a single run → what holds while a watch runs. Tried in this order, each wherever it fits. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  // a key is read from the file again and again, and the environment of a process stays as it was
  [/^(Set (?:HF_TOKEN|CIVITAI_API_KEY) \([^)]*\)), then run resume/, '$1 in ~/.secrets; watch notices it by itself'],
  [/ in the environment or in ~\/\.secrets/, ' in ~/.secrets; watch notices it by itself'],
  [/, set HF_TOKEN, then run resume/, ', set HF_TOKEN in ~/.secrets; watch goes on by itself'],
  [/[,;] then run (?:resume|auto again)/, '; watch goes on by itself'],
  [/, or run resume when it is free/, ', or leave it: watch tries again by itself'],
  [/^Run resume in a few minutes/, 'Watch tries again by itself in a few minutes'],
  [/^Run resume(?: later)?/, 'Watch tries again by itself'],
  [/^Run (?:scan and )?resolve again/, 'Watch looks again by itself'],
  // watch holds the state folder, so that nobody can pick beside it
  [/resolve --pick "[^"]*" or under overrides/, 'an entry under overrides'],
  [/resolve --pick "[^"]*"/, 'an entry under overrides in config.json'],
  [/ with --pick,? or (?:set )?(?:an override in config\.json|overrides)/, ' under overrides in config.json'],
  [/ with --pick/, ' under overrides in config.json'],
];

/**
 * A hint as it holds beside a watch, which tries again by itself, notices a key or a change of config.json, and has the state folder to
 * itself. Only words for people change; nothing is decided by them.
 */
export function hintBesideWatch(hint: string): string {
  return WORDS.reduce((text, [pattern, words]) => text.replace(pattern, words), hint);
}

/** A report with such a hint. */
export function reportBesideWatch(problem: ProblemReport): ProblemReport {
  return { ...problem, hint: hintBesideWatch(problem.hint) };
}
