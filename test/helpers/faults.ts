import type { Content } from '../../lib/hub/content.ts';
import { Disconnect, htmlAnswer, type HubAnswer, type HubRequest, jsonAnswer, textAnswer } from '../../lib/hub/exchange.ts';
import { type OwnAnswer, pacePieces } from '../../lib/hub/hub.ts';
import { serveContent } from '../../lib/hub/serve-content.ts';

/** What happens to a request instead of, or to, the hub's own answer. */
export type Fault = (request: HubRequest, answer: OwnAnswer) => Promise<HubAnswer>;

/** The announced body ends after so many bytes: the connection is closed, or reset. */
export function cutAfter(bytes: number, options: { reset?: boolean } = {}): Fault {
  return async (_request, answer) => {
    const whole = await answer();
    return { ...whole, headers: withLength(whole), body: endAfter(whole, bytes, () => Promise.reject(new Disconnect(options.reset))) };
  };
}

/** After so many bytes nothing comes any more; the connection stays open until the other side leaves. */
export function stallAfter(bytes: number): Fault {
  return async (request, answer) => {
    const whole = await answer();
    return { ...whole, headers: withLength(whole), body: endAfter(whole, bytes, () => untilClosed(request.closed)) };
  };
}

/** The connection is reset before any answer. */
export function resetConnection(): Fault {
  return () => Promise.reject(new Disconnect(true));
}

/** No answer at all until the other side leaves. */
export function neverAnswer(): Fault {
  return async (request) => {
    await untilClosed(request.closed);
    throw new Disconnect();
  };
}

/** Another status with a JSON error; `retryAfter` in seconds or as an HTTP date. */
export function answerStatus(
  status: number,
  options: { retryAfter?: number | string; body?: unknown; headers?: Record<string, string> } = {},
): Fault {
  const headers = { ...options.headers, ...(options.retryAfter === undefined ? {} : { 'retry-after': String(options.retryAfter) }) };
  return () => Promise.resolve(jsonAnswer(options.body ?? { error: `status ${status}` }, { status, headers }));
}

/** A page in place of what was asked for, as a login wall or a proxy sends it. */
export function answerHtml(status = 200): Fault {
  return () => Promise.resolve(htmlAnswer('Please log in', { status }));
}

/** JSON by its type, and none by its text. */
export function answerGarbage(text = '{"items": [{"id": 1, '): Fault {
  return () => Promise.resolve(textAnswer(text, { headers: { 'content-type': 'application/json' } }));
}

/** The file has become another one: other bytes, another entity tag. */
export function serveOther(content: Content, etag = `"${content.sha256.slice(0, 32)}"`): Fault {
  return (request) => Promise.resolve(serveContent(request, { content, etag }));
}

/** The file goes on where it should, with other bytes behind the entity tag that was promised. */
export function corruptBytes(): Fault {
  return async (_request, answer) => {
    const whole = await answer();
    return { ...whole, headers: withLength(whole), body: flipBits(whole) };
  };
}

/** `Range` is ignored and not offered: always 200 and the whole. */
export function ignoreRanges(): Fault {
  return async (request, answer) => {
    const headers = new Headers(request.headers);
    headers.delete('range');
    const whole = await answer({ ...request, headers });
    return { ...whole, headers: without(whole.headers, 'accept-ranges') };
  };
}

/** No `Content-Length`: the body goes out chunked. With `cutAfterBytes` it breaks off there. */
export function hideLength(options: { cutAfterBytes?: number } = {}): Fault {
  return async (_request, answer) => {
    const whole = await answer();
    const end = options.cutAfterBytes ?? Infinity;
    return {
      ...whole,
      headers: without(whole.headers, 'content-length'),
      body: endAfter(whole, end, () => Promise.reject(new Disconnect())),
    };
  };
}

/** The body comes no faster than so many bytes a second. */
export function slowDown(bytesPerSecond: number): Fault {
  return async (_request, answer) => {
    const whole = await answer();
    return { ...whole, headers: withLength(whole), body: pacePieces(bodyPieces(whole), bytesPerSecond) };
  };
}

/** A body in pieces, whatever form it has. */
export function bodyPieces(answer: HubAnswer): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (answer.body === null) return [];
  return typeof answer.body === 'string' ? [new TextEncoder().encode(answer.body)] : answer.body;
}

async function* endAfter(answer: HubAnswer, bytes: number, end: () => Promise<void>): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const piece of bodyPieces(answer)) {
    if (left > 0) yield piece.subarray(0, left);
    left -= piece.byteLength;
    if (left < 0) return end();
  }
}

async function* flipBits(answer: HubAnswer): AsyncGenerator<Uint8Array> {
  for await (const piece of bodyPieces(answer)) {
    const changed = piece.slice();
    changed[changed.byteLength - 1] = (changed[changed.byteLength - 1] ?? 0) ^ 0xff;
    yield changed;
  }
}

function untilClosed(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function withLength(answer: HubAnswer): Readonly<Record<string, string>> {
  return typeof answer.body === 'string' ? { 'content-length': String(Buffer.byteLength(answer.body)), ...answer.headers } : answer.headers;
}

function without(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}
