import type { Endpoints } from '../../lib/core/services.ts';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import { type HubAnswer, type HubRequest, type HubService } from '../../lib/hub/exchange.ts';
import { type Hub, type HubOptions, startHub } from '../../lib/hub/hub.ts';
import { bodyPieces, type Fault } from './faults.ts';

/** What came in and what went out. */
interface LoggedRequest {
  service: HubService;
  method: string;
  /** Path and query. */
  path: string;
  range: string | null;
  ifRange: string | null;
  userAgent: string | null;
  hasAuthorization: boolean;
  body: string;
  /** `null` when the connection ended without an answer. */
  status: number | null;
  /** Bytes of the body handed to the connection. */
  bytesSent: number;
}

/** Which requests a fault meets. What is absent matches everything. */
interface FaultMatcher {
  service?: HubService;
  method?: string;
  /** Tested on path and query; a text is searched for. */
  path?: RegExp | string;
  /** How many matching requests pass unharmed first. */
  after?: number;
  /** How many are met then; all when absent. */
  times?: number;
}

/** The hub with a request log, faults and a clock that can be put forward. */
export interface TestHub extends AsyncDisposable {
  endpoints: Endpoints;
  origins: Readonly<Record<HubService, string>>;
  requests: LoggedRequest[];
  /** From now on the first fault that matches and is not used up answers. */
  inject(matcher: FaultMatcher, fault: Fault): void;
  /** Forgets every fault. */
  heal(): void;
  /** Its port refuses connections from now on. */
  takeDown(service: HubService): Promise<void>;
  /** Puts the hub's clock forward: links expire, rate windows begin anew. */
  passTime(seconds: number): void;
  stop(): Promise<void>;
}

/** Starts the hub for a test; `await using` stops it. */
export async function startTestHub(catalogue: HubCatalogue, options: Omit<HubOptions, 'intercept' | 'now'> = {}): Promise<TestHub> {
  const requests: LoggedRequest[] = [];
  let faults: ActiveFault[] = [];
  let offsetMs = 0;
  const hub: Hub = await startHub(catalogue, {
    ...options,
    now: () => Date.now() + offsetMs,
    async intercept(request, answer) {
      const entry = logRequest(request);
      requests.push(entry);
      const fault = takeFault(faults, entry);
      const given = fault ? await fault(request, answer) : await answer();
      entry.status = given.status;
      return countBody(given, entry);
    },
  });
  return {
    endpoints: hub.endpoints,
    origins: hub.origins,
    requests,
    inject(matcher, fault) {
      faults.push({ matcher, fault, seen: 0 });
    },
    heal() {
      faults = [];
    },
    takeDown: (service) => hub.stop(service),
    passTime(seconds) {
      offsetMs += seconds * 1000;
    },
    stop: () => hub.stop(),
    [Symbol.asyncDispose]: () => hub.stop(),
  };
}

interface ActiveFault {
  matcher: FaultMatcher;
  fault: Fault;
  seen: number;
}

function takeFault(faults: readonly ActiveFault[], entry: LoggedRequest): Fault | undefined {
  for (const active of faults) {
    if (!matches(active.matcher, entry)) continue;
    const { after = 0, times = Infinity } = active.matcher;
    const place = active.seen++;
    if (place >= after && place < after + times) return active.fault;
  }
  return undefined;
}

function matches(matcher: FaultMatcher, entry: LoggedRequest): boolean {
  if (matcher.service !== undefined && matcher.service !== entry.service) return false;
  if (matcher.method !== undefined && matcher.method !== entry.method) return false;
  if (matcher.path === undefined) return true;
  return typeof matcher.path === 'string' ? entry.path.includes(matcher.path) : matcher.path.test(entry.path);
}

function logRequest(request: HubRequest): LoggedRequest {
  return {
    service: request.service,
    method: request.method,
    path: request.url.pathname + request.url.search,
    range: request.headers.get('range'),
    ifRange: request.headers.get('if-range'),
    userAgent: request.headers.get('user-agent'),
    hasAuthorization: request.headers.has('authorization'),
    body: request.body,
    status: null,
    bytesSent: 0,
  };
}

function countBody(answer: HubAnswer, entry: LoggedRequest): HubAnswer {
  if (typeof answer.body === 'string' || answer.body === null) {
    entry.bytesSent = answer.body === null ? 0 : Buffer.byteLength(answer.body);
    return answer;
  }
  return { ...answer, body: count(answer, entry) };
}

async function* count(answer: HubAnswer, entry: LoggedRequest): AsyncGenerator<Uint8Array> {
  for await (const piece of bodyPieces(answer)) {
    entry.bytesSent += piece.byteLength;
    yield piece;
  }
}
