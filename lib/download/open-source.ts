import type { AnsweredHop, HttpClient, OpenedAnswer, OpenOptions } from '../core/http/client.ts';
import { describeNetworkError, HttpError } from '../core/http/client.ts';
import { StallWatch } from './pace.ts';
import { TransferError } from './trouble.ts';

/** Where the redirects of a link ended: further pieces are asked for there, without the way over the hub. Never stored: it is signed. */
export interface DirectAddress {
  url: string;
  redirectedFrom: URL;
}

/** An answer whose body is still to be read, and the clock that watches it. */
export interface OpenedSource {
  answer: OpenedAnswer;
  /** `null` when the answer came without a redirect, or is no file. */
  direct: DirectAddress | null;
  watch: StallWatch;
  /** Ends the clock, and the connection unless the body was read to its end. */
  stop(finished: boolean): void;
}

export interface OpenSourceOptions {
  http: HttpClient;
  signal: AbortSignal;
  stallMs: number;
  headers: Readonly<Record<string, string>>;
  direct: DirectAddress | null;
}

/**
 * Asks for bytes of a file: at the address that redirects led to before, and when that has expired, through the original link again.
 * Throws `TransferError` when there is no answer, and the signal's reason when it aborts.
 */
export async function openSource(url: string, options: OpenSourceOptions): Promise<OpenedSource> {
  const controller = new AbortController();
  const seconds = options.stallMs / 1000;
  const watch = new StallWatch(options.stallMs, () => controller.abort(new TransferError({ kind: 'stalled', seconds })));
  const stop = (finished: boolean): void => {
    watch.stop();
    if (!finished) controller.abort();
  };
  try {
    const request = requestOptions(options, { watch, signal: AbortSignal.any([options.signal, controller.signal]) });
    const answer = (await askDirectly(options, request)) ?? (await askThroughHub(url, options.http, request));
    return { answer, direct: findDirect(answer) ?? keepDirect(answer, options.direct), watch, stop };
  } catch (error) {
    stop(false);
    options.signal.throwIfAborted();
    throw asTransferError(error);
  }
}

/** What a failed read or request means for the transfer. Anything that is no failure of the network is returned as it is. */
export function asTransferError(error: unknown): unknown {
  if (error instanceof TransferError) return error;
  if (!(error instanceof HttpError)) return error;
  if (error.code === 'network') return new TransferError({ kind: 'network', detail: error.message }, { cause: error });
  return new TransferError({ kind: 'refused', code: error.code, detail: error.message }, { cause: error });
}

/** A body that broke off. */
export function brokenBody(error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  return new TransferError({ kind: 'network', detail: `The transfer broke off: ${describeNetworkError(error)}` }, { cause: error });
}

/** A pause that a server has asked for is no stall: the clock counts from the moment at which the request is sent. */
function requestOptions({ headers }: OpenSourceOptions, { watch, signal }: { watch: StallWatch; signal: AbortSignal }): OpenOptions {
  return { trust: 'workflow', raw: true, headers, signal, onWait: () => watch.pause(), onSend: () => watch.begin() };
}

async function askDirectly(options: OpenSourceOptions, request: OpenOptions): Promise<OpenedAnswer | undefined> {
  if (!options.direct) return undefined;
  const answer = await options.http.open(options.direct.url, { ...request, redirectedFrom: options.direct.redirectedFrom });
  const { status } = answer.response;
  if (status < 400 || status === 416 || status === 429 || status >= 500) return answer;
  await dropBody(answer);
  return undefined;
}

/** A token that Hugging Face does not know makes it refuse public files too: those it gives to anybody who sends none. */
async function askThroughHub(url: string, http: HttpClient, request: OpenOptions): Promise<OpenedAnswer> {
  const answer = await http.open(url, request);
  if (!isRejectedToken(lastHop(answer))) return answer;
  const anonymous = await http.open(url, { ...request, anonymous: true });
  if (anonymous.response.status < 400) {
    await dropBody(answer);
    return anonymous;
  }
  await dropBody(anonymous);
  return answer;
}

function isRejectedToken(hop: AnsweredHop): boolean {
  return hop.service === 'huggingface' && hop.status === 401 && hop.authorized && !hop.headers.has('x-error-code');
}

function findDirect(answer: OpenedAnswer): DirectAddress | null {
  const before = answer.hops.at(-2);
  const last = lastHop(answer);
  return before && last.status < 400 ? { url: last.url.href, redirectedFrom: before.url } : null;
}

function keepDirect(answer: OpenedAnswer, direct: DirectAddress | null): DirectAddress | null {
  return direct !== null && lastHop(answer).url.href === direct.url ? direct : null;
}

function lastHop(answer: OpenedAnswer): AnsweredHop {
  return answer.hops.at(-1) ?? answer.hops[0];
}

async function dropBody(answer: OpenedAnswer): Promise<void> {
  await answer.response.body?.cancel().catch(() => undefined);
}
