import { lookup } from 'node:dns/promises';
import { homedir } from 'node:os';
import type { Ports } from '../core/ports.ts';

/** The real effects: this process's environment, network, clock and name look-up. */
export function createPorts(): Ports {
  return {
    env: process.env,
    home: process.env['HOME'] || homedir(),
    cwd: process.cwd(),
    fetch: (input, init) => globalThis.fetch(input, init),
    now: () => new Date(),
    sleep,
    lookup: async (hostname) => (await lookup(hostname, { all: true })).map((entry) => entry.address),
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
