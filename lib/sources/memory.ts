import { z } from 'zod';
import type { AnsweredHop } from '../core/http/client.ts';
import type { ProblemReport } from '../core/model.ts';
import { SERVICE_NAMES } from '../core/services.ts';
import type { ProbeResult } from './probe.ts';

/** What was learnt in earlier runs. A key that is not known gives `undefined`. */
export interface AnswerMemory {
  read(key: string): unknown;
  /** An answer that is too old to be used unless whoever gave it says that it still stands. */
  readStale(key: string): unknown;
  write(key: string, answer: unknown): void;
  /** What was said for good not to be there. It is remembered for a short time only. */
  readAbsence(key: string): unknown;
  writeAbsence(key: string, failure: unknown): void;
}

/** Headers that describe a file. A redirect's target is not among them: it is signed for one request. */
const KEPT_HEADERS = ['x-repo-commit', 'x-linked-size', 'x-linked-etag', 'content-length', 'content-range', 'content-type'] as const;

const keptHop = z.object({
  url: z.string(),
  service: z.enum(SERVICE_NAMES).nullable(),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  authorized: z.boolean(),
});
const keptProbe = z.tuple([keptHop], keptHop);

/** The headers of a file as they are kept. The URLs of storages are left out, since they hold signatures. */
export function keepProbe(probe: Extract<ProbeResult, { ok: true }>): unknown {
  return probe.hops.map(({ url, service, status, headers, authorized }) => {
    const kept = KEPT_HEADERS.flatMap((name) => (headers.get(name) === null ? [] : [[name, headers.get(name)]]));
    return {
      url: service === null ? url.origin : url.origin + url.pathname,
      service,
      status,
      headers: Object.fromEntries(kept),
      authorized,
    };
  });
}

/** What `keepProbe` has kept; `null` when it is something else. */
export function readProbe(kept: unknown): ProbeResult | null {
  const parsed = keptProbe.safeParse(kept);
  if (!parsed.success) return null;
  const [first, ...rest] = parsed.data;
  const hops: [AnsweredHop, ...AnsweredHop[]] = [readHop(first), ...rest.map(readHop)];
  return { ok: true, hops, last: hops.at(-1) ?? hops[0] };
}

function readHop(hop: z.infer<typeof keptHop>): AnsweredHop {
  return { ...hop, url: new URL(hop.url), headers: new Headers(hop.headers) };
}

/** Statuses that say for good that there is no such thing. */
const ABSENT_STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 410]);
/** Headers of a failure that tell what is wrong. */
const FAILURE_HEADERS = ['x-error-code', 'x-error-message'] as const;

/** A request that was answered by "there is no such thing". */
export interface Absence {
  ok: false;
  problem: ProblemReport;
  status: number | null;
  headers: Headers | null;
}

const keptAbsence = z.object({
  problem: z.object({ code: z.string(), error: z.string(), details: z.string(), hint: z.string() }),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
});

/** Whether the failure says for good that there is nothing: Hugging Face answers 401 and 403 for that too, and then gives a code. */
export function isAbsence({ status, headers }: Absence): boolean {
  if (status === null) return false;
  return ABSENT_STATUSES.has(status) || ((status === 401 || status === 403) && headers?.has('x-error-code') === true);
}

export function keepAbsence({ problem, status, headers }: Absence): unknown {
  const kept = FAILURE_HEADERS.flatMap((name) => (headers?.get(name) ? [[name, headers.get(name)]] : []));
  return { problem, status, headers: Object.fromEntries(kept) };
}

/** What `keepAbsence` has kept; `null` when it is something else. */
export function readAbsence(kept: unknown): Absence | null {
  const parsed = keptAbsence.safeParse(kept);
  return parsed.success ? { ok: false, ...parsed.data, headers: new Headers(parsed.data.headers) } : null;
}
