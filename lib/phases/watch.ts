import type { Emit } from '../core/events.ts';
import type { DownloadRecord, Requirement } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { Scrub } from '../core/secrets.ts';
import { MemoryStore } from '../state/memory-store.ts';
import { readResolutions } from '../state/outputs.ts';
import type { StatePaths } from '../state/paths.ts';
import type { Change } from '../watch/inbox.ts';
import { hintsOf, Inbox } from '../watch/inbox.ts';
import type { QueueItem, WatchQueue } from '../watch/queue.ts';
import { openWatchQueue } from '../watch/queue.ts';
import { setbackOf } from '../watch/retry.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import { collectNodeUses } from './assess.ts';
import { WatchAccount } from './watch-account.ts';
import type { Board } from './watch-board.ts';
import { WatchClock } from './watch-clock.ts';
import { readAccepted, readProblem } from './watch-ledger.ts';
import { WatchLessons } from './watch-lessons.ts';
import { WatchLive } from './watch-live.ts';
import { filenameOf, keyOf, NeedReader } from './watch-need.ts';
import { WatchOutputs } from './watch-outputs.ts';
import { WatchPacks } from './watch-packs.ts';
import { toProblem, WatchProblems } from './watch-problems.ts';
import { WatchScene } from './watch-scene.ts';
import { WorkflowShelf } from './watch-shelf.ts';
import { WatchWork } from './watch-work.ts';
import type { WatchSetup } from './watch-world.ts';

/** With these other nodes may be installed than before. */
const ANOTHER_INSTALL: readonly Change['kind'][] = ['nodes', 'config', 'live'];
/** How often the board is shown at most. */
const SHOW_MS = 50;

export interface WatchPorts {
  /** Absolute path of config.json. */
  configPath: string;
  state: StatePaths;
  ports: Ports;
  emit: Emit;
  scrub: Scrub;
  signal: AbortSignal;
  /** Reads config.json and finds ComfyUI, with the keys that there are now. Throws `ToolkitError` when that cannot be used. */
  readSetup: () => Promise<WatchSetup>;
  /** Whether a key has been set or taken away since the setup was read. */
  haveKeysChanged: () => boolean;
  /** Told whenever something has changed that is worth showing. */
  show: (board: Board) => void;
  /** Text that changes when the machine's way into the network does. */
  describeNetwork: () => string;
}

/**
 * Stays beside ComfyUI until the signal aborts: reads what changes, keeps the queue of what is missing, and works it off. Resolves when
 * everything has ended in order; what was under way goes on with the next watch. Rejects when it cannot begin.
 */
export async function runWatch(ports: WatchPorts): Promise<void> {
  const inbox = new Inbox();
  const board = { tell: (): void => undefined };
  const problems = new WatchProblems(ports.emit, () => board.tell());
  try {
    const scene = await WatchScene.open({ ...ports, problems, onChange: (change) => inbox.put(change) });
    using queue = openWatchQueue(ports.state.queue);
    const watch = new Watch({ scene, queue, inbox, problems }, ports);
    board.tell = () => watch.tell();
    await watch.run();
  } catch (error) {
    if (!ports.signal.aborted) throw error;
  }
}

