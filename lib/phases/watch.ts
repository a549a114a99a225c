import { describeError, ToolkitError } from '../core/error.ts';
import type { Emit, RunPhase } from '../core/events.ts';
import type { DownloadRecord, MissingNode, ProblemReport, Requirement } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { Scrub } from '../core/secrets.ts';
import { readResolutions } from '../state/outputs.ts';
import type { StatePaths } from '../state/paths.ts';
import { problemSchema } from '../state/schemas.ts';
import type { Change } from '../watch/inbox.ts';
import { Inbox } from '../watch/inbox.ts';
import type { WatchQueue } from '../watch/queue.ts';
import { openWatchQueue } from '../watch/queue.ts';
import { setbackOf } from '../watch/retry.ts';
import { FileMarks } from '../watch/settle.ts';
import type { Watcher } from '../watch/watcher.ts';
import { openWatcher } from '../watch/watcher.ts';
import { collectNodeUses } from './assess.ts';
import type { Board, BoardItem } from './watch-board.ts';
import type { Need } from './watch-need.ts';
import { keyOf, NeedReader } from './watch-need.ts';
import { WatchLive } from './watch-live.ts';
import type { WatchResults } from './watch-outputs.ts';
import { WatchOutputs } from './watch-outputs.ts';
import { WorkflowShelf } from './watch-shelf.ts';
import { readResolution, WatchWork } from './watch-work.ts';
import type { WatchSetup } from './watch-world.ts';
import { folderFilesOf, WatchWorld } from './watch-world.ts';

/** What may be half written is looked at so often. */
const PULSE_MS = 1000;
/** Keys and the network are looked at so often. */
const CAUSES_MS = 3000;
/** What no watcher has told of (a share that was away, a limit of the system) is found at the latest after this. */
const SAFETY_MS = 5 * 60_000;
/** How often the board is shown at most. */
const SHOW_MS = 50;
/** A pack that is being installed gets this time before its nodes are read. */
const PACK_QUIET_MS = 2000;

export interface WatchPorts {
  state: StatePaths;
  ports: Ports;
  emit: Emit;
  scrub: Scrub;
  signal: AbortSignal;
  /** Reads config.json and finds ComfyUI, with the keys that there are now. Throws `ToolkitError` when that cannot be used. */
  readSetup: () => Promise<WatchSetup>;
  /** Absolute path of config.json. */
  configPath: string;
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
  const marks = new FileMarks();
  marks.set(ports.configPath);
  const setup = await ports.readSetup();
  const queue = openWatchQueue(ports.state.queue);
  try {
    for (const file of folderFilesOf(setup.install)) marks.set(file);
    const world = await WatchWorld.open(setup, ports);
    const watch = new Watch({ world, queue, marks }, ports);
    await watch.run().catch((error: unknown) => {
      if (!ports.signal.aborted) throw error;
    });
  } finally {
    queue.close();
  }
}

class Watch {
  readonly #ports: WatchPorts;
  readonly #queue: WatchQueue;
  readonly #inbox = new Inbox();
  /** config.json and the files that say where models are, as they were when they were read. */
  readonly #marks: FileMarks;
  readonly #shelf: WorkflowShelf;
  readonly #needs: NeedReader;
  readonly #work: WatchWork;
  readonly #outputs: WatchOutputs;
  readonly #live: WatchLive;
  /** What is wrong now, by what it is about. */
  readonly #problems = new Map<string, ProblemReport>();
  /** By key; of models that are still needed. */
  readonly #records = new Map<string, DownloadRecord>();
  #world: WatchWorld;
  #watcher: Watcher | null = null;
  #need: Need = { required: [], missing: new Map(), wanted: [], arriving: new Set() };
  #missingNodes: MissingNode[] = [];
  #nodeUses = '';
  #isScanning = false;
  #fetched = 0;
  #network = '';
  #packTimer: ReturnType<typeof setTimeout> | null = null;
  #showTimer: ReturnType<typeof setTimeout> | null = null;

