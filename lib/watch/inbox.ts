import { untilAborted } from '../core/until-aborted.ts';

/** What may have changed. A path is only a hint: whoever takes the change looks for itself. */
export interface Change {
  kind: 'workflow' | 'workflows' | 'models' | 'folders' | 'nodes' | 'config' | 'live';
  /** Absolute, where the change is about one file. */
  path: string | null;
}

/** Changes that belong together come within this time of one another. */
const GATHER_MS = 40;
/** However many come, the first one waits no longer than this. */
const LONGEST_GATHER_MS = 250;

/** Gathers changes, each once, until things are quiet for a moment: a burst is one piece of work. */
export class Inbox {
  readonly #changes = new Map<string, Change>();
  #firstMs = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ready = Promise.withResolvers<void>();

  put(change: Change): void {
    if (this.#changes.size === 0) this.#firstMs = performance.now();
    this.#changes.set(`${change.kind}\0${change.path ?? ''}`, change);
    const left = this.#firstMs + LONGEST_GATHER_MS - performance.now();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ready.resolve(), Math.max(0, Math.min(GATHER_MS, left)));
  }

  /** Resolves with what has changed, at least one; rejects with the signal's reason when it aborts. */
  async take(signal: AbortSignal): Promise<Change[]> {
    await untilAborted(this.#ready.promise, signal);
    return this.#empty();
  }

  #empty(): Change[] {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#ready = Promise.withResolvers<void>();
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    return changes;
  }
}

/** The workflows that changes name; `null` when all are to be looked at. */
export function hintsOf(changes: readonly Change[]): ReadonlySet<string> | null {
  const all = changes.some(({ kind }) => kind !== 'workflow' && kind !== 'models');
  return all ? null : new Set(changes.flatMap(({ kind, path }) => (kind === 'workflow' && path !== null ? [path] : [])));
}
