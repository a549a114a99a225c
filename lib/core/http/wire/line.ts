import type { LookupFunction, Socket } from 'node:net';
import { LostConnection } from './exchange.ts';

/** A connection as bytes. */
export interface Line {
  /** The address at its other end. */
  readonly address: string | undefined;
  write(text: string): void;
  /** Takes no more bytes for now: the other end has to wait. */
  pause(): void;
  resume(): void;
  /** `false`: it keeps the process alive no longer. */
  hold(isHeld: boolean): void;
  /** Ends it at once. */
  destroy(): void;
}

/** Who is told of what happens on a line. */
export interface LineListener {
  data: (bytes: Buffer) => void;
  /** It is gone, or the other end says no more; told once or several times. */
  lost: (error?: Error) => void;
}

/** Where a connection leads. */
export interface LineTarget {
  /** Scheme, host and port count. */
  url: URL;
  /** The only addresses that the host may be reached at, in this order; `null`: wherever its name leads. */
  addresses: readonly string[] | null;
}

/**
 * Connects with encryption where the URL says so, its certificate checked as always, and to no other addresses than those given; of several
 * to the first that answers soon. Rejects with the system's or TLS's error, and the signal's reason when it aborts.
 */
export async function connectLine(target: LineTarget, listener: LineListener, signal: AbortSignal | undefined): Promise<Line> {
  const socket = await openSocket(target);
  await untilConnected(socket, target.url.protocol === 'https:' ? 'secureConnect' : 'connect', signal);
  socket.setNoDelay(true);
  socket.on('data', listener.data);
  socket.on('end', () => listener.lost());
  socket.on('error', (error) => listener.lost(error));
  socket.on('close', () => listener.lost());
  return {
    address: socket.remoteAddress,
    write: (text) => socket.write(text, 'latin1'),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    hold: (isHeld) => (isHeld ? socket.ref() : socket.unref()),
    destroy: () => socket.destroy(),
  };
}

/** The modules are loaded when somebody needs them. */
async function openSocket({ url, addresses }: LineTarget): Promise<Socket> {
  const net = await import('node:net');
  const { host, port } = placeOf(url);
  const to = { host, port, autoSelectFamily: true, ...(addresses && { lookup: pinnedTo(addresses, net.isIP) }) };
  if (url.protocol !== 'https:') return net.connect(to);
  const tls = await import('node:tls');
  return tls.connect({ ...to, ALPNProtocols: ['http/1.1'], ...(net.isIP(host) === 0 && { servername: host.replace(/\.$/, '') }) });
}

/** Host and port as sockets want them. */
function placeOf({ protocol, hostname, port }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

function untilConnected(socket: Socket, event: string, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal?.reason);
  const onError = (error: Error): void => reject(firstOf(error));
  const onClose = (): void => reject(new LostConnection());
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  socket.once(event, resolve).once('close', onClose);
  socket.on('error', onError); // for good: what else goes wrong after a failure is of no interest
  return promise
    .catch((error: unknown) => {
      socket.destroy();
      throw error;
    })
    .finally(() => {
      signal?.removeEventListener('abort', onAbort);
      socket.off('close', onClose);
    });
}

/** Of several addresses that all failed, the first one's error says it. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] ?? error) : error;
}

/** Answers with the addresses that have been judged, whatever the name means by now. */
function pinnedTo(addresses: readonly string[], familyOf: (address: string) => number): LookupFunction {
  const found = addresses.map((address) => ({ address, family: familyOf(address) }));
  const [first] = found;
  return (hostname, options, callback) => {
    if (!first) callback(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), []);
    else if (options.all) callback(null, found);
    else callback(null, first.address, first.family);
  };
}
