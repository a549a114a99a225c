import type { Fetch } from '../core/ports.ts';

/** A fetch that reaches the sandbox's own servers and nobody else: no service, and no ComfyUI that happens to run on this machine. */
export function confineFetch(fetch: Fetch, origins: readonly string[]): Fetch {
  return (input, init) => {
    const { origin } = new URL(input);
    return origins.includes(origin) ? fetch(input, init) : Promise.reject(new TypeError(`${origin} is outside the sandbox`));
  };
}
