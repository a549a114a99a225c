import type { FileRequest } from '../../ports.ts';
import { WireConnection } from './connection.ts';
import { LostConnection } from './exchange.ts';
import { MalformedAnswer, writeRequest } from './head.ts';

/** How long a connection waits for its next request: shorter than servers do (nginx 75 s, Node.js 5 s). */
const IDLE_MS = 4_000;

/**
 * Fetches bytes of files over HTTP/1.1 and TLS by itself: the runtime's own fetch hands each body from thread to thread and takes twice the
 * processor's time for it (Bun 1.4.5), and cannot be held to the addresses that were judged. Redirects are not followed, nothing is
 * decompressed, no proxy is asked, nothing times out.
 */
export class Wire {
  /** Origin → connections that wait for the next request there, and the timers that end their waiting. */
  readonly #idle = new Map<string, Map<WireConnection, NodeJS.Timeout>>();

  /**
   * Resolves with the answer, whose body is still to be read, or cancelled. Rejects with an error of the system or of TLS, whose `code`
   * tells which, `LostConnection`, `MalformedAnswer`, or the signal's reason when it aborts.
   */
  async fetch(url: string, { method, headers, addresses, signal }: FileRequest): Promise<Response> {
    const target = { url: new URL(url), addresses };
    const request = writeRequest(target.url, method, headers);
    for (;;) {
      signal?.throwIfAborted();
      const kept = this.#takeIdle(target.url.origin, addresses);
      if (!kept) break;
      try {
        return await kept.send(request, method, signal);
      } catch (error) {
        // the server had closed it meanwhile, or what came was still of the answer before: a request for a file may be made again
        if (!(error instanceof LostConnection || error instanceof MalformedAnswer)) throw error;
      }
    }
    const connection = await WireConnection.open(target, signal);
    connection.onIdle = () => this.#keep(target.url.origin, connection);
    return connection.send(request, method, signal);
  }

  #takeIdle(origin: string, addresses: readonly string[] | null): WireConnection | undefined {
    const waiting = this.#idle.get(origin) ?? new Map<WireConnection, NodeJS.Timeout>();
    for (const [connection, timer] of waiting) {
      if (addresses !== null && !addresses.includes(connection.address ?? '')) continue;
      waiting.delete(connection);
      clearTimeout(timer);
      if (!connection.isFree) continue;
      connection.isWaiting = false;
      return connection;
    }
    return undefined;
  }

  #keep(origin: string, connection: WireConnection): void {
    const waiting = this.#idle.get(origin) ?? new Map<WireConnection, NodeJS.Timeout>();
    const timer = setTimeout(() => {
      waiting.delete(connection);
      connection.close();
    }, IDLE_MS).unref();
    this.#idle.set(origin, waiting.set(connection, timer));
    connection.isWaiting = true;
  }
}
