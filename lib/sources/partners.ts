import type { ProblemReport } from '../core/model.ts';

/** What a question comes to that gets no answer. */
export interface NoAnswer {
  ok: false;
  problem: ProblemReport;
  status: null;
  headers: null;
}

type Answered = { ok: true } | { ok: false; problem: ProblemReport; status: number | null };

/** A service or host during one run. */
interface Partner {
  /** Answers that have come, whatever they said. */
  answers: number;
  /** Questions to which nothing came. */
  swallowed: number;
  /** What every question comes to from now on; `null` while it is worth asking. */
  silence: ProblemReport | null;
  /** Ends the questions that are under way when it is found to be silent. */
  ending: AbortController;
}

/** Somebody who answers others meanwhile may swallow one question. */
const MOST_SWALLOWED = 2;

/**
 * Who is asked during one run, over all models and threads of it. Whoever says nothing at all is waited for once: then what is under way there
 * ends, and nothing more is sent.
 */
export class Partners {
  readonly #partners = new Map<string, Partner>();

  /** Asks by `call`, and ends it with its signal. Throws only when `signal` aborts, or what `call` throws by itself. */
  async ask<R extends Answered>(name: string, signal: AbortSignal, call: (signal: AbortSignal) => Promise<R>): Promise<R | NoAnswer> {
    const partner = this.#find(name);
    if (partner.silence) return noAnswer(partner.silence);
    const answersBefore = partner.answers;
    try {
      const result = await call(AbortSignal.any([signal, partner.ending.signal]));
      note(partner, result, answersBefore);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (partner.silence) return noAnswer(partner.silence);
      throw error;
    }
  }

  #find(name: string): Partner {
    const known = this.#partners.get(name) ?? { answers: 0, swallowed: 0, silence: null, ending: new AbortController() };
    this.#partners.set(name, known);
    return known;
  }
}

function note(partner: Partner, result: Answered, answersBefore: number): void {
  if (result.ok || result.status !== null) partner.answers++;
  else if (result.problem.code.endsWith('_timeout')) {
    partner.swallowed++;
    if (partner.answers > answersBefore && partner.swallowed < MOST_SWALLOWED) return;
    partner.silence ??= result.problem;
    partner.ending.abort(new Error('nobody answers there'));
  }
}

export function noAnswer(problem: ProblemReport): NoAnswer {
  return { ok: false, problem, status: null, headers: null };
}
