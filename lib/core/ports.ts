/**
 * The effects that are passed in, so that a test needs no mock: a made-up environment, a clock, a network that only knows loopback.
 */
export interface Ports {
  env: Environment;
  /** The user's home folder. */
  home: string;
  /** The working directory that relative arguments are relative to. */
  cwd: string;
  fetch: Fetch;
  fetchFile: FileFetch;
  now: () => Date;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Addresses of a host name; rejects when it has none. */
  lookup: Lookup;
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type Fetch = (input: string, init?: BunFetchRequestInit) => Promise<Response>;
export type Lookup = (hostname: string) => Promise<string[]>;

/** Asks for bytes of a file; the body comes as it is sent. Redirects are answers like others. */
export type FileFetch = (url: string, request: FileRequest) => Promise<Response>;

export interface FileRequest {
  method: 'GET' | 'HEAD';
  headers: Headers;
  /** The only addresses that the host may be reached at; `null`: wherever its name leads. */
  addresses: readonly string[] | null;
  signal?: AbortSignal;
}
