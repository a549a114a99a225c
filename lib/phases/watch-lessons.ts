import { setImmediate as nextTurn } from 'node:timers/promises';
import { Catalogue } from '../catalog/catalogue.ts';
import type { Ports } from '../core/ports.ts';
import type { StatePaths } from '../state/paths.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import { learnFromWorkflows } from './lessons.ts';

/** Workflows that are taken in without letting timers and signals have their turn. */
const SLICE = 250;

export interface LessonPorts {
  state: Pick<StatePaths, 'catalogue'>;
  ports: Pick<Ports, 'now'>;
  signal: AbortSignal;
}

/** Takes in where workflows say that files can be had, of those that were read: for every workflow that ever needs such a file. */
export class WatchLessons implements Disposable {
  readonly #ports: LessonPorts;
  #catalogue: Catalogue | null = null;

  constructor(ports: LessonPorts) {
    this.#ports = ports;
  }

  /** Names of files that these workflows tell a place of, in lower case. Rejects with the signal's reason when it aborts. */
  async learn(read: readonly ReadWorkflow[]): Promise<ReadonlySet<string>> {
    const { ports, signal, state } = this.#ports;
    if (read.length > 0) this.#catalogue ??= Catalogue.open(state.catalogue);
    for (let start = 0; this.#catalogue && start < read.length; start += SLICE) {
      if (start > 0) await nextTurn();
      signal.throwIfAborted();
      learnFromWorkflows(read.slice(start, start + SLICE), this.#catalogue.files, ports.now());
    }
    return new Set(read.flatMap(({ reading }) => reading.sources.flatMap(({ name, url }) => (url === null ? [] : name.toLowerCase()))));
  }

  [Symbol.dispose](): void {
    this.#catalogue?.[Symbol.dispose]();
    this.#catalogue = null;
  }
}
