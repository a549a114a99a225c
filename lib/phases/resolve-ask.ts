import { isHomeless } from '../core/homeless.ts';
import type { Requirement, Resolution } from '../core/model.ts';
import type { ResolveInput } from './resolve.ts';

/** What a person says to a question: a URL or a candidate's number as for `--pick`, not this one, or no more questions. */
export type Answer = { kind: 'choice'; choice: string } | { kind: 'skip' } | { kind: 'stop' };
/** Asks a person which of the candidates it is; `place` counts the questions from 1. */
export type Ask = (resolution: Resolution, place: { index: number; total: number }) => Promise<Answer>;
/** Resolves one model by what the user has said. */
export type ResolveOne = (requirement: Requirement, said: Pick<ResolveInput, 'picks' | 'overrides' | 'previous'>) => Promise<Resolution>;

/** There are candidates, and a person has to decide; of what can be saved nowhere nobody is asked. */
export function waitsForReview(resolution: Resolution): boolean {
  return !resolution.accepted && resolution.candidates.length > 0 && !isHomeless(resolution);
}

/**
 * Asks for what waits for review, one model after the other, until somebody has had enough. `announce` is told of each that was open, as
 * it was settled or left.
 */
export async function askForAll(
  input: ResolveInput,
  work: {
    found: readonly Resolution[];
    resolveOne: ResolveOne;
    ask: Ask;
    announce: (resolution: Resolution, index: number) => void;
  },
): Promise<Resolution[]> {
  const settled = [...work.found];
  const open = work.found.flatMap((resolution, index) => (waitsForReview(resolution) ? [{ resolution, index }] : []));
  let isAsking = true;
  for (const [at, { resolution, index }] of open.entries()) {
    const requirement = input.missing[index];
    const place = { index: at + 1, total: open.length };
    const outcome = isAsking && requirement ? await askForOne({ requirement, resolution, place }, { ...work, input }) : 'left';
    if (outcome === 'stop') isAsking = false;
    settled[index] = typeof outcome === 'string' ? resolution : outcome;
    work.announce(settled[index], index);
  }
  return settled;
}

/** Asks until the answer leads to a file, or the person lets it be. */
async function askForOne(
  question: { requirement: Requirement; resolution: Resolution; place: { index: number; total: number } },
  work: { input: ResolveInput; resolveOne: ResolveOne; ask: Ask },
): Promise<Resolution | 'left' | 'stop'> {
  const { requirement, resolution, place } = question;
  let shown = resolution;
  for (;;) {
    const answer = await work.ask(shown, place);
    if (answer.kind !== 'choice') return answer.kind === 'stop' ? 'stop' : 'left';
    const picks = new Map([[requirement.filename, answer.choice]]);
    const chosen = await work.resolveOne(requirement, { ...work.input, picks, previous: [resolution] });
    if (chosen.accepted) return chosen;
    shown = { ...resolution, reason: chosen.reason };
  }
}
