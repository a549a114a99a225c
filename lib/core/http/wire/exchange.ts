import { BodyDecoder } from './body-decoder.ts';
import type { AnswerHead, WireMethod } from './head.ts';
import { findHeadEnd, LONGEST_HEAD_BYTES, MalformedAnswer, mayBeginHead, readHead } from './head.ts';

/** So much of a body waits for its reader before the server is made to wait. */
const READ_AHEAD_BYTES = 512 * 1024;
/** A body that nobody wants is read to its end when that costs less than another connection. */
const CHEAP_REST_BYTES = 16 * 1024;
/** It is no longer cheap when it takes as long. */
const CHEAP_REST_MS = 500;

/** The connection was closed or reset before the answer was whole. */
export class LostConnection extends Error {
  readonly code: string;

  constructor(cause?: Error & { code?: unknown }) {
    super('the connection was closed', { cause });
    this.code = typeof cause?.code === 'string' ? cause.code : 'ConnectionClosed';
  }
}

/** What an exchange does to its connection. */
export interface ExchangeLine {
  pause: () => void;
  resume: () => void;
  /** Nobody wants the rest. */
  abandon: () => void;
  /** The answer has been read to its end. */
  end: (keepsAlive: boolean) => void;
}

/** One request and its answer. */
export class Exchange {
  /** The answer as soon as its head is there. */
  readonly answer: Promise<Response>;
  readonly #method: WireMethod;
  readonly #line: ExchangeLine;
  readonly #settle: { resolve: (response: Response) => void; reject: (error: unknown) => void };
  #headBytes: Buffer = Buffer.alloc(0);
  #keepsAlive = false;
  #isPaused = false;
  #restTimer: NodeJS.Timeout | undefined;
  #body: BodyDecoder | null = null;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(method: WireMethod, line: ExchangeLine) {
    this.#method = method;
    this.#line = line;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.answer = promise;
    this.#settle = { resolve, reject };
  }

  /** Takes what has arrived. Throws `MalformedAnswer`. */
  take(bytes: Buffer): void {
    const rest = this.#body ? bytes : this.#takeHead(bytes);
    if (!this.#body || !rest) return;
    const used = this.#body.feed(rest, (piece) => this.#stream?.enqueue(piece));
    if (this.#body.ended) return this.#end(used === rest.length);
    if ((this.#stream?.desiredSize ?? 1) <= 0) this.#pause();
  }

  /** The connection is gone: that ends some bodies and breaks off the others. */
  lose(cause?: Error): void {
    if (cause === undefined && this.#body?.close()) this.#end(false);
    else this.fail(new LostConnection(cause));
  }

  /** Breaks off, with the error for whoever waits. */
  fail(error: unknown): void {
    clearTimeout(this.#restTimer);
    this.#settle.reject(error);
    this.#stream?.error(error);
    this.#stream = null;
  }

  /** Returns what follows the head, `undefined` while that is not all there. */
  #takeHead(bytes: Buffer): Buffer | undefined {
    this.#headBytes = this.#headBytes.length === 0 ? bytes : Buffer.concat([this.#headBytes, bytes]);
    for (;;) {
      if (!mayBeginHead(this.#headBytes)) throw new MalformedAnswer('The answer is no HTTP/1.1');
      const end = findHeadEnd(this.#headBytes.subarray(0, LONGEST_HEAD_BYTES));
      if (end === -1) {
        if (this.#headBytes.length >= LONGEST_HEAD_BYTES) throw new MalformedAnswer('The head of the answer has no end');
        return undefined;
      }
      const head = readHead(this.#headBytes.toString('latin1', 0, end), this.#method);
      this.#headBytes = this.#headBytes.subarray(end);
      if (head.status >= 200) return this.#begin(head); // before it, any number of interim answers
    }
  }

  #begin({ status, headers, framing, keepsAlive }: AnswerHead): Buffer {
    this.#keepsAlive = keepsAlive;
    this.#body = new BodyDecoder(framing);
    this.#settle.resolve(new Response(framing.kind === 'none' ? null : this.#openStream(), { status, headers }));
    const rest = this.#headBytes;
    this.#headBytes = Buffer.alloc(0);
    return rest;
  }

  #openStream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#stream = controller;
        },
        pull: () => this.#resume(),
        cancel: () => this.#discard(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD_BYTES }),
    );
  }

  #discard(): void {
    this.#stream = null;
    if ((this.#body?.bytesLeft ?? 0) > CHEAP_REST_BYTES) return this.#line.abandon();
    this.#restTimer = setTimeout(() => this.#line.abandon(), CHEAP_REST_MS);
    this.#resume();
  }

  #pause(): void {
    this.#isPaused = true;
    this.#line.pause();
  }

  /** Only where it has to be: it costs the socket more than a chunk does. */
  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#line.resume();
  }

  #end(isExact: boolean): void {
    clearTimeout(this.#restTimer);
    this.#stream?.close();
    this.#stream = null;
    this.#resume();
    this.#line.end(this.#keepsAlive && isExact);
  }
}
