import { isDeepStrictEqual } from 'node:util';

import type { ComfyInstall } from '../comfy/install.ts';
import { extraPathFilesOf } from '../comfy/model-folders.ts';
import { ToolkitError } from '../core/error.ts';
import type { ProblemReport } from '../core/model.ts';
import type { Change } from '../watch/inbox.ts';
import { FileMarks } from '../watch/settle.ts';
import type { Watcher } from '../watch/watcher.ts';
import { openWatcher } from '../watch/watcher.ts';
import type { WatchProblems } from './watch-problems.ts';
import { toProblem } from './watch-problems.ts';
import type { WatchSetup, WorldPorts } from './watch-world.ts';
import { WatchWorld } from './watch-world.ts';

/** What says where an install has its models and packs. */
const placesOf = (install: ComfyInstall): readonly string[] => [install.root, ...extraPathFilesOf(install)];

/** A pack that is being installed gets this time before its nodes are read. */
const PACK_QUIET_MS = 2000;

export interface ScenePorts extends WorldPorts {
  /** Reads config.json and finds ComfyUI, with the keys that there are now. Throws `ToolkitError` when that cannot be used. */
  readSetup: () => Promise<WatchSetup>;
  problems: WatchProblems;
  onChange: (change: Change) => void;
}

/** What a change of the scene means for everything that was found out before. */
export interface SceneEffect {
  /** Node classes are others: workflows are read again. */
  redeclared: boolean;
  /** What was found out of missing models may be wrong now. */
  anew: boolean;
}

/** The ComfyUI and the configuration that a watch works with, and the eyes on their files. */
export class WatchScene {
  readonly #ports: ScenePorts;
  readonly #marks: FileMarks;
  #world: WatchWorld;
  #watcher: Watcher | null = null;
  #packTimer: ReturnType<typeof setTimeout> | null = null;

  private constructor(world: WatchWorld, marks: FileMarks, ports: ScenePorts) {
    this.#world = world;
    this.#marks = marks;
    this.#ports = ports;
  }

  /** Reads everything for the first time. Throws `ToolkitError` when the configuration cannot be used. */
  static async open(ports: ScenePorts): Promise<WatchScene> {
    const marks = new FileMarks();
    marks.set(ports.configPath);
    const setup = await ports.readSetup();
    for (const file of extraPathFilesOf(setup.install)) marks.set(file);
    return new WatchScene(await WatchWorld.open(setup, ports), marks, ports);
  }

  get world(): WatchWorld {
    return this.#world;
  }

  /** Watches from now on. */
  async start(): Promise<void> {
    this.#watcher = await this.#openWatcher();
  }

  async close(): Promise<void> {
    if (this.#packTimer) clearTimeout(this.#packTimer);
    await this.#watcher?.close();
  }

  /** Tells of changes of the few files that matter most, if no watcher has. */
  checkMarks(): void {
    for (const path of this.#marks.changed()) {
      this.#ports.onChange({ kind: path === this.#ports.configPath ? 'config' : 'folders', path });
    }
  }

  /** Takes over what has changed. Rejects with the signal's reason when it aborts. */
  async apply(kinds: ReadonlySet<Change['kind']>): Promise<SceneEffect> {
    const before = { declarations: this.#declarations(), places: this.#describeEyes() };
    let anew = false;
    if (kinds.has('config')) anew = (await this.#reopen()) || anew;
    if (kinds.has('folders')) anew = (await this.#rereadFolders()) || anew;
    if (kinds.has('nodes')) await this.#rereadNodes();
    if (kinds.has('live')) await this.#world.askLive();
    if (this.#describeEyes() !== before.places) await this.#replaceWatcher();
    return { redeclared: this.#declarations() !== before.declarations, anew };
  }

  /** Takes over config.json when it is valid; otherwise the last good one stays, and the fault is shown. */
  async #reopen(): Promise<boolean> {
    this.#marks.set(this.#ports.configPath);
    const { problems } = this.#ports;
    try {
      const setup = await this.#ports.readSetup();
      const { install } = this.#world.setup;
      const isSame = install.sources === setup.install.sources && isDeepStrictEqual(placesOf(install), placesOf(setup.install));
      this.#world = isSame ? await this.#world.withSetup(setup) : await WatchWorld.open(setup, this.#ports);
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
      problems.note('config', { ...toProblem(error), details: 'The last good configuration stays' });
      return false;
    }
    problems.clear('config');
    this.#say('The configuration was read again');
    return true;
  }

  async #rereadFolders(): Promise<boolean> {
    for (const file of extraPathFilesOf(this.#world.setup.install)) this.#marks.set(file);
    await this.#world.rereadFolders();
    const [problem] = this.#world.folders.problems;
    if (problem) this.#ports.problems.note('folders', describeFolderProblem(problem));
    else this.#ports.problems.clear('folders');
    this.#say('The model folders were read again');
    return true;
  }

  async #rereadNodes(): Promise<void> {
    await this.#world.rereadNodes();
    this.#say('The custom nodes were read again');
  }

  #declarations(): string {
    return Bun.hash(JSON.stringify([...this.#world.library.declarations])).toString(36);
  }

  /** What the watcher is set up by. */
  #describeEyes(): string {
    return JSON.stringify([this.#world.places, this.#world.setup.config.watch.polling]);
  }

  async #replaceWatcher(): Promise<void> {
    const former = this.#watcher;
    this.#watcher = await this.#openWatcher();
    await former?.close();
    this.#ports.onChange({ kind: 'workflows', path: null });
    this.#ports.onChange({ kind: 'models', path: null });
  }

  #openWatcher(): Promise<Watcher> {
    return openWatcher({
      places: this.#world.places,
      polling: this.#world.setup.config.watch.polling,
      onChange: (change) => this.#receive(change),
      onProblem: (problem) => this.#ports.problems.note(problem.code, problem),
    });
  }

  #receive(change: Change): void {
    if (change.kind !== 'nodes') return this.#ports.onChange(change);
    if (this.#packTimer) clearTimeout(this.#packTimer);
    this.#packTimer = setTimeout(() => this.#ports.onChange(change), PACK_QUIET_MS);
  }

  #say(message: string): void {
    this.#ports.emit({ type: 'note', component: 'watch', level: 'info', message });
  }
}

function describeFolderProblem({ code, message, hint }: { code: string; message: string; hint: string }): ProblemReport {
  return { code, error: message, details: '', hint };
}
