import { join } from 'node:path';
import { findWorkflowDirectories } from '../comfy/detect.ts';
import type { ComfyInstall } from '../comfy/install.ts';
import { joinLive } from '../comfy/join-live.ts';
import { extraPathFilesOf, readModelFolders } from '../comfy/model-folders.ts';
import { readInstall } from '../comfy/read-install.ts';
import type { InstallReading } from '../comfy/read-install.ts';
import type { LiveReading } from '../comfy/read-live.ts';
import { readLive } from '../comfy/read-live.ts';
import type { Config } from '../core/config.ts';
import type { Emit } from '../core/events.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { Requirement } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { LibraryIndex } from '../library/library-index.ts';
import { StructureCache } from '../library/structure-cache.ts';
import { listModels } from '../library/walk.ts';
import { MemoryStore } from '../state/memory-store.ts';
import type { StatePaths } from '../state/paths.ts';
import type { WatchPlaces } from '../watch/places.ts';
import type { KnownInstall, ScanLibrary } from './scan-library.ts';
import { makeScanLibrary } from './scan-library.ts';
import { modelRoots } from './targets.ts';

/** What the user has said: config.json and the command line. Read anew whenever config.json changes. */
export interface WatchSetup {
  config: Config;
  install: ComfyInstall;
  /** Absolute workflow files and folders; `auto`: the install's own folders, also those that are still to come. */
  workflowPaths: readonly string[] | 'auto';
  includeDisabled: boolean;
  /** Accept the best candidate at or above the fuzzy threshold too. */
  acceptFuzzy: boolean;
  http: HttpClient;
}

export interface WorldPorts {
  /** Absolute path of config.json. */
  configPath: string;
  state: Pick<StatePaths, 'folder'>;
  ports: Pick<Ports, 'env' | 'home' | 'fetch' | 'now'>;
  emit: Emit;
  signal: AbortSignal;
}

/** The ComfyUI that is watched, as its files and it itself were last read. Everything rejects with the signal's reason when it aborts. */
export class WatchWorld {
  readonly setup: WatchSetup;
  readonly #ports: WorldPorts;
  readonly #structures = new StructureCache();
  #files: InstallReading;
  /** What the ComfyUI that is believed said last. */
  #live: LiveReading | null = null;
  #hasLive = false;
  /** What was said of it: it is asked often, and says the same. */
  #said = new Set<string>();
  #known: KnownInstall;
  #index: LibraryIndex;
  #library: ScanLibrary;

  private constructor(
    setup: WatchSetup,
    files: InstallReading,
    parts: { index: LibraryIndex; live: LiveReading | null; ports: WorldPorts },
  ) {
    this.setup = setup;
    this.#ports = parts.ports;
    this.#live = parts.live;
    this.#files = files;
    this.#known = files;
    this.#index = parts.index;
    this.#library = this.#makeLibrary();
  }

  /** Reads the install's nodes and model folders, and asks the ComfyUI that runs. */
  static async open(setup: WatchSetup, ports: WorldPorts): Promise<WatchWorld> {
    return WatchWorld.#make(setup, await readFiles(setup.install, ports), { live: null, ports });
  }

  /** The same ComfyUI with another configuration, which says nothing of its nodes. */
  withSetup(setup: WatchSetup): Promise<WatchWorld> {
    const live = setup.config.comfyuiUrl === this.setup.config.comfyuiUrl ? this.#live : null;
    return WatchWorld.#make(setup, this.#files, { live, ports: this.#ports });
  }

