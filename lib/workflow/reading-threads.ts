import { availableParallelism } from 'node:os';
import type { FileStamp } from '../core/file-memory.ts';
import type { NodeDeclarations, WorkflowFailure } from '../core/model.ts';
import { sendFile } from './send-file.ts';
import { SkeletonQueue } from './skim/skeleton-queue.ts';
import { skimmingCode } from './skim/skimmer.ts';

/** Files below this size in all are read sooner than a thread starts and its code is compiled (2026-11: some 100 ms for 30 MB). */
const WORTH_A_THREAD_BYTES = 32 * 1024 * 1024;
const PROCESSORS = availableParallelism();
/** Each thread holds its own code and heap, some 60 MB. */
const MOST_THREADS = 7;

/** What a thread is told. */
export interface ReadingOrder {
  /** Absolute paths, one behind the other: thousands of texts cross over slower than one. */
  paths: string;
  declarations: NodeDeclarations;
  /** Absent where the machine cannot run it. */
  skimming: WebAssembly.Module | undefined;
  /** Skeletons of the next files (`SkeletonQueue`). */
  queue: SharedArrayBuffer;
  /** 32-bit numbers (`NEXT`, `SENDING`). */
  counters: SharedArrayBuffer;
}

/** Where the number of the first file stands that nobody has taken yet. */
export const NEXT = 0;
/** Where it stands how many files have been taken that are not handed over yet. */
export const SENDING = 1;

/** A file as a thread has read it. */
export interface ThreadOutcome {
  /** Its outcome as a text (`formatOutcome`), or a failure that may be none at another attempt. */
  read: string | WorkflowFailure;
  /** The state in which it was found, as a text; `null` for a file that may still change unseen. */
  stamp: string | null;
}

/** What a thread tells: what became of files, or that there are none left. Lists of texts cross over in half the time of objects. */
export type ReadingReply = {
  /** Places of the files among the paths. */
  files: number[];
  read: ThreadOutcome['read'][];
  /** `undefined` for a file that was found in the state in which it was sent. */
  stamps: (ThreadOutcome['stamp'] | undefined)[];
  /** Types of nodes that were met since, and name nothing by themselves. */
  plain: string[];
} | null;

/** How many threads are worth starting beside this one for so many bytes of files. */
export function threadsFor(totalBytes: number, processors: number = PROCESSORS): number {
  return Math.max(0, Math.min(processors - 1, MOST_THREADS, Math.floor(totalBytes / WORTH_A_THREAD_BYTES)));
}

/** Stands between two paths, and in none. */
const SEPARATOR = '\0';

export const pathsOf = (order: ReadingOrder): string[] => order.paths.split(SEPARATOR);

/** Takes what a thread has read, by the file's place among the paths. */
type OutcomeTaker = (index: number, outcome: ThreadOutcome) => void;

/**
 * Threads that read workflow files, each taking the next ones until none are left. What they take first are skeletons that this thread has
 * made: it reads no workflow itself, and has the engine compile nothing for it. They may end early, since a thread that dies takes its files
 * with it: whoever uses them looks afterwards at what is still open.
 */
export class ReadingThreads implements Disposable {
  readonly #counters = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  #queue: SkeletonQueue | undefined;
  readonly #workers: Worker[] = [];
  readonly #ended: Promise<void>[] = [];
  #paths: readonly string[] | undefined;
  /** The states in which files were that have been sent. */
  readonly #sent = new Map<number, FileStamp>();
  readonly #plain = new PlainTypes();
  /** What came before anybody took it. */
  readonly #early: Parameters<OutcomeTaker>[] = [];
  #onOutcome: OutcomeTaker = (...outcome) => void this.#early.push(outcome);
  #onNews: () => void = () => undefined;
  #canStart = true;

  /** How many were started. */
  get count(): number {
    return this.#workers.length;
  }

  /** Starts as many as there are not yet, until they have their order. Where threads do not start there are none. */
  start(count: number): void {
    while (this.#canStart && this.#paths === undefined && this.#workers.length < count) {
      const worker = startWorker();
      if (worker === undefined) this.#canStart = false;
      else this.#add(worker);
    }
  }

  /** Has them read files, by their absolute paths. Once: who orders again, the same files, is too late to change anything. */
  order(files: readonly { path: string }[], declarations: NodeDeclarations): void {
    if (this.#paths !== undefined) return;
    const paths = files.map(({ path }) => path);
    this.#paths = paths;
    if (this.#workers.length === 0) return;
    this.#queue = new SkeletonQueue();
    const shared = { skimming: skimmingCodeOrNone(), queue: this.#queue.memory, counters: this.#counters.buffer };
    const order: ReadingOrder = { paths: paths.join(SEPARATOR), declarations, ...shared };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's messages have no origin, only windows' do
    for (const worker of this.#workers) worker.postMessage(order);
  }

  /** Takes what they find from now on, and what they have found. */
  listen(onOutcome: OutcomeTaker): void {
    this.#onOutcome = onOutcome;
    for (const outcome of this.#early.splice(0)) onOutcome(...outcome);
  }

  /** Makes a skeleton of the next file. `false` when the threads have enough of them, or all files are taken. */
  send(): boolean {
    const paths = this.#paths ?? [];
    if (Atomics.load(this.#counters, NEXT) >= paths.length) return false;
    const place = this.#queue?.claim();
    if (place === undefined) return false;
    Atomics.add(this.#counters, SENDING, 1); // before it is taken: nobody is to think that nothing comes any more
    const file = Atomics.add(this.#counters, NEXT, 1);
    const path = paths[file];
    if (path === undefined) place.release();
    else {
      const stamp = sendFile(path, { plain: this.#plain.all, to: place });
      if (stamp !== undefined) this.#sent.set(file, stamp);
      place.hand(file, stamp !== undefined);
    }
    Atomics.sub(this.#counters, SENDING, 1);
    return path !== undefined;
  }

  /** Waits until something has come, or every thread has told all that it has read, or has died: `false`. */
  async wait(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#onNews = () => resolve(true);
    return await Promise.race([promise, Promise.all(this.#ended).then(() => false)]);
  }

  #add(worker: Worker): void {
    this.#workers.push(worker);
    this.#ended.push(listen(worker, (reply) => this.#take(reply)));
  }

  #take({ files, read, stamps, plain }: Exclude<ReadingReply, null>): void {
    this.#plain.add(plain);
    for (const [i, file] of files.entries()) {
      const stamp = stamps[i];
      this.#onOutcome(file, { read: read[i] ?? '', stamp: stamp === undefined ? this.#stampOfSent(file) : stamp });
    }
    this.#onNews();
  }

  #stampOfSent(file: number): string | null {
    const stamp = this.#sent.get(file);
    return stamp?.isSettled ? stamp.text : null;
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

/** Types of nodes that name nothing by themselves, each once, in a list that only grows. */
class PlainTypes {
  readonly all: string[] = [];
  readonly #known = new Set<string>();

  add(types: readonly string[]): void {
    for (const type of types) {
      if (!this.#known.has(type)) this.all.push(type);
      this.#known.add(type);
    }
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
function listen(worker: Worker, onReply: (reply: Exclude<ReadingReply, null>) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  worker.addEventListener('message', ({ data }: MessageEvent<ReadingReply>) => {
    if (data === null) return resolve();
    onReply(data);
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    resolve();
  });
  worker.addEventListener('close', () => resolve());
  return promise;
}
