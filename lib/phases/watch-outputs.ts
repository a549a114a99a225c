import type { DownloadRecord, MissingNode, Requirement, Resolution, WorkflowFailure } from '../core/model.ts';
import type { Scrub } from '../core/secrets.ts';
import { writeOutput } from '../state/outputs.ts';
import type { StatePaths } from '../state/paths.ts';
import { writeSummary } from './pipeline.ts';

/** What the output files are to hold. */
export interface WatchResults {
  workflows: number;
  failures: readonly WorkflowFailure[];
  localModels: number;
  required: readonly Requirement[];
  missing: readonly Requirement[];
  missingNodes: readonly MissingNode[];
  resolutions: readonly Resolution[];
  downloads: readonly DownloadRecord[];
}

interface OutputPorts {
  state: StatePaths;
  scrub: Scrub;
  now: () => Date;
  /** Files could not be written. */
  onTrouble: (error: unknown) => void;
}

/** The files are written no more often than this, and take no more than a tenth of the time. */
const PAUSE_MS = 300;
const SHARE = 10;

/** Keeps the output files up to date: each is written when its content has changed, and not at every step of a burst. */
export class WatchOutputs {
  readonly #state: StatePaths;
  readonly #scrub: Scrub;
  readonly #now: () => Date;
  readonly #onTrouble: (error: unknown) => void;
  readonly #read: () => WatchResults;
  /** What each file holds: the very list where it is known, else by its hash. */
  readonly #written = new Map<string, { items: readonly unknown[]; hash: bigint | number }>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #tookMs = 0;

  constructor(read: () => WatchResults, ports: OutputPorts) {
    this.#read = read;
    this.#state = ports.state;
    this.#scrub = ports.scrub;
    this.#now = ports.now;
    this.#onTrouble = ports.onTrouble;
  }

  /** Something may have changed: writes soon. */
  touch(): void {
    this.#timer ??= setTimeout(() => this.#flushOrTell(), Math.max(PAUSE_MS, this.#tookMs * SHARE));
  }

  /** What cannot be written now (disk full) is written when something changes again. */
  #flushOrTell(): void {
    try {
      this.flush();
    } catch (error) {
      this.#onTrouble(error);
    }
  }

  /** Writes what has changed now. Throws `ToolkitError` `state_not_writable`. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const beganMs = performance.now();
    const results = this.#read();
    const state = this.#state;
    const changes = [
      this.#write(state.requiredModels, results.required),
      this.#write(state.missingModels, results.missing),
      this.#write(state.missingNodes, results.missingNodes),
      this.#write(state.resolutions, results.resolutions),
      this.#write(state.downloads, results.downloads),
    ];
    if (changes.includes(true)) this.#summarize(results);
    this.#tookMs = performance.now() - beganMs;
  }

  #write(path: string, items: readonly unknown[]): boolean {
    const written = this.#written.get(path);
    if (written?.items === items) return false;
    const hash = Bun.hash(JSON.stringify(items));
    const changed = written?.hash !== hash;
    if (changed) writeOutput(path, items, this.#scrub);
    this.#written.set(path, { items, hash });
    return changed;
  }

  #summarize(results: WatchResults): void {
    const { workflows, localModels, failures } = results;
    writeSummary(
      {
        required: [...results.required],
        missing: [...results.missing],
        missingNodes: [...results.missingNodes],
        resolutions: [...results.resolutions],
        downloads: [...results.downloads],
        plan: null,
      },
      { workflows, localModels, failures, refused: [], isWatched: true },
      { state: this.#state, now: this.#now(), scrub: this.#scrub },
    );
  }
}
