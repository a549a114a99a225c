import type { Emit } from '../core/events.ts';
import type { MissingNode } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { StatePaths } from '../state/paths.ts';
import { pauseMs } from '../watch/retry.ts';
import type { PackServices } from './ask-about-packs.ts';
import type { NodeUse } from './scan-library.ts';
import type { WatchProblems } from './watch-problems.ts';
import { toProblem } from './watch-problems.ts';
import type { WatchWorld } from './watch-world.ts';

/** Nobody waits for the answer: a slow service gets more time than in a scan. */
const PATIENCE_MS = 30_000;
/** A pack that nobody knows today may be published tomorrow. */
const LOOK_AGAIN_MS = 24 * 60 * 60 * 1000;

export interface PackPorts {
  state: Pick<StatePaths, 'nodePacks'>;
  ports: Pick<Ports, 'now' | 'sleep'>;
  emit: Emit;
  world: () => Pick<WatchWorld, 'library' | 'setup'>;
  /** More is known than before. */
  onChange: () => void;
  problems: WatchProblems;
}

/**
 * The node types that are missing, with the packs that have them: at once what this machine and earlier answers tell, and beside all other
 * work what services say. A service that is away is asked again after a pause that grows.
 */
export class WatchPacks {
  readonly #ports: PackPorts;
  readonly #stop = new AbortController();
  #list: readonly MissingNode[] = [];
  #uses: readonly NodeUse[] = [];
  /** Those that services were asked about last. */
  #asked: readonly NodeUse[] = this.#uses;
  /** What the list stands for, as text; `null`: something else may be installed by now. */
  #known: string | null = null;
  #task: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Attempts in a row in which a service could not be asked. */
  #attempts = 0;
  #said = new Set<string>();

  constructor(ports: PackPorts) {
    this.#ports = ports;
  }

  get list(): readonly MissingNode[] {
    return this.#list;
  }

  /** Other nodes may be installed: everything is found out anew at the next `read`. */
  forget(): void {
    this.#known = null;
  }

  /** Takes over which node types the workflows use; nothing happens when they are the same as before. Waits for no service. */
  async read(uses: readonly NodeUse[]): Promise<void> {
    const text = JSON.stringify(uses);
    if (text === this.#known) return;
    this.#list = await this.#ports.world().library.missingNodes(uses, this.#services({ offline: true, emit: () => undefined }));
    [this.#known, this.#uses, this.#attempts] = [text, uses, 0];
    this.#ask();
  }

  /** The network may be back: a service that could not be asked is asked now. */
  hurry(): void {
    if (this.#attempts > 0) this.#ask();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    if (this.#timer) clearTimeout(this.#timer);
    await this.#task;
  }

  #ask(): void {
    if (this.#stop.signal.aborted) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#task ??= this.#askServices(this.#uses)
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#ports.problems.note('packs', toProblem(error));
      })
      .finally(() => {
        this.#task = null;
        if (this.#asked !== this.#uses) this.#ask(); // others are used since
      });
  }

  async #askServices(uses: readonly NodeUse[]): Promise<void> {
    this.#asked = uses;
    const troubles = new Set<string>();
    const emit: Emit = (event) => {
      if (event.type === 'note') troubles.add(event.message);
    };
    const list = await this.#ports.world().library.missingNodes(uses, this.#services({ offline: false, emit }));
    this.#ports.problems.clear('packs');
    if (uses === this.#uses) this.#settle(list, troubles);
  }

  #settle(list: readonly MissingNode[], troubles: Set<string>): void {
    const isNews = JSON.stringify(list) !== JSON.stringify(this.#list);
    this.#list = list;
    for (const message of troubles) {
      if (!this.#said.has(message)) this.#ports.emit({ type: 'note', component: 'node_packs', level: 'info', message });
    }
    this.#said = troubles;
    this.#attempts = troubles.size > 0 ? this.#attempts + 1 : 0;
    const isOpen = list.some(({ packs }) => packs.length === 0);
    const again = this.#attempts > 0 ? pauseMs('trouble', this.#attempts) : isOpen ? LOOK_AGAIN_MS : null;
    if (again !== null) this.#timer = setTimeout(() => this.#ask(), again);
    if (isNews) this.#ports.onChange();
  }

  #services({ offline, emit }: Pick<PackServices, 'offline' | 'emit'>): PackServices {
    const { state, ports, world } = this.#ports;
    return {
      http: world().setup.http,
      ports,
      signal: this.#stop.signal,
      cachePath: state.nodePacks,
      patienceMs: PATIENCE_MS,
      offline,
      emit,
    };
  }
}
