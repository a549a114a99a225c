import type { Fetch } from '../core/ports.ts';

/** How a running ComfyUI is asked. */
export interface Asking {
  /** Base URL, without a trailing slash. */
  url: string;
  fetch: Fetch;
  /** Ends every question; its deadline is the caller's. */
  signal: AbortSignal;
}

/** More than any answer has: `/object_info` of an install with hundreds of packs and long lists of files takes some 20 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The JSON at a path of the server, `undefined` when it has no such path. Rejects when the server goes away in mid-answer, sends something
 * else or too much, and with the signal's reason.
 */
export async function askServer(path: string, { url, fetch, signal }: Asking): Promise<unknown> {
  const response = await fetch(url + path, { signal, redirect: 'error' });
  if (response.status === 404 || response.status === 405) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw new Error(`${path} answered with status ${response.status}`);
  return JSON.parse(await readBounded(response)) as unknown;
}

async function readBounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.byteLength;
    if (length > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