  constructor({ world, queue, marks }: { world: WatchWorld; queue: WatchQueue; marks: FileMarks }, ports: WatchPorts) {
    this.#world = world;
    this.#queue = queue;
    this.#marks = marks;
    this.#ports = ports;
    this.#shelf = new WorkflowShelf(world.library.declarations, ports.emit);
    this.#needs = new NeedReader(ports.emit);
    this.#outputs = new WatchOutputs(() => this.#results(), {
      state: ports.state,
      scrub: ports.scrub,
      now: ports.ports.now,
      onTrouble: (error) => this.#note('state', toProblem(error)),
    });
    this.#live = new WatchLive({
      promptFolder: ports.state.prompts,
      ports: ports.ports,
      emit: ports.emit,
      signal: ports.signal,
      onUp: () => this.#hurry((code) => setbackOf(code) === 'trouble', false),
      onPrompt: (path) => this.#inbox.put({ kind: 'workflow', path }),
    });
    this.#work = new WatchWork({
      queue,
      world: () => this.#world,
      requirementOf: (key) => this.#need.missing.get(key),
      previous: readQuietly(() => readResolutions(ports.state.resolutions)) ?? [],
      ports: ports.ports,
      emit: ports.emit,
      onChange: () => this.#tell(),
      onResolved: () => this.#outputs.touch(),
      onRecord: (key, record) => this.#noteRecord(key, record),
    });
  }

  async run(): Promise<void> {
    this.#network = this.#ports.describeNetwork();
    const timers = [
      setInterval(() => this.#pulse(), PULSE_MS),
      setInterval(() => this.#lookAtCauses(), CAUSES_MS),
      setInterval(() => this.#lookAtAll(), SAFETY_MS),
    ];
    try {
      this.#watcher = await this.#openWatcher();
      this.#queue.hurry(() => true, { nowMs: this.#ports.ports.now().getTime(), anew: false });
      this.#lookAtAll();
      this.#live.follow(this.#world.setup.config.comfyuiUrl);
      for (;;) await this.#handle(await this.#inbox.take(this.#ports.signal));
    } finally {
      for (const timer of timers) clearInterval(timer);
      for (const timer of [this.#packTimer, this.#showTimer]) if (timer) clearTimeout(timer);
      this.#live.close();
      await this.#work.stop();
      this.#outputs.flush();
      this.#ports.show(this.#board());
      await this.#watcher?.close();
    }
  }

  #lookAtAll(): void {
    this.#inbox.put({ kind: 'workflows', path: null });
    this.#inbox.put({ kind: 'models', path: null });
  }

  #openWatcher(): Promise<Watcher> {
    return openWatcher({
      places: this.#world.places,
      polling: this.#world.setup.config.watch.polling,
      onChange: (change) => this.#receive(change),
      onProblem: (problem) => this.#note(problem.code, problem),
    });
  }

  #receive(change: Change): void {
    if (change.kind !== 'nodes') return this.#inbox.put(change);
    if (this.#packTimer) clearTimeout(this.#packTimer);
    this.#packTimer = setTimeout(() => this.#inbox.put(change), PACK_QUIET_MS);
  }

  /** One round: takes over what has changed, tells what is needed now, and lets the work go on with it. */
  async #handle(changes: readonly Change[]): Promise<void> {
    const kinds = new Set(changes.map((change) => change.kind));
    this.#isScanning = kinds.has('workflows') || kinds.has('workflow');
    this.#tell();
    try {
      if (kinds.has('config')) await this.#reopen();
      else if (kinds.has('nodes')) await this.#rereadNodes();
      else if (kinds.has('folders')) await this.#rereadFolders();
      await this.#assess(changes);
    } catch (error) {
      this.#ports.signal.throwIfAborted();
      this.#note('look', toProblem(error));
      return;
    } finally {
      this.#isScanning = false;
      this.#tell();
    }
    this.#problems.delete('look');
  }

  async #assess(changes: readonly Change[]): Promise<void> {
    const { signal } = this.#ports;
    const arrived = this.#work.arrived;
    if (arrived.length > 0 || changes.some((change) => change.kind === 'models')) await this.#world.relist();
    await this.#shelf.refresh([...this.#world.workflowPaths, this.#ports.state.prompts], { hints: hintsOf(changes), signal });
    this.#need = await this.#needs.read({
      workflows: this.#shelf.workflows,
      library: this.#world.library,
      includeDisabled: this.#world.setup.includeDisabled,
      changedAtMs: (path) => this.#shelf.changedAtMs(path),
      signal,
    });
    this.#syncQueue(arrived);
    this.#work.kick();
    await this.#readMissingNodes();
    this.#outputs.touch();
  }

  #syncQueue(arrived: readonly string[]): void {
    const { joined, left } = this.#queue.sync(this.#need.wanted, this.#ports.ports.now().getTime());
    this.#work.abandon(left);
    this.#work.hold(this.#need.arriving);
    this.#work.looked(arrived);
    for (const key of joined) {
      const requirement = this.#need.missing.get(key);
      if (requirement) this.#ports.emit({ type: 'model_missing', requirement });
    }
    const required = new Set(this.#need.required.map(keyOf));
    for (const key of this.#records.keys()) if (!required.has(key)) this.#records.delete(key);
    for (const key of left) if (required.has(key)) this.#noteSettled(key);
    this.#live.forgetPrompts(new Set([...this.#need.missing.values()].flatMap(pathsOf)));
  }

  /** A model that was missing is there. One that was fetched has been told of already. */
  #noteSettled(key: string): void {
    const found = this.#need.required.find((requirement) => keyOf(requirement) === key);
    if (!found) return;
    void this.#live.confirm(found).catch(() => undefined); // only an abort ends it early
    if (this.#records.has(key)) return;
    this.#ports.emit({ type: 'note', component: 'watch', level: 'info', message: `${found.filename} is in place: ${found.foundAt ?? ''}` });
  }

  /** Which node types are missing is looked up only when the workflows use others than before. */
  async #readMissingNodes(): Promise<void> {
    const uses = collectNodeUses(this.#shelf.workflows, this.#world.setup.includeDisabled);
    const text = JSON.stringify(uses);
    if (text === this.#nodeUses) return;
    this.#missingNodes = await this.#world.library.missingNodes(uses);
    this.#nodeUses = text;
  }

  /** Takes over config.json when it is valid; otherwise the last good one stays, and the fault is shown. */
  async #reopen(): Promise<void> {
    const before = JSON.stringify(this.#world.places);
    const { polling } = this.#world.setup.config.watch;
    let setup: WatchSetup;
    this.#marks.set(this.#ports.configPath);
    try {
      setup = await this.#ports.readSetup();
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
      return this.#note('config', { ...toProblem(error), details: 'The last good configuration stays' });
    }
    this.#problems.delete('config');
    await this.#enter(setup);
    this.#live.follow(setup.config.comfyuiUrl);
    this.#hurry(() => true, true);
    this.#say('The configuration was read again');
    if (JSON.stringify(this.#world.places) !== before || setup.config.watch.polling !== polling) await this.#replaceWatcher();
  }

  /** The nodes and folders of the same ComfyUI are not read again: config.json says nothing of them. */
  async #enter(setup: WatchSetup): Promise<void> {
    const { install } = this.#world.setup;
    const isSame = install.root === setup.install.root && install.sources === setup.install.sources;
    this.#world = isSame ? this.#world.withSetup(setup) : await WatchWorld.open(setup, this.#ports);
    this.#nodeUses = '';
    if (!isSame) this.#shelf.redeclare(this.#world.library.declarations);
  }

  async #replaceWatcher(): Promise<void> {
    const former = this.#watcher;
    this.#watcher = await this.#openWatcher();
    await former?.close();
    this.#lookAtAll();
  }

  async #rereadNodes(): Promise<void> {
    await this.#world.rereadNodes();
    this.#shelf.redeclare(this.#world.library.declarations);
    this.#nodeUses = '';
    this.#say('The custom nodes were read again');
  }

  async #rereadFolders(): Promise<void> {
    const before = JSON.stringify(this.#world.places);
    for (const file of folderFilesOf(this.#world.setup.install)) this.#marks.set(file);
    await this.#world.rereadFolders();
    const [problem] = this.#world.folders.problems;
    if (problem) this.#note('folders', { code: problem.code, error: problem.message, details: '', hint: problem.hint });
    else this.#problems.delete('folders');
    this.#hurry(() => true, true);
    this.#say('The model folders were read again');
    if (JSON.stringify(this.#world.places) !== before) await this.#replaceWatcher();
  }

  #pulse(): void {
    for (const path of this.#shelf.waiting) this.#inbox.put({ kind: 'workflow', path });
    if (this.#need.arriving.size > 0) this.#inbox.put({ kind: 'models', path: null });
  }

  /** Looks whether the cause of a failure may be gone, and at the few files that matter most: no change of theirs is to be missed. */
  #lookAtCauses(): void {
    for (const path of this.#marks.changed()) this.#inbox.put({ kind: path === this.#ports.configPath ? 'config' : 'folders', path });
    const network = this.#ports.describeNetwork();
    if (network !== this.#network) {
      this.#network = network;
      this.#hurry((code) => setbackOf(code) === 'trouble', false);
    }
    if (this.#ports.haveKeysChanged()) this.#inbox.put({ kind: 'config', path: null });
  }

  #hurry(which: (code: string) => boolean, anew: boolean): void {
    const nowMs = this.#ports.ports.now().getTime();
    const hurried = this.#queue.hurry((item) => which(readProblem(item.problem)?.code ?? ''), { nowMs, anew });
    if (hurried > 0) this.#work.kick();
  }

  #noteRecord(key: string, record: DownloadRecord): void {
    this.#records.set(key, record);
    if (record.error === null) {
      this.#fetched++;
      this.#inbox.put({ kind: 'models', path: null });
      this.#hurry((code) => setbackOf(code) === 'trouble' && code !== '', false);
    }
    this.#outputs.touch();
  }

  #note(about: string, problem: ProblemReport): void {
    const known = this.#problems.get(about);
    this.#problems.set(about, problem);
    if (JSON.stringify(known) !== JSON.stringify(problem)) this.#ports.emit({ type: 'problem', problem, filename: null });
    this.#tell();
  }

  #say(message: string): void {
    this.#ports.emit({ type: 'note', component: 'watch', level: 'info', message });
  }

  /** Shows how things stand, soon. */
  #tell(): void {
    this.#showTimer ??= setTimeout(() => {
      this.#showTimer = null;
      this.#ports.show(this.#board());
    }, SHOW_MS);
  }

  #board(): Board {
    return {
      phase: this.#phase(),
      workflows: this.#shelf.workflows.length,
      failures: this.#shelf.failures,
      localModels: this.#world.library.modelCount,
      requiredModels: this.#need.required.length,
      missingNodes: this.#missingNodes.length,
      items: this.#queue.list().map((item): BoardItem => {
        const requirement = this.#need.missing.get(item.key);
        const [directory = '', , filename = ''] = item.key.split('\0');
        const transfer = this.#work.transfers.get(item.key);
        return {
          filename: requirement?.filename ?? filename,
          directory: requirement?.directory ?? (directory || null),
          stage: this.#work.stageOf(item),
          bytesDone: transfer?.bytesDone ?? 0,
          bytesTotal: transfer?.bytesTotal ?? null,
          attempts: item.attempts,
          dueAt: new Date(item.dueAtMs),
          problem: readProblem(item.problem),
          resolution: readResolution(item),
        };
      }),
      fetched: this.#fetched,
      problems: [...this.#problems.values(), ...this.#work.serviceProblems],
      comfyuiUrl: this.#live.url,
    };
  }

  #phase(): RunPhase | 'idle' {
    if (this.#work.transfers.size > 0 || this.#work.arrived.length > 0) return 'downloading';
    if (this.#work.isResolving) return 'resolving';
    return this.#isScanning ? 'scanning' : 'idle';
  }

  #results(): WatchResults {
    return {
      workflows: this.#shelf.workflows.length,
      failures: this.#shelf.failures,
      localModels: this.#world.library.modelCount,
      required: this.#need.required,
      missing: [...this.#need.missing.values()],
      missingNodes: this.#missingNodes,
      resolutions: this.#queue.list().flatMap((item) => (this.#need.missing.has(item.key) ? (readResolution(item) ?? []) : [])),
      downloads: [...this.#records.values()],
    };
  }
}

function pathsOf(requirement: Requirement): string[] {
  return requirement.references.map((reference) => reference.workflowPath);
}

/** Workflows that changes name; `null` when all are to be looked at. */
function hintsOf(changes: readonly Change[]): ReadonlySet<string> | null {
  const all = changes.some(({ kind }) => kind === 'workflows' || kind === 'config' || kind === 'nodes');
  return all ? null : new Set(changes.flatMap(({ kind, path }) => (kind === 'workflow' && path !== null ? [path] : [])));
}

/** What earlier runs have left; nothing when it cannot be used. */
function readQuietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function readProblem(text: string | null): ProblemReport | null {
  return text === null ? null : readQuietly(() => problemSchema.parse(JSON.parse(text)));
}

function toProblem(error: unknown): ProblemReport {
  if (error instanceof ToolkitError) return { code: error.code, error: error.message, details: '', hint: error.hint };
  const hint = 'It is looked at again with the next change; report it when this stays';
  return { code: 'internal_error', error: 'Internal error', details: describeError(error), hint };
}