class Watch {
  readonly #ports: WatchPorts;
  readonly #scene: WatchScene;
  readonly #queue: WatchQueue;
  readonly #inbox: Inbox;
  readonly #problems: WatchProblems;
  readonly #shelf: WorkflowShelf;
  readonly #lessons: WatchLessons;
  readonly #needs: NeedReader;
  readonly #packs: WatchPacks;
  readonly #work: WatchWork;
  readonly #outputs: WatchOutputs;
  readonly #live: WatchLive;
  readonly #account: WatchAccount;
  #showTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(parts: { scene: WatchScene; queue: WatchQueue; inbox: Inbox; problems: WatchProblems }, ports: WatchPorts) {
    this.#scene = parts.scene;
    this.#queue = parts.queue;
    this.#inbox = parts.inbox;
    this.#problems = parts.problems;
    this.#ports = ports;
    this.#shelf = new WorkflowShelf(this.#scene.world.library.declarations, ports.emit);
    this.#lessons = new WatchLessons(ports);
    this.#needs = new NeedReader(ports.emit);
    this.#packs = new WatchPacks({
      ...ports,
      problems: this.#problems,
      world: () => this.#scene.world,
      onChange: () => {
        this.#outputs.touch();
        this.tell();
      },
    });
    this.#outputs = new WatchOutputs(() => this.#account.results(), {
      ...ports,
      now: ports.ports.now,
      onTrouble: (error) => this.#problems.note('state', toProblem(error)),
    });
    this.#live = new WatchLive({
      ...ports,
      promptFolder: ports.state.prompts,
      isBelieved: () => this.#scene.world.hasLive,
      onTurn: () => this.#turnLive(),
      onPrompt: (path) => this.#inbox.put({ kind: 'workflow', path }),
    });
    this.#work = new WatchWork({
      ...ports,
      queue: this.#queue,
      world: () => this.#scene.world,
      requirementOf: (key) => this.#account.need.missing.get(key),
      previous: readQuietly(() => readResolutions(ports.state.resolutions)) ?? [],
      onChange: () => this.tell(),
      onResolved: () => this.#outputs.touch(),
      onRecord: (key, record) => this.#noteRecord(key, record),
    });
    const witnesses = { ...parts, shelf: this.#shelf, packs: this.#packs, work: this.#work, live: this.#live };
    this.#account = new WatchAccount(() => witnesses);
  }

  /** Rejects with the signal's reason when it aborts, once everything has ended. */
  async run(): Promise<void> {
    using _ = new WatchClock({
      ...this.#ports,
      onPulse: () => this.#pulse(),
      onMarks: () => this.#scene.checkMarks(),
      onNetwork: () => this.#noteNetwork(),
      onKeys: () => this.#inbox.put({ kind: 'config', path: null }),
      onSafety: () => this.#lookAtAll(),
    });
    try {
      await this.#scene.start();
      this.#queue.hurry(() => true, { nowMs: this.#nowMs(), anew: false });
      this.#lookAtAll();
      this.#live.follow(this.#scene.world.setup.config.comfyuiUrl);
      for (;;) await this.#handle(await this.#inbox.take(this.#ports.signal));
    } finally {
      if (this.#showTimer) clearTimeout(this.#showTimer);
      this.#live.close();
      await Promise.all([this.#work.stop(), this.#packs.stop()]);
      this.#lessons[Symbol.dispose]();
      this.#outputs.flush();
      this.#ports.show(this.#account.board());
      await this.#scene.close();
    }
  }

  /** Shows how things stand, soon. */
  tell(): void {
    this.#showTimer ??= setTimeout(() => {
      this.#showTimer = null;
      this.#ports.show(this.#account.board());
    }, SHOW_MS);
  }

  #nowMs(): number {
    return this.#ports.ports.now().getTime();
  }

  #lookAtAll(): void {
    this.#inbox.put({ kind: 'workflows', path: null });
    this.#inbox.put({ kind: 'models', path: null });
  }

  /** One round: takes over what has changed, tells what is needed now, and lets the work go on with it. */
  async #handle(changes: readonly Change[]): Promise<void> {
    const kinds = new Set(changes.map((change) => change.kind));
    this.#account.isScanning = kinds.has('workflows') || kinds.has('workflow');
    this.tell();
    try {
      await this.#changeScene(kinds);
      await this.#assess(changes);
      this.#problems.clear('look');
    } catch (error) {
      this.#ports.signal.throwIfAborted();
      this.#problems.note('look', toProblem(error));
    } finally {
      this.#account.isScanning = false;
      this.tell();
      if (kinds.has('live')) this.#live.believe();
    }
  }

  async #changeScene(kinds: ReadonlySet<Change['kind']>): Promise<void> {
    const { redeclared, anew } = await this.#scene.apply(kinds);
    if (redeclared) this.#shelf.redeclare(this.#scene.world.library.declarations);
    if (redeclared || ANOTHER_INSTALL.some((kind) => kinds.has(kind))) this.#packs.forget();
    if (anew) this.#hurry(() => true, true);
    this.#live.follow(this.#scene.world.setup.config.comfyuiUrl);
  }

  async #assess(changes: readonly Change[]): Promise<void> {
    const { signal } = this.#ports;
    const arrived = this.#work.arrived;
    if (arrived.length > 0 || changes.some((change) => change.kind === 'models')) await this.#scene.world.relist();
    const { world } = this.#scene;
    const changed = await this.#readWorkflows([...world.workflowPaths, this.#ports.state.prompts], hintsOf(changes));
    const need = await this.#needs.read({
      workflows: this.#shelf.workflows,
      library: world.library,
      includeDisabled: world.setup.includeDisabled,
      changedAtMs: (path) => this.#shelf.changedAtMs(path),
      signal,
    });
    this.#account.take(need);
    this.#syncQueue(arrived);
    this.tell();
    this.#hurryTold(await this.#lessons.learn(changed));
    this.#work.kick();
    await this.#packs.read(collectNodeUses(this.#shelf.workflows, world.setup.includeDisabled));
    this.#outputs.touch();
  }

  /** At a look at everything, what an earlier watch or scan has read need not be read again. */
  async #readWorkflows(roots: readonly string[], hints: ReadonlySet<string> | null): Promise<ReadWorkflow[]> {
    const { signal, state, ports } = this.#ports;
    using memory = hints === null ? MemoryStore.open(state.folder, ports.now()) : undefined;
    return await this.#shelf.refresh(roots, { hints, signal, ...(memory && { memory }) });
  }

  #syncQueue(arrived: readonly string[]): void {
    const { wanted, arriving, missing, required } = this.#account.need;
    const { joined, left } = this.#queue.sync(wanted, this.#nowMs());
    this.#work.abandon(left);
    this.#work.hold(arriving);
    this.#work.looked(arrived);
    for (const key of joined) {
      const requirement = missing.get(key);
      if (requirement) this.#ports.emit({ type: 'model_missing', requirement });
    }
    const settled = new Set(left);
    for (const requirement of required) if (settled.has(keyOf(requirement))) this.#noteSettled(requirement);
    this.#live.forgetPrompts(new Set([...missing.values()].flatMap(pathsOf)));
  }

  /** A model that was missing is there. One that was fetched has been told of already. */
  #noteSettled(requirement: Requirement): void {
    void this.#live.confirm(requirement).catch(() => undefined); // only an abort ends it early
    if (this.#account.hasRecord(keyOf(requirement))) return;
    const message = `${requirement.filename} is in place: ${requirement.foundAt ?? 'ComfyUI has it'}`;
    this.#ports.emit({ type: 'note', component: 'watch', level: 'info', message });
  }

  /** A workflow has told of a place of these files (names in lower case): whoever waits for one and has none yet looks again. */
  #hurryTold(names: ReadonlySet<string>): void {
    if (names.size === 0) return;
    const isTold = (item: QueueItem): boolean => names.has(filenameOf(item.key).toLowerCase()) && readAccepted(item) === null;
    this.#queue.hurry(isTold, { nowMs: this.#nowMs(), anew: false });
  }

  #pulse(): void {
    for (const path of this.#shelf.waiting) this.#inbox.put({ kind: 'workflow', path });
    if (this.#account.need.arriving.size > 0) this.#inbox.put({ kind: 'models', path: null });
  }

  /** The way into the network is another one: what failed for want of it is tried again. */
  #noteNetwork(): void {
    this.#packs.hurry();
    this.#hurry((code) => setbackOf(code) === 'trouble', false);
  }

  /** A ComfyUI has come or gone. */
  #turnLive(): void {
    this.#inbox.put({ kind: 'live', path: null });
    this.#hurry((code) => setbackOf(code) === 'trouble', false);
  }

  #hurry(which: (code: string) => boolean, anew: boolean): void {
    const hurried = this.#queue.hurry((item) => which(readProblem(item)?.code ?? ''), { nowMs: this.#nowMs(), anew });
    if (hurried > 0) this.#work.kick();
  }

  #noteRecord(key: string, record: DownloadRecord): void {
    this.#account.note(key, record);
    this.#outputs.touch();
    if (record.error !== null) return;
    this.#inbox.put({ kind: 'models', path: null });
    this.#hurry((code) => code !== '' && setbackOf(code) === 'trouble', false);
  }
}

function pathsOf(requirement: Requirement): string[] {
  return requirement.references.map((reference) => reference.workflowPath);
}

/** What earlier runs have left; nothing when it cannot be used. */
function readQuietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
