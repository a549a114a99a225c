import type { RunPhase } from '../core/events.ts';
import type { DownloadRecord } from '../core/model.ts';
import type { WatchQueue } from '../watch/queue.ts';
import type { Board } from './watch-board.ts';
import { makeBoardItem } from './watch-board.ts';
import { readResolution } from './watch-ledger.ts';
import type { WatchLive } from './watch-live.ts';
import type { Need } from './watch-need.ts';
import { keyOf } from './watch-need.ts';
import type { WatchResults } from './watch-outputs.ts';
import type { WatchPacks } from './watch-packs.ts';
import type { WatchProblems } from './watch-problems.ts';
import type { WatchScene } from './watch-scene.ts';
import type { WorkflowShelf } from './watch-shelf.ts';
import type { WatchWork } from './watch-work.ts';

/** Who knows how a watch stands. */
export interface Witnesses {
  scene: WatchScene;
  shelf: WorkflowShelf;
  packs: WatchPacks;
  queue: WatchQueue;
  work: WatchWork;
  live: WatchLive;
  problems: WatchProblems;
}

/** How a watch stands: what is needed, what has come of it, and both put together to be shown and to be written. */
export class WatchAccount {
  readonly #witnesses: () => Witnesses;
  /** By key; of models that are still needed. */
  readonly #records = new Map<string, DownloadRecord>();
  #need: Need = { required: [], missing: new Map(), wanted: [], arriving: new Set(), refused: [] };
  #fetched = 0;
  /** Workflows are being read. */
  isScanning = false;

  /** The witnesses are called when something is asked for. */
  constructor(witnesses: () => Witnesses) {
    this.#witnesses = witnesses;
  }

  get need(): Need {
    return this.#need;
  }

  /** Takes over what is needed now. What came of models that nobody needs any more is forgotten. */
  take(need: Need): void {
    this.#need = need;
    const required = new Set(need.required.map(keyOf));
    for (const key of this.#records.keys()) if (!required.has(key)) this.#records.delete(key);
  }

  /** A file came into its place, or failed to. */
  note(key: string, record: DownloadRecord): void {
    this.#records.set(key, record);
    if (record.error === null && record.status !== 'already_present') this.#fetched++;
  }

  /** Whether something came of a model since the watch began. */
  hasRecord(key: string): boolean {
    return this.#records.has(key);
  }

  board(): Board {
    const { scene, shelf, packs, queue, work, live, problems } = this.#witnesses();
    return {
      phase: this.#phase(work),
      workflows: shelf.count,
      failures: shelf.failures,
      localModels: scene.world.library.modelCount,
      requiredModels: this.#need.required.length,
      missingNodes: packs.list.length,
      items: queue.list().map((item) =>
        makeBoardItem(item, {
          stage: work.stageOf(item),
          requirement: this.#need.missing.get(item.key),
          transfer: work.transfers.get(item.key),
        }),
      ),
      fetched: this.#fetched,
      problems: [...problems.list, ...this.#need.refused, ...work.serviceProblems],
      comfyuiUrl: live.url,
    };
  }

  results(): WatchResults {
    const { scene, shelf, packs, queue } = this.#witnesses();
    const missing = [...this.#need.missing];
    const found = missing.map(([key]) => queue.get(key)).flatMap((item) => (item ? (readResolution(item) ?? []) : []));
    return {
      workflows: shelf.count,
      failures: shelf.failures,
      localModels: scene.world.library.modelCount,
      required: this.#need.required,
      missing: missing.map(([, requirement]) => requirement),
      refused: this.#need.refused,
      missingNodes: packs.list,
      resolutions: found,
      downloads: [...this.#records.values()],
    };
  }

  #phase(work: WatchWork): RunPhase | 'idle' {
    if (work.transfers.size > 0 || work.arrived.length > 0) return 'downloading';
    if (work.isResolving) return 'resolving';
    return this.isScanning ? 'scanning' : 'idle';
  }
}
