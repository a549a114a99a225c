import type { ZodType } from 'zod';
import { describeError } from '../error.ts';
import type { ProblemReport } from '../model.ts';
import type { Ports } from '../ports.ts';
import type { ApiTrouble } from '../problems.ts';
import { apiProblem } from '../problems.ts';
import type { ServiceName } from '../services.ts';
import type { HttpClient } from './client.ts';
import { HttpError } from './client.ts';
import { isPassingStatus, isWorthAnotherAttempt, readRetryAfterMs, retryPauseMs } from './retry.ts';
import type { Patience } from './time-limit.ts';
import { makeAnswerLimit, PATIENCE } from './time-limit.ts';

/** A service that asks for a longer pause than this counts as rate-limited for now. */
const LONGEST_RETRY_MS = 20_000;
/** Larger than any answer that is asked for; ComfyUI-Manager's node map has 2.4 MB, a page of a model list about 5 MB. */
const LARGEST_BODY_BYTES = 64 * 1024 * 1024;

export type ApiResult<T> =
  | { ok: true; value: T; status: number; headers: Headers }
  | { ok: false; problem: ProblemReport; status: number | null; headers: Headers | null };

export interface ApiRequest<T> {
  /** Absolute URL, public or endpoint form. */
  url: string;
  service: ServiceName;
  schema: ZodType<T>;
  method?: 'GET' | 'POST';
  json?: unknown;
  signal?: AbortSignal;
  anonymous?: boolean;
  /** How often to ask while failures are passing ones; 3 when absent, never more than 2 after no answer at all, 1 after half of one. */
  attempts?: number;
  /** How long the answer may take, where it is not as usual. */
  patience?: Patience;
  /** Sent beside the usual ones, such as a validator; never a secret. */
  headers?: Readonly<Record<string, string>>;
}

export interface ApiContext {
  http: HttpClient;
  ports: Pick<Ports, 'sleep' | 'now'>;
  /** How long an answer may take; `PATIENCE` when absent. */
  patience?: Patience;
}

/**
 * One API call: asks again after passing failures, reads the answer through `schema`, and reports every failure as data.
 * Throws only when the signal aborts.
 */
export async function fetchJson<T>(request: ApiRequest<T>, context: ApiContext): Promise<ApiResult<T>> {
  let wasSilent = false;
  for (let attempt = 1; ; attempt++) {
    const { result, retryAfterMs, isTooSlow, isSilent }: Attempt<T> = await attemptJson(request, context, wasSilent);
    if (result.ok || isTooSlow || !isWorthAnotherAttempt(result.problem.code, attempt, request.attempts)) return result;
    wasSilent = isSilent;
    const passing = result.status === null ? isPassingProblem(result.problem) : isPassingStatus(result.status);
    if (!passing || (retryAfterMs ?? 0) > LONGEST_RETRY_MS) return result;
    await context.ports.sleep(retryPauseMs(attempt, { retryAfterMs }), request.signal);
  }
}

function isPassingProblem(problem: ProblemReport): boolean {
  return problem.code.endsWith('_unreachable') || problem.code.endsWith('_timeout');
}

interface Attempt<T> {
  result: ApiResult<T>;
  retryAfterMs: number | null;
  /** Nothing came in time. */
  isSilent: boolean;
  /** The answer began, and was not whole in time: it will not come sooner for being asked again. */
  isTooSlow: boolean;
}

async function attemptJson<T>(request: ApiRequest<T>, context: ApiContext, isSecond: boolean): Promise<Attempt<T>> {
  const limit = makeAnswerLimit(request.patience ?? context.patience ?? PATIENCE, isSecond);
  const signal = request.signal ? AbortSignal.any([request.signal, limit.signal]) : limit.signal;
  const fail = (trouble: ApiTrouble, status: number | null = null, headers: Headers | null = null): Attempt<T> => ({
    result: { ok: false, problem: apiProblem(request.service, trouble), status, headers },
    retryAfterMs: headers ? readRetryAfterMs(headers, context.ports.now()) : null,
    isSilent: limit.wasSilent(),
    isTooSlow: trouble.kind === 'timeout' && !limit.wasSilent(),
  });
  try {
    const { response } = await openJson(request, { http: context.http, signal, onSend: () => limit.start() });
    limit.begin();
    const text = await readText(response);
    if (!response.ok) return fail({ kind: 'status', status: response.status, detail: readDetail(text) }, response.status, response.headers);
    const value = parseBody(text, request.schema);
    if (!value.ok) return fail({ kind: 'garbage', detail: value.detail });
    const result: ApiResult<T> = { ok: true, value: value.value, status: response.status, headers: response.headers };
    return { result, retryAfterMs: null, isSilent: false, isTooSlow: false };
  } catch (error) {
    request.signal?.throwIfAborted();
    const seconds = limit.vainSeconds();
    if (seconds !== null) return fail({ kind: 'timeout', seconds });
    if (error instanceof HttpError && error.code !== 'network') return fail({ kind: 'refused', code: error.code, detail: error.message });
    return fail({ kind: 'network', detail: error instanceof HttpError ? error.message : 'the answer broke off' });
  } finally {
    limit.stop();
  }
}

function openJson<T>(request: ApiRequest<T>, options: { http: HttpClient; signal: AbortSignal; onSend: () => void }) {
  return options.http.open(request.url, {
    method: request.method ?? 'GET',
    trust: 'service',
    anonymous: request.anonymous ?? false,
    signal: options.signal,
    onSend: options.onSend,
    headers: {
      ...request.headers,
      accept: 'application/json',
      ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
  });
}

/** Reads a body whole, but never more than a bound; throws when it is longer. */
async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > LARGEST_BODY_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody<T>(text: string, schema: ZodType<T>): { ok: true; value: T } | { ok: false; detail: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, detail: /^\s*</.test(text) ? 'an HTML page instead of JSON' : 'the answer is no JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    ok: false,
    detail: `the answer has another shape: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? describeError(parsed.error)}`,
  };
}

/** The words of an error answer: both hubs have them under `error` or `message`, Civitai sometimes as an object. Bounded; plain text only. */
function readDetail(text: string): string | null {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return null;
    const message = 'message' in json ? json.message : undefined;
    const error = 'error' in json ? json.error : undefined;
    const words = [message, error].find((part) => typeof part === 'string' && part !== '');
    return typeof words === 'string' ? words.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300) : null;
  } catch {
    return null;
  }
}
