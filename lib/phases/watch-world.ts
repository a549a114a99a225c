import { join } from 'node:path';
import { findWorkflowDirectories } from '../comfy/detect.ts';
import type { ComfyInstall } from '../comfy/install.ts';
import { readModelFolders } from '../comfy/model-folders.ts';
import { readInstall } from '../comfy/read-install.ts';
import type { InstallReading } from '../comfy/read-install.ts';
import type { Config } from '../core/config.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { Ports } from '../core/ports.ts';
import { StructureCache } from '../library/structure-cache.ts';
import { listModels } from '../library/walk.ts';
import type { WatchPlaces } from '../watch/places.ts';
import type { ScanLibrary } from './scan-library.ts';
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

interface WorldPorts {
  configPath: string;
  ports: Pick<Ports, 'env' | 'home'>;
  signal: AbortSignal;
}

/** The ComfyUI that is watched, as it was last read. */
export class WatchWorld {
  readonly setup: WatchSetup;
  readonly #ports: WorldPorts;
  readonly #structures: StructureCache;
  #reading: InstallReading;
  #library: ScanLibrary;

  private constructor(parts: {
    setup: WatchSetup;
    ports: WorldPorts;
    structures: StructureCache;
    reading: InstallReading;
    library: ScanLibrary;
  }) {
    this.setup = parts.setup;
    this.#ports = parts.ports;
    this.#structures = parts.structures;
    this.#reading = parts.reading;
    this.#library = parts.library;
  }

  /** Reads the install's nodes and model folders. Rejects with the signal's reason when it aborts. */
  static async open(setup: WatchSetup, ports: WorldPorts): Promise<WatchWorld> {
    const { install } = setup;
    const reading = await readInstall(install, { ...ports.ports, signal: ports.signal });
    const structures = new StructureCache();
    const index = await listModels(reading.folders, ports.signal);
    return new WatchWorld({ setup, ports, structures, reading, library: makeScanLibrary({ install, reading, index, cache: structures }) });
  }

  /** The same ComfyUI with another configuration. */
  withSetup(setup: WatchSetup): WatchWorld {
    return new WatchWorld({ setup, ports: this.#ports, structures: this.#structures, reading: this.#reading, library: this.#library });
  }

  get library(): ScanLibrary {
    return this.#library;
  }

  get folders(): InstallReading['folders'] {
    return this.#reading.folders;
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
      folderFiles: folderFilesOf(install),
      configFile: this.#ports.configPath,
    };
  }

  /** Looks at the model folders again. */
  async relist(): Promise<void> {
    const index = await listModels(this.#reading.folders, this.#ports.signal);
    this.#library = makeScanLibrary({ install: this.setup.install, reading: this.#reading, index, cache: this.#structures });
  }

  /** Reads again where models are; the node classes stay as they are. */
  async rereadFolders(): Promise<void> {
    const { env, home } = this.#ports.ports;
    const folders = await readModelFolders(this.setup.install, { env, home, additions: this.#reading.nodes.additions });
    this.#reading = { ...this.#reading, folders };
    await this.relist();
  }

  /** Reads again which node classes there are. */
  async rereadNodes(): Promise<void> {
    this.#reading = await readInstall(this.setup.install, { ...this.#ports.ports, signal: this.#ports.signal });
    await this.relist();
  }
}

/** The files that say where this ComfyUI has its models. They need not exist. */
export function folderFilesOf({ root, sources }: ComfyInstall): string[] {
  return [...new Set([sources ?? root, root])].map((folder) => join(folder, 'extra_model_paths.yaml'));
}

/** Folders that lie in none of the others. */
function outermost(folders: readonly string[]): string[] {
  const sorted = [...new Set(folders)].sort();
  return sorted.filter((folder) => !sorted.some((other) => other !== folder && folder.startsWith(`${other.replace(/\/$/, '')}/`)));
}
