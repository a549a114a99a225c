import type { Ports } from '../core/ports.ts';
import type { Expectation } from '../download/verify.ts';
import { HashStore } from '../library/hash-store.ts';
import type { LibraryIndex } from '../library/library-index.ts';
import type { StatePaths } from '../state/paths.ts';
import type { FindCopy } from './find-copy.ts';
import { makeFindCopy } from './find-copy.ts';
import { makeFindLocal } from './find-local.ts';
import type { WatchWorld } from './watch-world.ts';

/** Nobody tells of changes in Hugging Face's cache: it is read again after this time. */
const CACHE_MS = 10_000;

export interface CopyPorts {
  state: Pick<StatePaths, 'hashes'>;
  ports: Pick<Ports, 'env' | 'home'>;
  signal: AbortSignal;
}

type World = Pick<WatchWorld, 'folders' | 'index'>;

/**
 * What this machine already has of the models that are missing. Asked about the folders as they were last looked at: a file that came since
 * a search was made, or went, makes another search.
 */
export class WatchCopies implements Disposable {
  readonly #ports: CopyPorts;
  readonly #hashes: HashStore;
  #made: { index: LibraryIndex; atMs: number; find: FindCopy } | null = null;

  constructor(ports: CopyPorts) {
    this.#ports = ports;
    this.#hashes = HashStore.open(ports.state.hashes);
  }

  /** The sha256 of a file, lower-case hex; computed once for each of its states. Rejects with the signal's reason when it aborts. */
  hashFile(path: string, signal: AbortSignal): Promise<string> {
    return this.#hashes.sha256Of(path, { signal });
  }

  /** Looks for models by their names; good for one look-up. */
  findLocal(world: World): ReturnType<typeof makeFindLocal> {
    return makeFindLocal(this.#places(world));
  }

  /** Looks for the bytes of a file. What was found out of sizes holds for as long as the folders stay the same. */
  findCopy(world: World, expected: Expectation, signal: AbortSignal): ReturnType<FindCopy> {
    const nowMs = performance.now();
    if (this.#made?.index !== world.index || nowMs - this.#made.atMs > CACHE_MS) {
      this.#made = { index: world.index, atMs: nowMs, find: makeFindCopy(this.#places(world)) };
    }
    return this.#made.find(expected, signal);
  }

  [Symbol.dispose](): void {
    this.#hashes[Symbol.dispose]();
  }

  #places({ folders, index }: World): Parameters<typeof makeFindCopy>[0] {
    return { folders, index, env: this.#ports.ports.env, home: this.#ports.ports.home, hashes: this.#hashes, signal: this.#ports.signal };
  }
}
