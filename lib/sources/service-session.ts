import type { ApiRequest, ApiResult } from '../core/http/json.ts';
import type { ProblemReport, Unchecked } from '../core/model.ts';
import { apiProblem } from '../core/problems.ts';
import type { KeyedService } from '../core/secrets.ts';
import type { ProbeRequest, ProbeResult } from './probe.ts';
import type { SourceContext } from './types.ts';

/** So many questions may fail on the wire before the service counts as down for the rest of the run. */
const MOST_FAILURES = 2;

/** An `ApiRequest` whose service, signal and key the session adds. */
export type SessionRequest<T> = Omit<ApiRequest<T>, 'service' | 'signal' | 'anonymous'> & {
  /** A refusal means the service and not one thing in it: lists and searches are open to everybody. */
  open?: boolean;
};

/**
 * The conversation with one service during one run: what it refuses is reported once, and a service that is down, limits or rejects us is
 * not asked again and again. Every question gets an answer: one of an earlier run, else the failure of an earlier question.
 */
export class ServiceSession {
  readonly service: KeyedService;
  readonly #context: SourceContext;
  #failures = 0;
  #closed: ProblemReport | null = null;
  #reported = false;
  /** Set once the service has said that the key is none: public things can still be had without it. */
  #anonymous = false;

  constructor(service: KeyedService, context: SourceContext) {
    this.service = service;
    this.#context = context;
  }

  /** One API call. */
  async ask<T>(request: SessionRequest<T>): Promise<ApiResult<T>> {
    const { open = false, ...rest } = request;
    return this.#converse(open, (anonymous) =>
      this.#context.wire.json({ ...rest, service: this.service, signal: this.#context.signal, anonymous }, this.#closed),
    );
  }

  /** One request whose headers are the answer. */
  async probe(request: Omit<ProbeRequest, 'service' | 'anonymous'>): Promise<ProbeResult> {
    return this.#converse(false, (anonymous) => this.#context.wire.probe({ ...request, service: this.service, anonymous }, this.#closed));
  }

  /** What stands in a resolution when an answer came, but none that the service gives. */
  badAnswer(detail: string): Unchecked {
    const problem = apiProblem(this.service, { kind: 'garbage', detail });
    this.#report(problem);
    return this.unchecked(problem);
  }

  /** What stands in a resolution for a question that this service could not answer. */
  unchecked(problem: ProblemReport): Unchecked {
    return { source: this.service, code: problem.code, message: `${problem.error}: ${problem.details}` };
  }

  async #converse<R extends ApiResult<unknown> | ProbeResult>(
    open: boolean,
    call: (anonymous: boolean) => Promise<R>,
  ): Promise<R | ServiceFailure> {
    const result = await call(this.#anonymous);
    if (result.ok || this.#closed) return result;
    if (this.#isKeyRefused(result)) {
      this.#report(result.problem);
      this.#anonymous = true;
      return this.#converse(open, call);
    }
    if (open || this.isTrouble(result)) this.#noteTrouble(result, open);
    return result;
  }

  /** Whether the failure tells something about the service; a 404 only tells something about the question. */
  isTrouble(result: { status: number | null; headers: Headers | null }): boolean {
    const { status } = result;
    if (status === null || status >= 500 || status === 408 || status === 425 || status === 429 || status === 451) return true;
    if (status !== 401 && status !== 403) return false;
    // Hugging Face answers 401 and 403 also for what is missing, private, gated or disabled, and then says which
    return this.service !== 'huggingface' || !(result.headers?.has('x-error-code') || isDisabled(result.headers));
  }

  /**
   * Hugging Face refuses even public repositories for a key that is none, and names no error code then (huggingface_hub, 2026-08). Whether
   * ModelScope does so too is not known: asking once without the key tells.
   */
  #isKeyRefused(result: { status: number | null; headers: Headers | null }): boolean {
    if (this.service === 'civitai' || result.status !== 401 || this.#anonymous) return false;
    return this.#context.http.hasKey(this.service) && !result.headers?.has('x-error-code');
  }

  #noteTrouble(result: ServiceFailure, open: boolean): void {
    if (result.problem.code === 'offline') return;
    this.#report(result.problem);
    // one thing may be refused, and a mirror may leave out what is wrong with it: that closes nothing
    if (!open && this.service !== 'civitai' && (result.status === 401 || result.status === 403)) return;
    this.#failures++;
    if (this.#failures >= MOST_FAILURES || (result.status !== null && result.status < 500)) this.#closed = result.problem;
  }

  #report(problem: ProblemReport): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#context.report(problem);
  }
}

function isDisabled(headers: Headers | null): boolean {
  return headers?.get('x-error-message')?.includes('disabled') ?? false;
}

interface ServiceFailure {
  ok: false;
  problem: ProblemReport;
  status: number | null;
  headers: Headers | null;
}
