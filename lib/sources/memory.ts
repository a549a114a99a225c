import { z } from 'zod';
import type { AnsweredHop } from '../core/http/client.ts';
import { SERVICE_NAMES } from '../core/services.ts';
import type { ProbeResult } from './probe.ts';

/** What was learnt in earlier runs. A key that is not known gives `undefined`. */
export interface AnswerMemory {
  read(key: string): unknown;
  write(key: string, answer: unknown): void;
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
