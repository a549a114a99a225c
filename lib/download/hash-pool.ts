import { readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { untilAborted } from '../core/until-aborted.ts';

/** Files below this size are hashed in one go when they are there: it takes less than a thread takes to start. */
const WORTH_A_THREAD_BYTES = 24 * 1024 * 1024;
/** How far the writers may get ahead before the thread is told. */
const TELL_EVERY_BYTES = 4 * 1024 * 1024;
/** Files that come faster keep the processor busy: a hash that proves nothing would make them slower (a core hashes some 1.2 GB/s). */
const SPARE_BYTES_PER_SECOND = 200_000_000;
/** Bytes read at once when no thread does it. */
const BLOCK_BYTES = 1024 * 1024;

/** What the thread is told. */
export type HashOrder =
  | { kind: 'open'; id: number; path: string }
  | { kind: 'front'; id: number; front: number }
  | { kind: 'finish'; id: number; total: number }
  | { kind: 'reset'; id: number }
  | { kind: 'close'; id: number };

/** What the thread tells. */
export interface HashReply {
  id: number;
  sha256: string;
}

/**
 * Hashes files while they are written, in one thread for all of them: it follows the contiguous front of each, so that the sha256 of a
 * large file is known a moment after its last byte. Where threads do not start, the file is read once more at the end instead.
 */
export class HashPool {
  #thread: HashThread | undefined;
  #isBroken = false;
  #nextId = 1;

  /** Follows a file that is being written. `descriptor` must stay open until the hash is closed. */
  follow(path: string, descriptor: number): GrowingHash {
    return new GrowingHash({ id: this.#nextId++, path, descriptor, thread: () => this.#start() });
  }

  close(): void {
    this.#thread?.stop();
    this.#thread = undefined;
    this.#isBroken = true;
  }

  #start(): HashThread | undefined {
    if (this.#isBroken || this.#thread) return this.#thread;
    const giveUp = (): void => {
      this.#isBroken = true;
      this.#thread = undefined;
    };
    try {
      this.#thread = new HashThread(giveUp);
    } catch {
      giveUp(); // an executable without the thread's file: the hash comes all the same, only later
    }
    return this.#thread;
  }
}

/** The thread and those who wait for it. */
class HashThread {
  /** Beside this file, in the checkout as in an executable (`scripts/build.ts`). */
  readonly #worker = new Worker(new URL('./hash-worker.ts', import.meta.url).href);
  readonly #waiting = new Map<number, (sha256: string | undefined) => void>();
  #isDead = false;

  constructor(onDeath: () => void) {
    this.#worker.unref();
    this.#worker.addEventListener('message', (event: MessageEvent<HashReply>) => this.#settle(event.data.id, event.data.sha256));
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      onDeath();
      this.stop();
    });
  }

  tell(order: HashOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's messages have no origin, only windows' do
    if (!this.#isDead) this.#worker.postMessage(order);
  }

  /** The sha256 of the first `total` bytes, `undefined` when the thread has died. */
  finish(id: number, total: number): Promise<string | undefined> {
    if (this.#isDead) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.tell({ kind: 'finish', id, total });
    });
  }

  stop(): void {
    this.#isDead = true;
    this.#worker.terminate();
    for (const id of this.#waiting.keys()) this.#settle(id, undefined);
  }

  #settle(id: number, sha256: string | undefined): void {
    this.#waiting.get(id)?.(sha256);
    this.#waiting.delete(id);
  }
}

interface Followed {
  id: number;
  path: string;
  descriptor: number;
  thread: () => HashThread | undefined;
}

/** The sha256 of a file that is still growing. */
export class GrowingHash {
  readonly #file: Followed;
  readonly #beganAt = performance.now();
  #thread: HashThread | undefined;
  #told = 0;
  #isLeftOut = false;

  constructor(file: Followed) {
    this.#file = file;
  }

  /** `true` when nobody needed this hash, and it would have cost time. */
  get isLeftOut(): boolean {
    return this.#isLeftOut;
  }

  /** Everything below `front` is there. A hash that nobody `needs` is left out where it would slow down what it follows. */
  advance(front: number, options: { needed: boolean } = { needed: true }): void {
    if (front < WORTH_A_THREAD_BYTES || front - this.#told < TELL_EVERY_BYTES) return;
    if (!options.needed && this.#leaveOut(front)) return;
    const { id, path, thread } = this.#file;
    if (!this.#thread) {
      this.#thread = thread();
      this.#thread?.tell({ kind: 'open', id, path });
    }
    this.#told = front;
    this.#thread?.tell({ kind: 'front', id, front });
  }

  /** While the processor waits for the network a hash is for free; once it does not, this one ends for good. */
  #leaveOut(front: number): boolean {
    const bytesPerSecond = (front / (performance.now() - this.#beganAt)) * 1000;
    if (!this.#isLeftOut && bytesPerSecond < SPARE_BYTES_PER_SECOND) return false;
    this.#isLeftOut = true;
    this.close();
    return true;
  }

  /** Begins anew: what was there is no longer. */
  reset(): void {
    this.#told = 0;
    this.#thread?.tell({ kind: 'reset', id: this.#file.id });
  }

  /** The sha256 of the first `total` bytes, lower-case hex. Rejects with the signal's reason when it aborts. */
  async finish(total: number, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.advance(total);
    const sha256 = await untilAborted(this.#thread?.finish(this.#file.id, total), signal);
    return sha256 ?? (await this.#readAll(total, signal));
  }

  close(): void {
    this.#thread?.tell({ kind: 'close', id: this.#file.id });
    this.#thread = undefined;
  }

  async #readAll(total: number, signal: AbortSignal): Promise<string> {
    const hasher = new Bun.CryptoHasher('sha256');
    const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, total));
    for (let at = 0; at < total;) {
      signal.throwIfAborted();
      const length = readSync(this.#file.descriptor, block, 0, Math.min(BLOCK_BYTES, total - at), at);
      if (length === 0) break;
      hasher.update(block.subarray(0, length));
      at += length;
      await nextTurn();
    }
    return hasher.digest('hex');
  }
}
