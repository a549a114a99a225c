/** A thread that reads workflow files and tells what they name: those that another thread sends, else the next ones of a list. */
import { NodeRules } from './loaders/rules.ts';
import { type FileOutcome, formatOutcome } from './file-outcome.ts';
import { readSentFile, readStampedFile } from './read-file.ts';
import { NEXT, pathsOf, type ReadingOrder, type ReadingReply, SENDING, type ThreadOutcome } from './reading-threads.ts';
import { type SkeletonPlace, SkeletonQueue } from './skim/skeleton-queue.ts';
import { shareSkimmingCode } from './skim/skimmer.ts';

declare const self: Worker;

/** So many are told at once: more would leave whoever takes them without work for too long. */
const TOLD_AT_ONCE = 8;
const WAIT_MS = 1;

self.addEventListener('message', ({ data }: MessageEvent<ReadingOrder>) => {
  if (data.skimming !== undefined) shareSkimmingCode(data.skimming);
  new Reader(data).run();
  tell(null);
  process.exit(); // of this thread alone: one that is ended from outside keeps the others waiting (25 ms, Bun 1.4.5)
});

class Reader {
  readonly #rules: NodeRules;
  readonly #paths: readonly string[];
  readonly #queue: SkeletonQueue;
  readonly #counters: Int32Array;
  #reply = emptyReply();
  #toldTypes = 0;

  constructor(order: ReadingOrder) {
    this.#rules = new NodeRules(order.declarations);
    this.#paths = pathsOf(order);
    this.#queue = new SkeletonQueue(order.queue);
    this.#counters = new Int32Array(order.counters);
  }

  run(): void {
    while (this.#readOne());
  }

  /** `false` when none are left. */
  #readOne(): boolean {
    const sent = this.#queue.take();
    if (sent !== undefined) {
      this.#readSent(sent);
      return true;
    }
    const file = Atomics.add(this.#counters, NEXT, 1);
    if (file < this.#paths.length) {
      this.#readAlone(file);
      return true;
    }
    return this.#waitForLast();
  }

  #readSent(place: SkeletonPlace): void {
    const { file } = place;
    const outcome = place.isFilled ? readSentFile(this.#paths[file] ?? '', place, this.#rules) : undefined;
    place.release();
    if (outcome === undefined) this.#readAlone(file);
    else this.#add(file, outcome, undefined);
  }

  #readAlone(file: number): void {
    const { outcome, stamp } = readStampedFile(this.#paths[file] ?? '', this.#rules);
    this.#add(file, outcome, stamp?.isSettled ? stamp.text : null);
  }

  /** All are taken: the last ones may still be on their way. */
  #waitForLast(): boolean {
    this.#flush();
    const sending = Atomics.load(this.#counters, SENDING);
    if (sending === 0 && this.#queue.isTaken) return false;
    Atomics.wait(this.#counters, SENDING, sending, WAIT_MS);
    return true;
  }

  #add(file: number, outcome: FileOutcome, stamp: ThreadOutcome['stamp'] | undefined): void {
    const text = formatOutcome(outcome, this.#rules);
    this.#reply.files.push(file);
    this.#reply.read.push(text === undefined && 'failure' in outcome ? outcome.failure : (text ?? ''));
    this.#reply.stamps.push(stamp);
    if (this.#reply.files.length >= TOLD_AT_ONCE) this.#flush();
  }

  #flush(): void {
    if (this.#reply.files.length === 0) return;
    tell({ ...this.#reply, plain: this.#rules.plain.slice(this.#toldTypes) });
    this.#toldTypes = this.#rules.plain.length;
    this.#reply = emptyReply();
  }
}

function emptyReply(): Exclude<ReadingReply, null> {
  return { files: [], read: [], stamps: [], plain: [] };
}

function tell(reply: ReadingReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's messages have no origin, only windows' do
  self.postMessage(reply);
}
