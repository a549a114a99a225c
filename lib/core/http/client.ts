import { describeError, systemErrorCode } from '../error.ts';
import type { Ports } from '../ports.ts';
import type { Secrets } from '../secrets.ts';
import { isKeyed, redactUrl, secretFor } from '../secrets.ts';
import type { Endpoints, ServiceName } from '../services.ts';
import { routeUrl } from '../services.ts';
import { untilAborted } from '../until-aborted.ts';
import type { GuardRules, Refusal } from './guard.ts';
import { admit } from './guard.ts';
import { laneOf } from './paces.ts';
import type { Pacing } from './pacing.ts';
import { paceFor, pacingOf } from './pacing.ts';

/** More redirects than any of the services makes; curl stops at 50, browsers at 20. */
const MOST_REDIRECTS = 10;

export interface HttpSettings {
  /** Without `fetchFile`, bytes of files come through `fetch` too. */
  ports: Pick<Ports, 'fetch' | 'sleep' | 'lookup' | 'now'> & Partial<Pick<Ports, 'fetchFile'>>;
  endpoints: Endpoints;
  secrets: Secrets;
  allowedHosts: readonly string[];
  /** `name/version (+url)`: Civitai's firewall refuses default agents and treats browser-like ones as browsers. */
  userAgent: string;
  /** How often each service may be asked; `null` or absent: at the pace that each is known to bear. */
  maxRequestsPerSecond?: number | null;
}

export interface OpenOptions {
  method?: 'GET' | 'HEAD' | 'POST';
  /** Sent on every hop; never put a secret here. */
  headers?: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal;
  /** `workflow` for a URL that was read in a workflow, a catalogue or another place that anybody may write. */
  trust: 'service' | 'workflow';
  /** Told that the request begins to wait for its turn, which may take as long as the server has asked for; of several hops, each time. */
  onWait?: () => void;
  /** Told that the request is being sent, having waited for its turn; of several hops, each time. */
  onSend?: () => void;
  /** Send no key even to its own service. */
  anonymous?: boolean;
  /** Ask for the bytes as they are stored, do not decompress what a server compresses all the same, and never time out. For files. */
  raw?: boolean;
  /** The hop that redirected to this URL earlier: the guard judges this request as that redirect again. */
  redirectedFrom?: URL;
  /** Stop at a redirect that leaves the service, and return it: its headers describe the file, and its target may take no HEAD. */
  stayOnService?: boolean;
}

/** One answer on the way: redirects carry headers that the last answer does not have (`X-Linked-Etag`). */
export interface AnsweredHop {
  url: URL;
  service: ServiceName | null;
  status: number;
  headers: Headers;
  /** A key was sent with this hop. */
  authorized: boolean;
}

export interface OpenedAnswer {
  /** The last answer; its body has not been read. */
  response: Response;
  /** First to last; the last one is `response`. */
  hops: readonly [AnsweredHop, ...AnsweredHop[]];
}

/** A request that got no HTTP answer: refused by the guard, or failed on the wire. Its message is safe to show. */
export class HttpError extends Error {
  readonly code: Refusal['code'] | 'network' | 'too_many_redirects' | 'bad_redirect';

  constructor(code: HttpError['code'], message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'HttpError';
    this.code = code;
  }
}

/**
 * The one way out to the network. It sends URLs of public services to their endpoints, follows redirects itself so that each hop is
 * checked and a key goes to its own service's endpoint only, and keeps the pauses that servers ask for.
 */
