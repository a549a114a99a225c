import { describeError, ToolkitError } from '../core/error.ts';
import type { Emit } from '../core/events.ts';
import type { ProblemReport } from '../core/model.ts';

/** What is wrong now and concerns no single model: each said once, and gone when it is mended. */
export class WatchProblems {
  readonly #emit: Emit;
  readonly #onChange: () => void;
  readonly #problems = new Map<string, ProblemReport>();

  constructor(emit: Emit, onChange: () => void) {
    this.#emit = emit;
    this.#onChange = onChange;
  }

  get list(): readonly ProblemReport[] {
    return [...this.#problems.values()];
  }

  /** `about` is what it concerns; a problem takes the place of an earlier one of the same. */
  note(about: string, problem: ProblemReport): void {
    const known = this.#problems.get(about);
    this.#problems.set(about, problem);
    if (JSON.stringify(known) !== JSON.stringify(problem)) this.#emit({ type: 'problem', problem, filename: null });
    this.#onChange();
  }

  clear(about: string): void {
    if (this.#problems.delete(about)) this.#onChange();
  }
}

/** An error as it is shown. */
export function toProblem(error: unknown): ProblemReport {
  if (error instanceof ToolkitError) return { code: error.code, error: error.message, details: '', hint: error.hint };
  const hint = 'It is looked at again with the next change; report it when this stays';
  return { code: 'internal_error', error: 'Internal error', details: describeError(error), hint };
}
