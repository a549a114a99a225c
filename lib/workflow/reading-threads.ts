import { availableParallelism } from 'node:os';
import type { NodeDeclarations, WorkflowFailure } from '../core/model.ts';
import { skimmingCode } from './skim/skimmer.ts';

/** Files below this size in all are read sooner than a thread starts and its code is compiled (2026-11: some 100 ms for 30 MB). */
const WORTH_A_THREAD_BYTES = 32 * 1024 * 1024;
const PROCESSORS = availableParallelism();
/** Each thread holds its own code and heap, some 60 MB. */
const MOST_THREADS = 7;
/** Files that a thread takes at once: few enough that all of them end together. */
const TAKEN_AT_ONCE = 8;

/** What a thread is told. */
export interface ReadingOrder {
  /** Absolute paths, one behind the other: thousands of texts cross over slower than one. */
  paths: string;
  declarations: NodeDeclarations;
  /** Absent where the machine cannot run it. */
  skimming: WebAssembly.Module | undefined;
  /** One 32-bit number: the first file that nobody has taken yet. */
  next: SharedArrayBuffer;
}

/** A file as a thread has read it. */
export interface ThreadOutcome {
  /** Its outcome as a text (`formatOutcome`), or a failure that may be none at another attempt. */
  read: string | WorkflowFailure;
  /** The state in which it was found, as a text; `null` for a file that may still change unseen. */
  stamp: string | null;
}

/** What a thread tells: files from one number on, or that there are none left. Lists of texts cross over in half the time of objects. */
export type ReadingReply = { first: number; read: ThreadOutcome['read'][]; stamps: ThreadOutcome['stamp'][] } | null;

/** How many threads are worth starting beside this one for so many bytes of files. */
export function threadsFor(totalBytes: number, processors: number = PROCESSORS): number {
  return Math.max(0, Math.min(processors - 1, MOST_THREADS, Math.floor(totalBytes / WORTH_A_THREAD_BYTES)));
}

/** Takes the next files of a list that several threads read: from one number up to another. `undefined` when all are taken. */
export function takeFiles(next: Int32Array, total: number): { first: number; end: number } | undefined {
  const first = Atomics.add(next, 0, TAKEN_AT_ONCE);
  return first >= total ? undefined : { first, end: Math.min(first + TAKEN_AT_ONCE, total) };
}

/** Stands between two paths, and in none. */
const SEPARATOR = '\0';

export const pathsOf = (order: ReadingOrder): string[] => order.paths.split(SEPARATOR);

/** Takes what a thread has read, by the file's place among the paths. */
type OutcomeTaker = (index: number, outcome: ThreadOutcome) => void;

/**
 * Threads that read workflow files, each taking the next ones until none are left. They may end early, since a thread that dies takes its
 * files with it: whoever uses them looks afterwards at what is still open.
 */
export class ReadingThreads implements Disposable {
  readonly #next: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(4));
  readonly #workers: Worker[] = [];
  readonly #ended: Promise<void>[] = [];
  #total: number | undefined;
  /** What came before anybody took it. */
  readonly #early: Parameters<OutcomeTaker>[] = [];
  #onOutcome: OutcomeTaker = (...outcome) => void this.#early.push(outcome);
  #canStart = true;

  /**
   * Starts as many as there are not yet, until they have their order. Where threads do not start there are none, and all files are the
   * caller's to take.
   */
  start(count: number): void {
    while (this.#canStart && this.#total === undefined && this.#workers.length < count) {
      const worker = startWorker();
      if (worker === undefined) this.#canStart = false;
      else this.#add(worker);
    }
  }

  /** Has them read files (absolute paths). Once: who orders again, the same files, is too late to change anything. */
  order(paths: readonly string[], declarations: NodeDeclarations): void {
    if (this.#total !== undefined) return;
    this.#total = paths.length;
    if (this.#workers.length === 0) return;
    const skimming = skimmingCodeOrNone();
    const order: ReadingOrder = { paths: paths.join(SEPARATOR), declarations, skimming, next: this.#next.buffer };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's messages have no origin, only windows' do
    for (const worker of this.#workers) worker.postMessage(order);
  }

  /** Takes what they find from now on, and what they have found. */
  listen(onOutcome: OutcomeTaker): void {
    this.#onOutcome = onOutcome;
    for (const outcome of this.#early.splice(0)) onOutcome(...outcome);
  }

  #add(worker: Worker): void {
    this.#workers.push(worker);
    this.#ended.push(listen(worker, (index, outcome) => this.#onOutcome(index, outcome)));
  }

  /** Takes the next files away from the threads; `undefined` when all are taken. */
  take(): { first: number; end: number } | undefined {
    return takeFiles(this.#next, this.#total ?? 0);
  }

  /** How many files nobody has taken yet. */
  get left(): number {
    return Math.max(0, (this.#total ?? 0) - Atomics.load(this.#next, 0));
  }

  /** Waits until every thread has told all that it has read, or has died. */
  async finish(): Promise<void> {
    await Promise.all(this.#ended);
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

function skimmingCodeOrNone(): WebAssembly.Module | undefined {
  try {
    return skimmingCode();
  } catch {
    return undefined;
  }
}

function startWorker(): Worker | undefined {
  try {
    // Beside this file, in the checkout as in an executable (`scripts/build.ts`).
    return new Worker(new URL('./reading-worker.ts', import.meta.url).href);
  } catch {
    return undefined; // an executable without the thread's file: this thread reads everything
  }
}

/** Resolves when the thread has come to its end, good or bad. */
function listen(worker: Worker, onOutcome: OutcomeTaker): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  worker.addEventListener('message', ({ data }: MessageEvent<ReadingReply>) => {
    if (data === null) return resolve();
    for (const [i, read] of data.read.entries()) onOutcome(data.first + i, { read, stamp: data.stamps[i] ?? null });
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    resolve();
  });
  worker.addEventListener('close', () => resolve());
  return promise;
}
