/** The parts of the hub. Each listens on a port of its own, as the real ones are hosts of their own. */
export const HUB_SERVICES = ['huggingface', 'civitai', 'modelscope', 'github', 'comfy_registry', 'manager', 'storage'] as const;
export type HubService = (typeof HUB_SERVICES)[number];

/** A request as the parts see it. */
export interface HubRequest {
  service: HubService;
  method: string;
  url: URL;
  headers: Headers;
  /** The body as text, `''` when there is none. */
  body: string;
  /** Aborts when the connection is gone. */
  closed: AbortSignal;
}

/** What goes back. A body in pieces needs its own `content-length`; without one it goes out chunked. */
export interface HubAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | null;
}

/** One part of the hub: a request in, an answer out. */
export type HubHandler = (request: HubRequest) => HubAnswer | Promise<HubAnswer>;

/** Thrown by whoever answers, before or within a body: the connection ends there, without a word. */
export class Disconnect extends Error {
  /** `true`: the connection is reset; `false`: it is closed in an orderly way. */
  readonly reset: boolean;

  constructor(reset = false) {
    super('the hub ends this connection');
    this.name = 'Disconnect';
    this.reset = reset;
  }
}

/** A value as JSON, 200 unless `status` says otherwise. */
export function jsonAnswer(value: unknown, options: { status?: number; headers?: Readonly<Record<string, string>> } = {}): HubAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8', ...options.headers };
  return { status: options.status ?? 200, headers, body: JSON.stringify(value) };
}

/** Plain text, 200 unless `status` says otherwise. */
export function textAnswer(text: string, options: { status?: number; headers?: Readonly<Record<string, string>> } = {}): HubAnswer {
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...options.headers };
  return { status: options.status ?? 200, headers, body: text };
}

/** An empty page with a title. */
export function htmlAnswer(title: string, options: { status?: number; headers?: Readonly<Record<string, string>> } = {}): HubAnswer {
  const headers = { 'content-type': 'text/html; charset=utf-8', ...options.headers };
  const body = `<!DOCTYPE html><html lang="en"><head><title>${Bun.escapeHTML(title)}</title></head><body></body></html>`;
  return { status: options.status ?? 200, headers, body };
}

/** A redirect; its body names the target without the query, which may be signed. */
export function redirectAnswer(status: 302 | 307, location: string, headers: Readonly<Record<string, string>> = {}): HubAnswer {
  return textAnswer(`Redirecting to ${location.split('?')[0]}`, { status, headers: { location, ...headers } });
}

/** The token of an `Authorization: Bearer` header, `undefined` without one. */
export function bearerToken(request: HubRequest): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}

/** The path in segments, each percent-decoded by itself; `undefined` when one is malformed. */
export function pathSegments(url: URL): string[] | undefined {
  try {
    return url.pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment) => decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}
