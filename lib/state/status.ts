import { readFileSync } from 'node:fs';
import { Elapsed } from '../core/elapsed.ts';
import { systemErrorCode, ToolkitError } from '../core/error.ts';
import type { RunPhase } from '../core/events.ts';
import type { ProblemReport, WorkflowFailure } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { formatTimestamp } from '../core/units.ts';
import { writeJson, writeWhole } from './files.ts';
import type { Status } from './schemas.ts';
import { PIPELINE_PHASES, statusSchema } from './schemas.ts';

/** Progress is written at most 4 times a second. */
const WRITE_INTERVAL_MS = 250;
/** While a run is alive its timestamp moves at least every 5 seconds; a busy moment may delay this by some. */
const HEARTBEAT_MS = 3000;
/** Somebody who looks every 10 ms sees every phase, however short it was. */
const SHORTEST_PHASE_MS = 50;
/** More errors than a person reads; the log has them all. */
const MOST_ERRORS = 200;

export interface StatusPorts extends Pick<Ports, 'now' | 'sleep'> {
  /** Takes secrets out of a text before it is written. */
  scrub: (text: string) => string;
}

/** status.json of a run: kept in memory, written whole when something that matters changes, and every few seconds as a sign of life. */
export class StatusFile {
  readonly #path: string;
  readonly #ports: StatusPorts;
  readonly #scrub: (text: string) => string;
  readonly #status: Status;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #heartbeat: ReturnType<typeof setInterval> | null = null;
  #beforeHeartbeat: ((data: Status['data']) => void) | null = null;
  readonly #elapsed: Elapsed;
  /** Since when the phase is on the disk, in elapsed ms; `null` before the first one. */
  #phaseSince: number | null = null;
  #closed = false;
  /** The status before this run; a run that fails before its first phase gives it back, so that `resume` can go on. */
  readonly #previous: Status | null;

  constructor(path: string, initial: Status, ports: StatusPorts & { previous?: Status | null }) {
    this.#previous = ports.previous ?? null;
    this.#path = path;
    this.#ports = ports;
    this.#elapsed = new Elapsed(ports);
    this.#scrub = ports.scrub;
    this.#status = initial;
  }

  get status(): Readonly<Status> {
    return this.#status;
  }

