import type { DownloadRecord, MissingNode, ProblemReport, Requirement, Resolution, WorkflowFailure } from '../core/model.ts';
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
  /** Model names that cannot be used. */
  refused: readonly ProblemReport[];
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
  /** How often a file has changed. */
  #revision = 0;

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
    const isChanged = [
      this.#write(state.requiredModels, results.required),
      this.#write(state.missingModels, results.missing),
      this.#write(state.missingNodes, results.missingNodes),
      this.#write(state.resolutions, results.resolutions),
      this.#write(state.downloads, results.downloads),
    ].includes(true);
    if (isChanged) this.#revision++;
    this.#ifNews('summary', [this.#revision, results.failures, results.refused], () => this.#summarize(results));
    this.#tookMs = performance.now() - beganMs;
  }

  #write(path: string, items: readonly unknown[]): boolean {
    return this.#ifNews(path, items, () => writeOutput(path, items, this.#scrub));
  }

  /** Does something with items that are others than the last time that it was done, and says whether they are. */
  #ifNews(name: string, items: readonly unknown[], use: () => void): boolean {
    const written = this.#written.get(name);
    if (written?.items === items) return false;
    const hash = Bun.hash(JSON.stringify(items));
    const isNews = written?.hash !== hash;
    if (isNews) use();
    this.#written.set(name, { items, hash });
    return isNews;
  }

  #summarize(results: WatchResults): void {
    const { workflows, localModels, failures, refused } = results;
    writeSummary(
      {
        required: [...results.required],
        missing: [...results.missing],
        missingNodes: [...results.missingNodes],
        resolutions: [...results.resolutions],
        downloads: [...results.downloads],
        plan: null,
      },
      { workflows, localModels, failures, refused, isWatched: true },
      { state: this.#state, now: this.#now(), scrub: this.#scrub },
    );
  }
}
