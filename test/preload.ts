/** Runs before every test file: whatever a test does, it reaches no address but loopback. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const realFetch = globalThis.fetch;

const guarded = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (!LOOPBACK.test(url.hostname)) return Promise.reject(new Error(`a test tried to reach ${url.hostname}`));
  return realFetch(input, init);
};

globalThis.fetch = Object.assign(guarded, { preconnect: realFetch.preconnect });
