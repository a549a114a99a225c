import { Exchange } from './exchange.ts';
import type { WireMethod } from './head.ts';
import type { Line, LineListener, LineTarget } from './line.ts';
import { connectLine } from './line.ts';

/** One connection that makes requests one after the other. */
export class WireConnection {
  #line: Line | null = null;
  #exchange: Exchange | null = null;
  #isOpen = true;
  #onIdle: (() => void) | null = null;
  /** Ends the listening to the signal of the request that is under way. */
  #unlisten: () => void = () => undefined;

  private constructor() {
    // made by `open`
  }

  /** Connects. Rejects with the system's or TLS's error, and the signal's reason when it aborts. */
  static async open(target: LineTarget, signal: AbortSignal | undefined): Promise<WireConnection> {
    signal?.throwIfAborted();
    const connection = new WireConnection();
    const line = await connectLine(target, connection.#listener(), signal);
    connection.#line = line;
    if (!signal?.aborted) return connection;
    line.destroy();
    throw signal.reason;
  }

  /** `true` while another request may be made over it. */
  get isFree(): boolean {
    return this.#isOpen && this.#exchange === null;
  }

  /** The address that it leads to. */
  get address(): string | undefined {
    return this.#line?.address;
  }

  /** Told each time that an answer has been read to its end and the connection can be used again. */
  set onIdle(listener: () => void) {
    this.#onIdle = listener;
  }

  /** While nobody uses it, it keeps no process alive. */
  set isWaiting(waits: boolean) {
    this.#line?.hold(!waits);
  }

  /**
   * Makes a request and resolves with the answer, whose body is still to be read. Rejects with `LostConnection` when it is gone,
   * `MalformedAnswer`, or the signal's reason when it aborts; the body of the answer breaks off with the same.
   */
  async send(request: string, method: WireMethod, signal: AbortSignal | undefined): Promise<Response> {
    signal?.throwIfAborted();
    const abort = (): void => this.#fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#unlisten = () => signal?.removeEventListener('abort', abort);
    const exchange = new Exchange(method, {
      pause: () => this.#line?.pause(),
      resume: () => this.#line?.resume(),
      abandon: () => this.close(),
      end: (keepsAlive) => this.#release(keepsAlive),
    });
    this.#exchange = exchange;
    if (this.#isOpen) this.#line?.write(request);
    else this.#lose();
    return exchange.answer;
  }

  /** Ends it at once. */
  close(): void {
    this.#lose(new Error('closed'));
  }

  #listener(): LineListener {
    return { data: (bytes) => this.#take(bytes), lost: (error) => this.#lose(error) };
  }

  #take(bytes: Buffer): void {
    if (!this.#exchange) return this.close(); // nobody has asked for that
    try {
      this.#exchange.take(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #release(keepsAlive: boolean): void {
    this.#finish();
    if (!keepsAlive || !this.#isOpen) return this.close();
    this.#onIdle?.();
  }

  #lose(cause?: Error): void {
    this.#isOpen = false;
    this.#finish()?.lose(cause);
    this.#line?.destroy();
  }

  #fail(error: unknown): void {
    this.#finish()?.fail(error);
    this.close();
  }

  #finish(): Exchange | null {
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#unlisten();
    return exchange;
  }
}