  /** Changes the numbers; they are written soon. */
  update(change: (data: Status['data']) => void): void {
    change(this.#status.data);
    this.#writeSoon();
  }

  /** `change` is called before each sign of life: for numbers that change by time alone, such as the speed of what stands still. */
  onHeartbeat(change: (data: Status['data']) => void): void {
    this.#beforeHeartbeat = change;
  }

  /** Notes what the run works on, so that `resume` can go on with the same. */
  describeWork(work: Pick<Status, 'workflow_paths' | 'comfyui_root' | 'include_disabled'>): void {
    Object.assign(this.#status, work);
    this.#writeSoon();
  }

  progress(current: number, total: number): void {
    this.#status.progress = { current, total, percent: total === 0 ? 100 : Math.floor((100 * current) / total) };
    this.#writeSoon();
  }

  /** A problem of a service or a folder is noted once. One of a file always is: two models may have one name, in two folders. */
  addError(problem: ProblemReport, filename: string | null): void {
    const { errors } = this.#status;
    const { code, error, details, hint } = problem;
    const known = filename === null && errors.some((entry) => entry.code === code && entry.filename === null && entry.details === details);
    if (known || errors.length >= MOST_ERRORS) return;
    errors.push({ timestamp: formatTimestamp(this.#ports.now()), code, error, details, hint, filename });
    this.#writeSoon();
  }

  /** Folders may hold any number of pictures without a workflow: these leave room for files that could not be read. */
  addFailedWorkflow(failure: WorkflowFailure): void {
    const { failed_workflows: failures } = this.#status;
    const isFull = failures.length >= MOST_ERRORS;
    const place = isFull && failure.code !== 'not_a_workflow' ? failures.findIndex(({ code }) => code === 'not_a_workflow') : -1;
    if (isFull && place < 0) return;
    if (isFull) failures.splice(place, 1);
    failures.push(failure);
    this.#writeSoon();
  }

  /** How a watch stands, in place of what stood there before. A change of phase is written at once, everything else soon. */
  show(standing: Standing): void {
    const { phase, queue, failures, problems } = standing;
    const moved = this.#status.phase !== phase || this.#heartbeat === null;
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#status.phase = phase;
    this.#status.completed_phases = phase === 'idle' ? [...PIPELINE_PHASES] : PIPELINE_PHASES.slice(0, PIPELINE_PHASES.indexOf(phase));
    this.#status.queue = queue.slice(0, MOST_ERRORS);
    this.#status.failed_workflows = failures.slice(0, MOST_ERRORS);
    const former = this.#status.errors;
    this.#status.errors = [];
    for (const { problem, filename } of problems) this.addError(problem, filename);
    for (const entry of this.#status.errors)
      entry.timestamp = former.find((known) => isSameError(known, entry))?.timestamp ?? entry.timestamp;
    if (moved) this.#writeIfPossible();
    else this.#writeSoon();
  }

  /** Enters a phase and writes it at once. Waits first until the phase before has been visible for a moment. */
  async enter(phase: RunPhase): Promise<void> {
    await this.#keepVisible();
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#status.phase = phase;
    this.#status.completed_phases = PIPELINE_PHASES.slice(0, PIPELINE_PHASES.indexOf(phase));
    this.#status.progress = { current: 0, total: 0, percent: 0 };
    this.#write();
    // nobody sees it before it is on the disk, which may be slow
    this.#phaseSince = this.#elapsed.ms;
  }

  /** Notes that a phase came to its end, so that `resume` does not do it again. */
  completePhase(phase: RunPhase): void {
    if (!this.#status.completed_phases.includes(phase)) this.#status.completed_phases.push(phase);
    this.#writeSoon();
  }

  /** The last state of the run, written at once; nothing is written after it. */
  async finish(phase: 'idle' | 'complete'): Promise<void> {
    await this.#keepVisible();
    this.#status.phase = phase;
    this.#settle();
    this.#end();
  }

  /** As `finish`, for a run that could not go on. Never waits. */
  fail(problem: ProblemReport): void {
    if (this.#phaseSince === null && this.#previous) this.#giveBack(this.#previous);
    this.addError(problem, null);
    this.#status.phase = 'error';
    this.#settle();
    this.#end();
  }

  #giveBack(previous: Status): void {
    const { completed_phases, workflow_paths, comfyui_root, include_disabled, failed_workflows, progress, data } = previous;
    Object.assign(this.#status, { completed_phases, workflow_paths, comfyui_root, include_disabled, failed_workflows, progress, data });
  }

  #settle(): void {
    this.#status.data.current_download = null;
    this.#status.data.bytes_per_second = 0;
    this.#status.data.eta_seconds = null;
    this.#status.data.downloads = [];
    if (this.#status.phase === 'complete') this.#status.progress = { ...this.#status.progress, percent: 100 };
  }

  /** Also where the last write fails: the folder may be another run's a moment later. */
  #end(): void {
    if (this.#heartbeat) clearInterval(this.#heartbeat);
    try {
      this.#write();
    } finally {
      this.#closed = true;
    }
  }

  async #keepVisible(): Promise<void> {
    if (this.#phaseSince === null) return;
    const left = this.#phaseSince + SHORTEST_PHASE_MS - this.#elapsed.ms;
    if (left > 0) await this.#ports.sleep(left);
  }

  #beat(): void {
    this.#beforeHeartbeat?.(this.#status.data);
    this.#writeIfPossible();
  }

  #writeSoon(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => this.#writeIfPossible(), WRITE_INTERVAL_MS);
  }

  /** A disk that is full for a while ends no run: the next write tells what this one could not. */
  #writeIfPossible(): void {
    try {
      this.#write();
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
    }
  }

  #write(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#closed) return;
    this.#status.timestamp = formatTimestamp(this.#ports.now());
    writeWhole(this.#path, this.#scrub(`${JSON.stringify(this.#status, null, 2)}\n`), { durable: false });
  }
}

/** What a watch shows beside its numbers. */
export interface Standing {
  phase: RunPhase | 'idle';
  queue: Status['queue'];
  failures: WorkflowFailure[];
  problems: readonly { problem: ProblemReport; filename: string | null }[];
}

function isSameError(a: Status['errors'][number], b: Status['errors'][number]): boolean {
  return a.code === b.code && a.filename === b.filename && a.details === b.details;
}

/** Who is at work. */
export interface RunIdentity {
  command: string;
  runId: string;
  pid: number;
}

/**
 * The status of a run that goes on where another one ended, from `phase`: the numbers of the phases before it stay, and so do the errors
 * that it will not meet again.
 */
export function continueStatus(previous: Status, run: RunIdentity, phase: RunPhase): Status {
  const staying = previous.errors.filter((entry) => entry.code === REFUSED_NAME || (phase === 'downloading' && outlastsDownloads(entry)));
  return { ...previous, phase: 'idle', command: run.command, run_id: run.runId, pid: run.pid, queue: [], errors: staying };
}

/** A model name that would leave the models folders: what a scan has refused stays so until the next one. */
const REFUSED_NAME = 'unsafe_model_name';

/** The names that the last scan has refused. */
export function refusedNames(status: Pick<Status, 'errors'>): Status['errors'] {
  return status.errors.filter((entry) => entry.code === REFUSED_NAME);
}

function outlastsDownloads(entry: Status['errors'][number]): boolean {
  return entry.code !== 'interrupted' && !entry.error.startsWith('Download failed');
}

/** The status of a run that has not begun. */
export function emptyStatus(run: RunIdentity): Status {
  return {
    timestamp: '',
    phase: 'idle',
    command: run.command,
    run_id: run.runId,
    pid: run.pid,
    completed_phases: [],
    workflow_paths: [],
    comfyui_root: null,
    include_disabled: false,
    failed_workflows: [],
    queue: [],
    progress: { current: 0, total: 0, percent: 0 },
    data: {
      workflows_scanned: 0,
      local_models: 0,
      missing_models: 0,
      missing_nodes: 0,
      civitai_matches: 0,
      huggingface_matches: 0,
      direct_matches: 0,
      local_matches: 0,
      not_found: 0,
      needs_review: 0,
      unchecked: 0,
      downloads_successful: 0,
      downloads_failed: 0,
      current_download: null,
      bytes_done: 0,
      bytes_total: 0,
      bytes_per_second: 0,
      eta_seconds: null,
      downloads: [],
    },
    errors: [],
  };
}

/** `null` when no run has written one yet. Throws `ToolkitError` `status_damaged` when it is not what a run writes. */
export function readStatus(path: string): Status | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const parsed = statusSchema.safeParse(safeJson(text));
  if (parsed.success) return parsed.data;
  throw new ToolkitError('status_damaged', `Cannot use ${path}: it is not what a run writes`, `Remove ${path} and run auto`);
}

const WORKING_PHASES: ReadonlySet<string> = new Set(['scanning', 'resolving', 'downloading']);

/** `true` for a status that says somebody is working. Whether that is so, only its process tells. */
export function isWorking(status: Status): boolean {
  return WORKING_PHASES.has(status.phase);
}

/** The status of a run whose process is gone in the middle of a phase, put right. */
export function markInterrupted(status: Status, now: Date): Status {
  const entry = { timestamp: formatTimestamp(now), ...interruptedProblem(status), filename: null };
  return { ...status, timestamp: formatTimestamp(now), phase: 'error', errors: [...status.errors, entry] };
}

/** The report of a run that was ended from outside. */
export function interruptedProblem({ phase, command }: Pick<Status, 'phase' | 'command'>): ProblemReport {
  const hint = command === 'watch' ? 'Start watch again, or run resume, to go on' : 'Run resume to go on';
  return { code: 'interrupted', error: 'Interrupted', details: `The run ended while it was ${phase}`, hint };
}

export function writeStatus(path: string, status: Status): void {
  writeJson(path, status);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