export class HttpClient {
  readonly endpoints: Endpoints;
  readonly #settings: HttpSettings;
  readonly #guard: GuardRules;
  readonly #pacing: Pacing;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
    this.endpoints = settings.endpoints;
    this.#guard = { endpoints: settings.endpoints, allowedHosts: settings.allowedHosts, lookup: settings.ports.lookup };
    this.#pacing = pacingOf(settings.ports);
  }

  /** A client for which links of workflows may lead to these hosts too. */
  trusting(hosts: readonly string[]): HttpClient {
    return new HttpClient({ ...this.#settings, allowedHosts: [...this.#settings.allowedHosts, ...hosts] });
  }

  /** `true` when this user has a key for the service. */
  hasKey(service: ServiceName): boolean {
    return isKeyed(service) && (this.#settings.secrets[service] ?? null) !== null;
  }

  /** How this program names itself. */
  get userAgent(): string {
    return this.#settings.userAgent;
  }

  /** What the user's aria2 daemon wants to hear, `null` for nothing. */
  get aria2Secret(): string | null {
    return this.#settings.secrets.aria2 ?? null;
  }

  /** Posts JSON to a program of the user's own that his configuration names: wherever it stands, without any service's key. */
  async tellDaemon(url: string, json: string, signal: AbortSignal): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    try {
      return await this.#settings.ports.fetch(url, { method: 'POST', headers, body: json, redirect: 'error', signal });
    } catch (error) {
      throw new HttpError('network', `${parseUrl(url).host} did not answer: ${describeNetworkError(error)}`, { cause: error });
    }
  }

  /**
   * Sends one request and follows its redirects. Every HTTP status is an answer; throws `HttpError` when there is none, and the
   * signal's reason when it aborts.
   */
  async open(url: string, options: OpenOptions): Promise<OpenedAnswer> {
    const hops: AnsweredHop[] = [];
    let target = parseUrl(url);
    for (;;) {
      const { hop, response } = await this.#step(target, hops.at(-1)?.url ?? options.redirectedFrom ?? null, options);
      hops.push(hop);
      const location = redirectTarget(response);
      if (location === null || (options.stayOnService && this.#leaves(hop, location))) {
        return { response, hops: [hops[0] ?? hop, ...hops.slice(1)] };
      }
      await response.body?.cancel().catch(() => undefined);
      if (hops.length > MOST_REDIRECTS) throw new HttpError('too_many_redirects', `${redactUrl(url)} redirects without end`);
      target = parseUrl(location, hop.url);
    }
  }

  #leaves(hop: AnsweredHop, location: string): boolean {
    return routeUrl(parseUrl(location, hop.url), this.endpoints).service !== hop.service;
  }

  async #step(target: URL, previous: URL | null, options: OpenOptions): Promise<{ hop: AnsweredHop; response: Response }> {
    const { url, service } = routeUrl(target, this.endpoints);
    const admitting = admit({ url, previous, trust: options.trust }, this.#guard);
    // a name may take long to be looked up
    const admission = await (options.signal ? untilAborted(admitting, options.signal) : admitting);
    if (admission.refusal) throw new HttpError(admission.refusal.code, admission.refusal.reason);
    const secret = options.anonymous ? null : secretFor(url, service, this.#settings);
    const lane = laneOf(service, url);
    const line = `${url.origin} ${lane?.name ?? ''}`;
    options.onWait?.();
    await this.#pacing.wait(line, paceFor(url, lane, this.#settings.maxRequestsPerSecond ?? null), options.signal);
    options.onSend?.();
    const response = await this.#send({ url, service, secret, addresses: admission.addresses }, options);
    this.#pacing.note(line, response);
    return { response, hop: { url, service, status: response.status, headers: response.headers, authorized: secret !== null } };
  }

  async #send({ url, service, secret, addresses }: Target, options: OpenOptions): Promise<Response> {
    const headers = new Headers(options.headers);
    headers.set('user-agent', this.#settings.userAgent);
    if (secret !== null) headers.set('authorization', `Bearer ${secret}`);
    // a part of ModelScope knows its token as a cookie only (its SDK sends both, 2026-07)
    if (secret !== null && service === 'modelscope') headers.set('cookie', `m_session_id=${secret}`);
    if (options.raw) headers.set('accept-encoding', 'identity');
    const { method = 'GET', signal, body } = options;
    const { fetch, fetchFile } = this.#settings.ports;
    try {
      if (options.raw && fetchFile && method !== 'POST')
        return await fetchFile(url.href, { method, headers, addresses, ...(signal && { signal }) });
      return await fetch(url.href, {
        method,
        headers,
        redirect: 'manual',
        decompress: !options.raw,
        ...(options.raw ? { timeout: false } : {}),
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new HttpError('network', `${url.host} did not answer: ${describeNetworkError(error)}`, { cause: error });
    }
  }
}

/** Where one request goes, whose place that is, the key for it, and the addresses that were judged. */
interface Target {
  url: URL;
  service: ServiceName | null;
  secret: string | null;
  addresses: readonly string[] | null;
}

function redirectTarget(response: Response): string | null {
  return [301, 302, 303, 307, 308].includes(response.status) ? response.headers.get('location') : null;
}

function parseUrl(url: string, base?: URL): URL {
  try {
    return new URL(url, base);
  } catch (error) {
    throw new HttpError('bad_redirect', base ? `${base.host} redirects to something that is no URL` : 'this is no URL', { cause: error });
  }
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ConnectionRefused: 'connection refused',
  ECONNRESET: 'connection reset',
  ConnectionClosed: 'connection closed',
  ENOTFOUND: 'the host name has no address',
  FailedToOpenSocket: 'no connection',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'no way to its network',
  ENETUNREACH: 'no way to its network',
  ETIMEDOUT: 'timeout',
  MalformedAnswer: 'its answer is no HTTP',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: "its certificate is not valid yet; look at this machine's clock",
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody known here has signed its certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody known here has signed its certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'nobody known here has signed its certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody known here has signed its certificate',
};

/** The words for a failed connection; the runtime's own may hold a URL with its query. */
export function describeNetworkError(error: unknown): string {
  const code = systemErrorCode(error);
  if (code) return NETWORK_WORDS[code] ?? code;
  return describeError(error).replaceAll(/https?:\/\/\S+/g, '[URL]');
}
