/** A fetch that reaches the sandbox's own servers and nobody else: no service, and no ComfyUI that happens to run on this machine. */
export function confineFetch<Options>(
  fetch: (input: string, options: Options) => Promise<Response>,
  origins: readonly string[],
): (input: string, options: Options) => Promise<Response> {
  return (input, options) => {
    const { origin } = new URL(input);
    return origins.includes(origin) ? fetch(input, options) : Promise.reject(new TypeError(`${origin} is outside the sandbox`));
  };
}
