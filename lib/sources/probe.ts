import type { AnsweredHop } from '../core/http/client.ts';
import { HttpError } from '../core/http/client.ts';
import { isPassingStatus, isWorthAnotherAttempt, readRetryAfterMs, retryPauseMs } from '../core/http/retry.ts';
import { makeAnswerLimit, PATIENCE } from '../core/http/time-limit.ts';
import type { ProblemReport } from '../core/model.ts';
import type { ApiTrouble } from '../core/problems.ts';
import { apiProblem } from '../core/problems.ts';
import type { KeyedService } from '../core/secrets.ts';
import type { WireContext } from './types.ts';

/** A server that asks for a longer pause than this counts as rate-limited for now. */
const LONGEST_RETRY_MS = 20_000;

export interface ProbeRequest {
  url: string;
  method: 'GET' | 'HEAD';
  headers?: Readonly<Record<string, string>>;
  /** Whose trouble it is; a host name for a place that is no service. */
  service: KeyedService | { host: string };
  trust: 'service' | 'workflow';
  anonymous?: boolean;
  /** See `OpenOptions.stayOnService`. */
  stayOnService?: boolean;
}

export type ProbeResult =
  | { ok: true; hops: readonly [AnsweredHop, ...AnsweredHop[]]; last: AnsweredHop }
  | { ok: false; problem: ProblemReport; status: number | null; headers: Headers | null };

/**
 * One request for the headers of a file; its body is not read. Redirects and 2xx are `ok`. Asks again after passing failures; throws only
 * when the run is aborted.
 */
export async function probeUrl(request: ProbeRequest, context: WireContext): Promise<ProbeResult> {
  let wasSilent = false;
  for (let attempt = 1; ; attempt++) {
    const result = await attemptProbe(request, context, wasSilent);
    if (result.ok || !isWorthAnotherAttempt(result.problem.code, attempt) || !isPassing(result)) return result;
    wasSilent = result.problem.code.endsWith('_timeout');
    const retryAfterMs = result.headers ? readRetryAfterMs(result.headers, context.ports.now()) : null;
    if ((retryAfterMs ?? 0) > LONGEST_RETRY_MS) return result;
    await context.ports.sleep(retryPauseMs(attempt, { retryAfterMs }), context.signal);
  }
}

function isPassing(result: { problem: ProblemReport; status: number | null }): boolean {
  if (result.status !== null) return isPassingStatus(result.status);
  return result.problem.code.endsWith('_unreachable') || result.problem.code.endsWith('_timeout');
}

/** Redirects and all, the headers have to come as soon as any answer has to begin. */
async function attemptProbe(request: ProbeRequest, context: WireContext, isSecond: boolean): Promise<ProbeResult> {
  const limit = makeAnswerLimit(context.patience ?? PATIENCE, isSecond);
  const fail = (trouble: ApiTrouble, status: number | null = null, headers: Headers | null = null): ProbeResult => {
    return { ok: false, problem: describeTrouble(request.service, trouble), status, headers };
  };
  try {
    const { response, hops } = await context.http.open(request.url, {
      method: request.method,
      trust: request.trust,
      raw: true,
      anonymous: request.anonymous ?? false,
      stayOnService: request.stayOnService ?? false,
      signal: AbortSignal.any([context.signal, limit.signal]),
      onSend: () => limit.start(),
      ...(request.headers ? { headers: request.headers } : {}),
    });
    await response.body?.cancel().catch(() => undefined);
    if (response.status < 400) return { ok: true, hops, last: hops.at(-1) ?? hops[0] };
    const detail = response.headers.get('x-error-message')?.slice(0, 300) ?? null;
    return fail({ kind: 'status', status: response.status, detail }, response.status, response.headers);
  } catch (error) {
    context.signal.throwIfAborted();
    const seconds = limit.vainSeconds();
    if (seconds !== null) return fail({ kind: 'timeout', seconds });
    if (!(error instanceof HttpError)) throw error;
    if (error.code === 'network') return fail({ kind: 'network', detail: error.message });
    return fail({ kind: 'refused', code: error.code, detail: error.message });
  } finally {
    limit.stop();
  }
}

function describeTrouble(service: ProbeRequest['service'], trouble: ApiTrouble): ProblemReport {
  if (typeof service === 'string') return apiProblem(service, trouble);
  return describeHostTrouble(service.host, trouble);
}

/** The report of a failure at a host that is none of the services. */
function describeHostTrouble(host: string, trouble: ApiTrouble): ProblemReport {
  const error = `Link could not be checked: ${host}`;
  switch (trouble.kind) {
    case 'status':
      return {
        code: trouble.status === 429 ? 'link_rate_limited' : 'link_refused',
        error,
        details: trouble.detail ?? `The server answered with status ${trouble.status}`,
        hint: 'Open the link in a browser; pass another place with --pick or overrides',
      };
    case 'timeout':
      return { code: 'link_timeout', error, details: `No answer within ${trouble.seconds} s`, hint: 'Run resume later' };
    case 'network':
      return { code: 'link_unreachable', error, details: trouble.detail, hint: 'Check the network and the link, then run resume' };
    case 'garbage':
      return { code: 'link_refused', error, details: trouble.detail, hint: 'Open the link in a browser' };
    case 'refused':
      return {
        code: trouble.code,
        error,
        details: trouble.detail,
        hint: `Add ${host} to download.allowed_hosts in config.json if you trust it`,
      };
  }
}
