import type { FileReader } from './structure.ts';

const CHUNK_BYTES = 256 * 1024;
/** Longest text that is read as text; longer ones are no names. */
const MAX_STRING_BYTES = 64 * 1024;
const ARRAY = 9;
const STRING = 8;
/** Bytes of a value by its type number, strings and arrays apart (GGUF specification, read 2026-10). */
const VALUE_BYTES: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];
/** More items than this in the lists of a header are no lists. The longest real ones are vocabularies of some 300,000 words. */
const MAX_ITEMS = 10_000_000;

/** Reads a GGUF header from front to back in pieces. Throws a RangeError, for a person, where the header makes no sense. */
export class GgufCursor {
  readonly #reader: FileReader;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkStart = 0;
  /** Offset in the file of the next byte. */
  position: number;
  #items = 0;

  constructor(reader: FileReader, position: number) {
    this.#reader = reader;
    this.position = position;
  }

  async uint32(): Promise<number> {
    const at = await this.#take(4);
    return this.#chunk.readUInt32LE(at);
  }

  /** Throws above 2^53. */
  async uint64(): Promise<number> {
    const at = await this.#take(8);
    const value = this.#chunk.readBigUInt64LE(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError('the header is not readable');
    return Number(value);
  }

  async string(): Promise<string> {
    const length = await this.uint64();
    if (length > MAX_STRING_BYTES) throw new RangeError('the header is not readable');
    const at = await this.#take(length);
    return this.#chunk.toString('utf8', at, at + length);
  }

  /** Steps over a value of that type. */
  async skipValue(type: number): Promise<void> {
    if (type === STRING) return this.#skip(await this.uint64());
    if (type === ARRAY) return this.#skipArray();
    const bytes = VALUE_BYTES[type];
    if (bytes === undefined) throw new RangeError('the header is not readable');
    this.#skip(bytes);
  }

  async #skipArray(): Promise<void> {
    const type = await this.uint32();
    const items = await this.uint64();
    const bytes = VALUE_BYTES[type];
    this.#items += items;
    if (this.#items > MAX_ITEMS || (bytes === undefined && type !== STRING)) throw new RangeError('the header is not readable');
    if (bytes !== undefined) return this.#skip(items * bytes);
    for (let index = 0; index < items; index++) this.#skip(await this.uint64());
  }

  #skip(bytes: number): void {
    this.position += bytes;
    if (this.position > this.#reader.sizeBytes) throw new RangeError('the file ends inside its header');
  }

  /** Makes sure that so many bytes are in the chunk, and steps over them. The offset in the chunk where they begin. */
  async #take(bytes: number): Promise<number> {
    const at = this.position - this.#chunkStart;
    if (at < 0 || at + bytes > this.#chunk.length) {
      this.#chunkStart = this.position;
      this.#chunk = await this.#reader.read(this.position, Math.max(CHUNK_BYTES, bytes));
      if (this.#chunk.length < bytes) throw new RangeError('the file ends inside its header');
    }
    const start = this.position - this.#chunkStart;
    this.position += bytes;
    return start;
  }
}
