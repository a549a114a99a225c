import { setTimeout as delay } from 'node:timers/promises';

import { Disconnect } from '../../lib/hub/exchange.ts';
import type { Fault } from '../helpers/faults.ts';
import { bodyPieces } from '../helpers/faults.ts';

/** Long enough for a client on the same machine to have read what was sent: a close that follows at once would discard it. */
const SETTLE_MS = 40;

/** The connection is cut some time after so many bytes, so that they arrive for certain. */
export function cutLater(bytes: number): Fault {
  return async (_request, answer) => {
    const whole = await answer();
    return { ...whole, body: piecesUntil(bytes, bodyPieces(whole)) };
  };
}

/** The answer with other headers; `null` takes one away. */
export function changeHeaders(changes: Readonly<Record<string, string | null>>): Fault {
  return async (_request, answer) => {
    const whole = await answer();
    const headers = Object.entries({ ...whole.headers, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null);
    return { ...whole, headers: Object.fromEntries(headers) };
  };
}

/** The body comes at so many bytes a second in small steps, so that hardly anything is under way when the other side dies. */
export function trickle(bytesPerSecond: number): Fault {
  return async (_request, answer) => {
    const whole = await answer();
    return { ...whole, body: smallSteps(bodyPieces(whole), bytesPerSecond) };
  };
}

/** Several faults, one within the other; the last one stands next to the hub's own answer. */
export function combine(...faults: readonly [Fault, ...Fault[]]): Fault {
  const [first, ...rest] = faults;
  const [second, ...others] = rest;
  if (!second) return first;
  return (request, answer) => first(request, (changed) => combine(second, ...others)(changed ?? request, answer));
}

async function* piecesUntil(bytes: number, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const piece of pieces) {
    if (left > 0) yield piece.subarray(0, left);
    left -= piece.byteLength;
    if (left > 0) continue;
    await delay(SETTLE_MS);
    throw new Disconnect();
  }
}

const STEP_BYTES = 16 * 1024;

async function* smallSteps(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, bytesPerSecond: number): AsyncGenerator<Uint8Array> {
  const startedAt = performance.now();
  let sent = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += STEP_BYTES) {
      const step = piece.subarray(at, at + STEP_BYTES);
      sent += step.byteLength;
      yield step;
      const aheadMs = (sent / bytesPerSecond) * 1000 - (performance.now() - startedAt);
      if (aheadMs > 0) await delay(aheadMs);
    }
  }
}
