import type { ApiRequest, ApiResult } from '../core/http/json.ts';
import { fetchJson } from '../core/http/json.ts';
import type { ProblemReport } from '../core/model.ts';
import type { Endpoints } from '../core/services.ts';
import { SERVICE_TITLES } from '../core/services.ts';
import type { AnswerMemory } from './memory.ts';
import { isAbsence, keepAbsence, keepProbe, readAbsence, readProbe } from './memory.ts';
import { noAnswer, type NoAnswer, Partners } from './partners.ts';
import type { ProbeRequest, ProbeResult } from './probe.ts';
import { probeUrl } from './probe.ts';
import type { WireContext } from './types.ts';

/**
 * How sources ask: over the network, or by what earlier answers have told. `refusal` is what a question comes to that is not to go over the
 * network; earlier answers are used all the same.
 */
export interface Wire {
  json<T>(request: ApiRequest<T>, refusal?: ProblemReport | null): Promise<ApiResult<T>>;
  probe(request: ProbeRequest, refusal?: ProblemReport | null): Promise<ProbeResult>;
}

/** Asks over the network each time; those who never answer are not asked again. */
export function makeWire(context: WireContext): Wire {
  const partners = new Partners();
  return {
    async json(request, refusal = null) {
      if (refusal) return noAnswer(refusal);
      const { service, signal = context.signal } = request;
      return partners.ask(service, signal, async (ending) => fetchJson({ ...request, signal: ending }, context));
    },
    async probe(request, refusal = null) {
      if (refusal) return noAnswer(refusal);
      const name = typeof request.service === 'string' ? request.service : request.service.host;
      return partners.ask(name, context.signal, async (ending) => probeUrl(request, { ...context, signal: ending }));
    },
  };
}

/** Answers from memory what it can, and keeps what the other one answers. Of failures only those are kept that say that there is nothing. */
export function rememberAnswers(wire: Wire, memory: AnswerMemory, context: WireContext): Wire {
  return {
    async json(request, refusal) {
      const key = jsonKey(request, context);
      const kept = readJson(memory.read(key), request) ?? readAbsence(memory.readAbsence(key));
      if (kept) return kept;
      const stale = memory.readStale(key);
      const tag = readTag(stale);
      const result = await wire.json(tag === null ? request : { ...request, headers: { 'if-none-match': tag } }, refusal);
      const still = !result.ok && result.status === 304 ? readJson(stale, request) : null;
      if (still) memory.write(key, stale);
      if (still) return still;
      if (result.ok) memory.write(key, { value: result.value, link: result.headers.get('link'), tag: result.headers.get('etag') });
      else if (isAbsence(result)) memory.writeAbsence(key, keepAbsence(result));
      return result;
    },
    async probe(request, refusal) {
      const key = probeKey(request, context);
      const kept = readProbe(memory.read(key)) ?? readAbsence(memory.readAbsence(key));
      if (kept) return kept;
      const result = await wire.probe(request, refusal);
      if (!result.ok && isAbsence(result)) memory.writeAbsence(key, keepAbsence(result));
      // a page in place of a file is a wall that may be gone tomorrow
      if (result.ok && !/^(?:text\/html|application\/json)\b/i.test(result.last.headers.get('content-type') ?? ''))
        memory.write(key, keepProbe(result));
      return result;
    },
  };
}

/** Never asks; what memory does not know is a failure. */
export function makeOfflineWire(): Wire {
  return {
    json: async ({ service }) => offlineFailure(SERVICE_TITLES[service]),
    probe: async ({ service }) => offlineFailure(typeof service === 'string' ? SERVICE_TITLES[service] : service.host),
  };
}

function offlineFailure(title: string): NoAnswer {
  return noAnswer({
    code: 'offline',
    error: `${title} was not asked`,
    details: 'offline, and no earlier answer tells',
    hint: 'Run resolve without --offline',
  });
}

function readJson<T>(kept: unknown, request: ApiRequest<T>): ApiResult<T> | null {
  if (typeof kept !== 'object' || kept === null || !('value' in kept)) return null;
  const parsed = request.schema.safeParse(kept.value);
  if (!parsed.success) return null;
  const link = 'link' in kept && typeof kept.link === 'string' ? { link: kept.link } : {};
  return { ok: true, value: parsed.data, status: 200, headers: new Headers(link) };
}

function readTag(kept: unknown): string | null {
  if (typeof kept !== 'object' || kept === null || !('tag' in kept)) return null;
  return typeof kept.tag === 'string' ? kept.tag : null;
}

function jsonKey<T>(request: ApiRequest<T>, context: WireContext): string {
  const { service, url, method = 'GET', json = null, anonymous = false } = request;
  return JSON.stringify([method, url, json, ...place(service, context.http.endpoints), !anonymous && context.http.hasKey(service)]);
}

function probeKey(request: ProbeRequest, context: WireContext): string {
  const { service, url, method, anonymous = false } = request;
  if (typeof service !== 'string') return JSON.stringify([method, url]);
  return JSON.stringify([method, url, ...place(service, context.http.endpoints), !anonymous && context.http.hasKey(service)]);
}

/** Mirrors may differ from the service itself. */
function place(service: keyof Endpoints, endpoints: Endpoints): [string, string] {
  return [service, endpoints[service]];
}
