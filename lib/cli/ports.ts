import { lookup } from 'node:dns/promises';
import { homedir } from 'node:os';
import { isProxied } from '../core/http/wire/proxy.ts';
import { Wire } from '../core/http/wire/wire.ts';
import type { FileFetch, Ports } from '../core/ports.ts';

/** The real effects: this process's environment, network, clock and name look-up. */
export function createPorts(): Ports {
  keepLoopbackFromProxies();
  return {
    env: process.env,
    home: process.env['HOME'] || homedir(),
    cwd: process.cwd(),
    fetch: (input, init) => globalThis.fetch(input, init),
    fetchFile: makeFileFetch(),
    now: () => new Date(),
    sleep,
    lookup: async (hostname) => (await lookup(hostname, { all: true })).map((entry) => entry.address),
  };
}

/** Through a proxy the runtime's own fetch knows the way. */
function makeFileFetch(): FileFetch {
  const wire = new Wire();
  return (url, request) => {
    if (!isProxied(url, process.env)) return wire.fetch(url, request);
    const { method, headers, signal } = request;
    return globalThis.fetch(url, { method, headers, redirect: 'manual', decompress: false, timeout: false, ...(signal && { signal }) });
  };
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/**
 * A proxy cannot reach this machine's own addresses: a running ComfyUI, a mirror on loopback, the demo's hub. Bun (1.4.5) has no switch
 * for a single request, and reads `NO_PROXY` anew at each.
 */
function keepLoopbackFromProxies(): void {
  const given = process.env['NO_PROXY'] ?? process.env['no_proxy'] ?? '';
  const hosts = [...given.split(',').filter(Boolean), ...LOOPBACK].join(',');
  Object.assign(process.env, { NO_PROXY: hosts, no_proxy: hosts });
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
