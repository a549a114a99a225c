import type { Framing } from './head.ts';
import { MalformedAnswer } from './head.ts';

/** A line with the size of a chunk, its extensions included. */
const LONGEST_SIZE_LINE = 4096;
/** Fields after the last chunk: nobody reads them. */
const LONGEST_TRAILER = 64 * 1024;

/** What the next bytes of a chunked body are. */
type ChunkState = 'size' | 'data' | 'data_end' | 'trailer';

/** Takes the body of an answer out of the bytes of its connection, without copying them to anywhere else. */
export class BodyDecoder {
  #ended: boolean;
  #left: number;
  #state: ChunkState = 'size';
  #line = '';
  #trailerBytes = 0;
  readonly #framing: Framing;

  constructor(framing: Framing) {
    this.#framing = framing;
    this.#left = framing.kind === 'length' ? framing.bytes : 0;
    this.#ended = framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0);
  }

  /** Nothing more belongs to the body. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes that are still to come at most; `Infinity` while nobody can tell. */
  get bytesLeft(): number {
    if (this.#ended) return 0;
    return this.#framing.kind === 'length' ? this.#left : Infinity;
  }

  /**
   * Hands the body's bytes among these to `emit`, as one view, and returns how many bytes it has used: fewer than there are when the body
   * ends before them. Chunks are moved together in `bytes` itself: small ones are thousands. Throws `MalformedAnswer`.
   */
  feed(bytes: Buffer, emit: (piece: Buffer) => void): number {
    if (this.#ended) return 0;
    if (this.#framing.kind === 'chunked') return this.#feedChunked(bytes, emit);
    const used = this.#framing.kind === 'length' ? Math.min(this.#left, bytes.length) : bytes.length;
    if (used > 0) emit(used === bytes.length ? bytes : bytes.subarray(0, used));
    if (this.#framing.kind === 'length') {
      this.#left -= used;
      this.#ended = this.#left === 0;
    }
    return used;
  }

  /** The server has closed: `true` when that ends the body, `false` when some of it is missing. */
  close(): boolean {
    if (this.#framing.kind === 'close') this.#ended = true;
    return this.#ended;
  }

  #feedChunked(bytes: Buffer, emit: (piece: Buffer) => void): number {
    let at = 0;
    const body = { start: 0, end: 0 };
    while (at < bytes.length && !this.#ended) {
      at = this.#state === 'data' ? this.#feedData(bytes, at, body) : this.#feedLine(bytes, at);
    }
    if (body.end > body.start) emit(bytes.subarray(body.start, body.end));
    return at;
  }

  /** Puts a chunk behind those before it; the first one stays where it is. */
  #feedData(bytes: Buffer, at: number, body: { start: number; end: number }): number {
    const end = Math.min(bytes.length, at + this.#left);
    if (body.end === body.start) body.start = body.end = at;
    if (body.end !== at) bytes.copyWithin(body.end, at, end);
    body.end += end - at;
    this.#left -= end - at;
    if (this.#left === 0) this.#state = 'data_end';
    return end;
  }

  #feedLine(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline === -1 ? bytes.length : newline + 1;
    this.#line += bytes.toString('latin1', at, end);
    if (this.#line.length > (this.#state === 'trailer' ? LONGEST_TRAILER : LONGEST_SIZE_LINE)) throw malformedChunk();
    if (newline !== -1) this.#endLine();
    return end;
  }

  #endLine(): void {
    const line = this.#line.replace(/\r?\n$/, '');
    this.#line = '';
    switch (this.#state) {
      case 'size':
        return this.#beginChunk(line);
      case 'trailer':
        this.#trailerBytes += line.length;
        if (this.#trailerBytes > LONGEST_TRAILER) throw malformedChunk();
        this.#ended = line === '';
        return;
      case 'data_end':
        if (line !== '') throw malformedChunk();
        this.#state = 'size';
        return;
      case 'data':
    }
  }

  #beginChunk(line: string): void {
    const [, hex] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (hex === undefined) throw malformedChunk();
    this.#left = Number.parseInt(hex, 16);
    this.#state = this.#left === 0 ? 'trailer' : 'data';
  }
}

function malformedChunk(): MalformedAnswer {
  return new MalformedAnswer('The answer breaks off its chunks');
}
