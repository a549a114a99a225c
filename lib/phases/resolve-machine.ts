import { Catalogue } from '../catalog/catalogue.ts';
import type { ComfyInstall } from '../comfy/install.ts';
import { readManagerModelList } from '../comfy/manager-data.ts';
import type { ModelFolders } from '../comfy/model-folders.ts';
import type { FileMemory } from '../core/file-memory.ts';
import type { Ports } from '../core/ports.ts';
import { HashStore } from '../library/hash-store.ts';
import type { StatePaths } from '../state/paths.ts';
import { makeFindLocal } from './find-local.ts';
import { learnFromTemplates } from './lessons.ts';
import type { ResolvePorts } from './resolve.ts';

interface MachinePlaces {
  install: ComfyInstall;
  folders: ModelFolders;
  state: StatePaths;
  ports: Pick<Ports, 'env' | 'home' | 'now'>;
  signal: AbortSignal;
  memory?: FileMemory;
  /** Whether the templates are worth reading; they are when it is absent. */
  readsTemplates?: boolean;
}

/** What this machine itself can tell of missing models: earlier answers, its files, its templates, its copy of the curated list. */
export class ResolveMachine implements Disposable {
  readonly ports: Pick<ResolvePorts, 'catalogue' | 'findLocal' | 'readOwnList'>;
  readonly #catalogue: Catalogue;
  readonly #hashes: HashStore;
  readonly #now: () => Date;

  private constructor(places: MachinePlaces) {
    const { install, folders, state, signal, ports } = places;
    this.#catalogue = Catalogue.open(state.catalogue);
    this.#hashes = HashStore.open(state.hashes);
    this.#now = ports.now;
    this.ports = {
      catalogue: this.#catalogue,
      findLocal: makeFindLocal({ folders, env: ports.env, home: ports.home, hashes: this.#hashes, signal }),
      readOwnList: () => readManagerModelList(install, folders.customNodeRoots),
    };
  }

  /** Opens the stores and reads the templates that are new. Rejects with the signal's reason when it aborts. */
  static async open(places: MachinePlaces): Promise<ResolveMachine> {
    const machine = new ResolveMachine(places);
    const { customNodeRoots } = places.folders;
    if (places.readsTemplates !== false)
      await learnFromTemplates({ ...places, customNodeRoots, now: places.ports.now() }, machine.#catalogue.files);
    return machine;
  }

  /** Forgets what is too old, and closes the files. */
  [Symbol.dispose](): void {
    this.#catalogue.answers.tidy(this.#now());
    this.#catalogue[Symbol.dispose]();
    this.#hashes[Symbol.dispose]();
  }
}
