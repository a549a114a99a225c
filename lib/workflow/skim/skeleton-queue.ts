/*
 * Skeletons on their way from the thread that makes them to those that read them: a few places in memory that all of them share. Making
 * skeletons is little code, and reading them much: whoever has to run both, and the joining of what was read beside, has the engine compile
 * all of it.
 */

/** More would not be used before they are out of the processor's cache. */
const PLACES = 16;
/** Room for most files, with their skeletons: all of it is cleared before it is used (1 ms for 1 MB, Bun 1.4.5, 2026-11). */
const PLACE_BYTES = 256 * 1024;

/** Of a place: nobody has it, it is being filled, it is filled, it is being emptied. */
const FREE = 0;
const FILLING = 1;
const FILLED = 2;
const EMPTYING = 3;

/** Where a place's state stands among its numbers, the file's number, and how long its parts are. */
const STATE = 0;
const FILE = 1;
const LENGTHS = 2;
/** As many parts as a skeleton has, and room for more. */
const HEAD_INTS = 16;
const HEAD_BYTES = HEAD_INTS * Int32Array.BYTES_PER_ELEMENT;

/** A place for one file and its skeleton. */
export class SkeletonPlace {
  readonly #head: Int32Array;
  readonly #body: Uint8Array;

  constructor(memory: SharedArrayBuffer, at: number) {
    this.#head = new Int32Array(memory, at * PLACE_BYTES, HEAD_INTS);
    this.#body = new Uint8Array(memory, at * PLACE_BYTES + HEAD_BYTES, PLACE_BYTES - HEAD_BYTES);
  }

  /** `true` when it was free, and is the caller's to fill. */
  claim(): boolean {
    return Atomics.compareExchange(this.#head, STATE, FREE, FILLING) === FREE;
  }

  /** How many bytes there is room for. */
  get room(): number {
    return this.#body.length;
  }

  /** Copies parts of a memory to here. `false` when there is no room for all of them. */
  fill(memory: Uint8Array, parts: readonly MemoryPart[]): boolean {
    if (parts.reduce((sum, { length }) => sum + length, 0) > this.#body.length) return false;
    let at = 0;
    for (const [place, { from, length }] of parts.entries()) {
      this.#body.set(memory.subarray(from, from + length), at);
      this.#head[LENGTHS + place] = length;
      at += length;
    }
    return true;
  }

  /** Has others take it: with what it was filled with, or the file's number alone. */
  hand(file: number, isFilled: boolean): void {
    this.#head[FILE] = file;
    if (!isFilled) this.#head[LENGTHS] = 0;
    Atomics.store(this.#head, STATE, FILLED);
  }

  /** `true` when it was handed over, and is the caller's to empty. */
  take(): boolean {
    return Atomics.compareExchange(this.#head, STATE, FILLED, EMPTYING) === FILLED;
  }

  get isTaken(): boolean {
    return Atomics.load(this.#head, STATE) !== FILLED;
  }

  get file(): number {
    return this.#head[FILE] ?? 0;
  }

  /** `false` when it holds a file's number alone. */
  get isFilled(): boolean {
    return (this.#head[LENGTHS] ?? 0) > 0;
  }

  /** How long the part is that was filled in as the first, second, ... */
  lengthOf(part: number): number {
    return this.#head[LENGTHS + part] ?? 0;
  }

  /** Copies the parts back, each to its place in a memory. */
  empty(memory: Uint8Array, starts: readonly number[]): void {
    let at = 0;
    for (const [part, start] of starts.entries()) {
      const end = at + this.lengthOf(part);
      memory.set(this.#body.subarray(at, end), start);
      at = end;
    }
  }

  release(): void {
    Atomics.store(this.#head, STATE, FREE);
  }
}

export interface MemoryPart {
  from: number;
  length: number;
}

/** The places. Threads have the same ones when they have the same memory. */
export class SkeletonQueue {
  readonly memory: SharedArrayBuffer;
  readonly #places: readonly SkeletonPlace[];

  constructor(memory = new SharedArrayBuffer(PLACES * PLACE_BYTES)) {
    this.memory = memory;
    this.#places = Array.from({ length: PLACES }, (_, at) => new SkeletonPlace(memory, at));
  }

  /** A place to fill; `undefined` while there are enough skeletons. */
  claim(): SkeletonPlace | undefined {
    return this.#places.find((place) => place.claim());
  }

  /** A place to empty; `undefined` when none is filled. */
  take(): SkeletonPlace | undefined {
    return this.#places.find((place) => place.take());
  }

  /** Nothing is left to be taken. */
  get isTaken(): boolean {
    return this.#places.every((place) => place.isTaken);
  }
}