  static async #make(
    setup: WatchSetup,
    reading: InstallReading,
    parts: { live: LiveReading | null; ports: WorldPorts },
  ): Promise<WatchWorld> {
    const index = await listModels(reading.folders, parts.ports.signal);
    const world = new WatchWorld(setup, reading, { ...parts, index });
    await world.askLive();
    return world;
  }

  get library(): ScanLibrary {
    return this.#library;
  }

  /** The files in the model folders as they were last looked at; another value after every look. */
  get index(): LibraryIndex {
    return this.#index;
  }

  get folders(): InstallReading['folders'] {
    return this.#known.folders;
  }

  /** Whether a ComfyUI runs that is the one watched, or that the user has named. */
  get hasLive(): boolean {
    return this.#hasLive;
  }

  /** The address of a ComfyUI that has its models on another disk than this one, `null` where the disk is shared or none runs. */
  get foreignUrl(): string | null {
    return this.#live && !this.#live.sharesDisk ? this.#live.url : null;
  }

  get workflowPaths(): readonly string[] {
    const { workflowPaths, install } = this.setup;
    return workflowPaths === 'auto' ? findWorkflowDirectories(install.root) : workflowPaths;
  }

  get places(): WatchPlaces {
    const { install, workflowPaths } = this.setup;
    return {
      workflows: workflowPaths === 'auto' ? [] : workflowPaths,
      users: workflowPaths === 'auto' ? [join(install.root, 'user')] : [],
      models: outermost([this.folders.modelsRoot, ...modelRoots(this.folders)]),
      packs: this.folders.customNodeRoots,
      folderFiles: extraPathFilesOf(install),
      configFile: this.#ports.configPath,
    };
  }

  /**
   * Looks at the model folders again. What another machine has, and whether it still shares them, only its ComfyUI can tell: that one is
   * asked too.
   */
  async relist(): Promise<void> {
    if (this.#hasLive && !this.#live?.sharesPaths) return this.askLive();
    await this.#join();
  }

  /**
   * Asks the ComfyUI that runs, or finds that none does. While one with a disk of its own is away, its last word stands: its models are not
   * gone, and nobody wants them all fetched to this disk.
   */
  async askLive(): Promise<void> {
    const { setup, folders } = { setup: this.setup, folders: this.#files.folders };
    const request = { configuredUrl: setup.config.comfyuiUrl, install: setup.install, folders };
    const { live, note } = await readLive(request, { fetch: this.#ports.ports.fetch, signal: this.#ports.signal });
    if (this.#hasLive !== (live !== null)) this.#said = new Set();
    if (note !== null && note.level === 'info') this.#sayOnce({ type: 'note', component: 'comfyui_live', ...note });
    this.#hasLive = live !== null;
    const isAway = live === null && setup.config.comfyuiUrl !== null && this.foreignUrl !== null;
    if (!isAway) this.#live = live;
    await this.#join();
  }

  /** Reads again where models are; the node classes stay as they are. */
  async rereadFolders(): Promise<void> {
    const { env, home } = this.#ports.ports;
    const folders = await readModelFolders(this.setup.install, { env, home, additions: this.#files.nodes.additions });
    this.#files = { ...this.#files, folders };
    await this.#join();
  }

  /** Reads again which node classes there are. */
  async rereadNodes(): Promise<void> {
    this.#files = await readFiles(this.setup.install, this.#ports);
    await this.#join();
  }

  readonly #sayOnce: Emit = (event) => {
    const text = JSON.stringify(event);
    if (!this.#said.has(text)) this.#ports.emit(event);
    this.#said.add(text);
  };

  async #join(): Promise<void> {
    const live = this.#live;
    const joined: KnownInstall = live ? { ...joinLive(this.#files, live), live } : this.#files;
    const isSame = JSON.stringify(modelRoots(joined.folders)) === JSON.stringify(modelRoots(this.#known.folders));
    this.#known = isSame ? { ...joined, folders: this.#known.folders } : joined;
    this.#index = await listModels(this.#known.folders, this.#ports.signal);
    this.#library = this.#makeLibrary();
  }

  /**
   * On a shared disk the running ComfyUI tells of nodes and folders, and the disk of files: what it lists was true when it was asked, and
   * a watch hears of every change. Of files that lie in no models folder, it alone can tell.
   */
  #makeLibrary(): ScanLibrary {
    const { install } = this.setup;
    const parts = { install, reading: this.#known, index: this.#index, cache: this.#structures, emit: this.#sayOnce };
    const asked = makeScanLibrary(parts);
    if (!this.#live?.sharesDisk) return asked;
    const disk = makeScanLibrary({ ...parts, reading: { ...this.#known, live: null } });
    const whoKnows = ({ directory }: Requirement): ScanLibrary => (directory === null ? asked : disk);
    return {
      ...disk,
      isAbsent: (requirement) => whoKnows(requirement).isAbsent(requirement),
      judge: (requirement) => whoKnows(requirement).judge(requirement),
    };
  }
}

/** Only the node sources that changed are read; what was made of the others is kept between runs. */
async function readFiles(install: ComfyInstall, { state, ports, signal }: WorldPorts): Promise<InstallReading> {
  using memory = MemoryStore.open(state.folder, ports.now());
  return await readInstall(install, { env: ports.env, home: ports.home, signal, memory });
}

/** Folders that lie in none of the others. */
function outermost(folders: readonly string[]): string[] {
  const sorted = [...new Set(folders)].sort();
  return sorted.filter((folder) => !sorted.some((other) => other !== folder && folder.startsWith(`${other.replace(/\/$/, '')}/`)));
}
