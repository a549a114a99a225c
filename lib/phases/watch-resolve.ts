import type { Emit, RunEvent } from '../core/events.ts';
import type { ProblemReport, Requirement, Resolution } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { MemoryStore } from '../state/memory-store.ts';
import type { StatePaths } from '../state/paths.ts';
import { reportBesideWatch } from '../watch/hints.ts';
import type { QueueItem } from '../watch/queue.ts';
import { ResolveMachine } from './resolve-machine.ts';
import { runResolve } from './resolve.ts';
import { planTarget } from './targets.ts';
import type { WatchCopies } from './watch-copies.ts';
import type { WatchWorld } from './watch-world.ts';

/** An item of the queue with the requirement that it stands for. */
export interface OpenItem {
  item: QueueItem;
  requirement: Requirement;
}

export interface ResolverPorts {
  /** What earlier runs have decided: a person's choices among it. */
  previous: readonly Resolution[];
  state: StatePaths;
  ports: Pick<Ports, 'sleep' | 'now' | 'env' | 'home'>;
  emit: Emit;
  signal: AbortSignal;
  copies: WatchCopies;
}

/** What came of looking models up. */
export interface Lookup {
  /** In the order of the items. */
  resolutions: Resolution[];
  /** By file name. */
  problems: ReadonlyMap<string, ProblemReport>;
  /** What concerns a service and no single model. */
  serviceProblems: ProblemReport[];
}

/** Looks models up for a watch, with all that this machine itself knows. */
export class WatchResolver {
  readonly #ports: ResolverPorts;
  #machine: { folders: WatchWorld['folders']; machine: ResolveMachine } | null = null;

  constructor(ports: ResolverPorts) {
    this.#ports = ports;
  }

  /** Rejects with the signal's reason when it aborts. */
  async lookUp(open: readonly OpenItem[], world: WatchWorld): Promise<Lookup> {
    const { setup, folders } = world;
    const problems = new Map<string, ProblemReport>();
    const serviceProblems: ProblemReport[] = [];
    const emit = (event: RunEvent): void => {
      if (event.type === 'model_resolved') this.#ports.emit(event);
      if (event.type !== 'problem') return;
      const problem = reportBesideWatch(event.problem);
      this.#ports.emit({ ...event, problem });
      if (event.filename === null) serviceProblems.push(problem);
      else problems.set(event.filename, problem);
    };
    const machine = await this.#openMachine(world);
    const resolutions = await runResolve(
      {
        missing: open.map(({ requirement }) => requirement),
        search: setup.config.search,
        overrides: setup.config.overrides,
        picks: new Map(),
        acceptFuzzy: setup.acceptFuzzy,
        askAgain: open.some(({ item }) => item.attempts > 0),
        planTarget: (directory, subfolder, filename) => planTarget(folders, { directory, subfolder, filename }),
        previous: this.#ports.previous,
      },
      {
        ...machine.ports,
        findLocal: this.#ports.copies.findLocal(world),
        http: setup.http,
        ports: this.#ports.ports,
        emit,
        signal: this.#ports.signal,
      },
    );
    return { resolutions, problems, serviceProblems };
  }

  close(): void {
    this.#machine?.machine[Symbol.dispose]();
    this.#machine = null;
  }

  /** The machine's own knowledge stays open, until its folders are others. */
  async #openMachine({ setup, folders }: WatchWorld): Promise<ResolveMachine> {
    if (this.#machine?.folders === folders) return this.#machine.machine;
    this.close();
    using memory = MemoryStore.open(this.#ports.state.folder, this.#ports.ports.now());
    const machine = await ResolveMachine.open({ ...this.#ports, install: setup.install, folders, memory });
    this.#machine = { folders, machine };
    return machine;
  }
}
