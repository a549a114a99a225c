import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { Disconnect, type HubAnswer, type HubHandler, type HubRequest, type HubService, textAnswer } from './exchange.ts';

/** One part of the hub on its port. */
export interface Listener {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  /** Ends every connection and frees the port: whoever comes afterwards is refused. */
  stop(): Promise<void>;
}

/** Longer than clients keep an idle connection, so that none is closed just when it is used again. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Listens on a free port of 127.0.0.1. It is node:http because Bun.serve (1.4.5) sends a streamed body chunked and drops its
 * Content-Length, which every real file server sends and which a client's check for completeness is about.
 */
export async function listen(service: HubService, handler: HubHandler): Promise<Listener> {
  const server = createServer((incoming, outgoing) => void answerOne(service, handler, { incoming, outgoing }));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the hub has no port');
  return { origin: `http://127.0.0.1:${address.port}`, stop: () => stopServer(server) };
}

async function stopServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

interface Wire {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

async function answerOne(service: HubService, handler: HubHandler, wire: Wire): Promise<void> {
  const gone = new AbortController();
  wire.outgoing.once('close', () => gone.abort());
  try {
    const request = await readRequest(service, wire.incoming, gone.signal);
    await sendAnswer(wire.outgoing, await handler(request), request.method === 'HEAD');
  } catch (error) {
    if (error instanceof Disconnect) disconnect(wire.outgoing, error.reset);
    else if (wire.outgoing.headersSent) wire.outgoing.destroy();
    else await sendAnswer(wire.outgoing, textAnswer(error instanceof Error ? error.message : 'error', { status: 500 }), false);
  }
}

/** What a request may weigh: a list of 10,000 hashes stays far below. */
const MAX_BODY_BYTES = 2_000_000;

async function readRequest(service: HubService, incoming: IncomingMessage, closed: AbortSignal): Promise<HubRequest> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of incoming) {
    bytes += piece.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Disconnect();
    pieces.push(piece);
  }
  const url = new URL(incoming.url ?? '/', `http://${headers.get('host') ?? '127.0.0.1'}`);
  return { service, method: incoming.method ?? 'GET', url, headers, body: Buffer.concat(pieces).toString('utf8'), closed };
}

async function sendAnswer(outgoing: ServerResponse, answer: HubAnswer, headOnly: boolean): Promise<void> {
  const { status, headers, body } = answer;
  const known = typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  outgoing.writeHead(status, { ...known, ...headers });
  if (!headOnly && typeof body === 'string') outgoing.write(body);
  if (!headOnly && body !== null && typeof body !== 'string') await sendPieces(outgoing, body);
  outgoing.end();
}

async function sendPieces(outgoing: ServerResponse, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  const gone = once(outgoing, 'close');
  for await (const piece of pieces) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(piece)) await Promise.race([once(outgoing, 'drain'), gone]);
  }
}

function disconnect(outgoing: ServerResponse, reset: boolean): void {
  const { socket } = outgoing;
  if (reset) socket?.resetAndDestroy();
  // what was written still goes out; destroying would drop it
  else socket?.end();
}
