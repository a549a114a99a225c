import { dirname } from 'node:path';
import type { ConsolaInstance } from 'consola/core';
import { createConsola } from 'consola/core';
import { describeError, ToolkitError } from '../core/error.ts';
import type { Emit, RunEvent, RunPhase } from '../core/events.ts';
import type { ProblemReport } from '../core/model.ts';
import type { Scrub } from '../core/secrets.ts';
import { makeScrub } from '../core/secrets.ts';
import { formatTimestamp } from '../core/units.ts';
import { removeLeftovers } from '../state/files.ts';
import type { Lock } from '../state/lock.ts';
import { takeLock } from '../state/lock.ts';
import type { LogKind } from '../state/log.ts';
import { FileReporter, taggedWriter } from '../state/log.ts';
import { describeEvent } from '../state/log-events.ts';
import type { Status } from '../state/schemas.ts';
import { resetCounts, StatusListener } from '../state/status-events.ts';
import type { RunIdentity } from '../state/status.ts';
import { interruptedProblem, readStatus, StatusFile } from '../state/status.ts';
import type { Context } from './context.ts';

/** What a run works with: its events go to status.json, the log and the terminal. */
export interface Session {
  emit: Emit;
  signal: AbortSignal;
  status: StatusFile;
  /** Takes the user's keys out of what is written. */
  scrub: Scrub;
  /** Enters a phase: status.json shows it before anything of it happens. */
  enter: (phase: RunPhase) => Promise<void>;
}

const LOG_KINDS: Readonly<Record<RunPhase, LogKind>> = { scanning: 'scan', resolving: 'resolve', downloading: 'download' };
const EXIT_INTERRUPTED = 130;

/** Ended from outside, with `resume` to go on. */
export class InterruptedError extends Error {}

/**
 * Holds the state folder for as long as `work` takes and keeps its status and log. What `work` throws is in status.json before it goes on
 * to the caller. Returns the exit code of `work`, or 130 when the run was interrupted.
 */
export function withSession(
  context: Context,
  begin: (run: RunIdentity) => Status,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  return holdState(context, (signal) => runSession(context, { begin, work, signal }));
}

/** Holds the state folder for as long as `work` takes. The signal that it gets aborts when the process is asked to end. */
export async function holdState(context: Context, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const started = formatTimestamp(context.ports.now());
  const lock = takeLock(context.state.folder, { command: context.command, pid: process.pid, started });
  for (const folder of [context.state.folder, dirname(context.state.summary)]) removeLeftovers(folder, context.ports.now());
  const interrupt = listenForInterrupts();
  try {
    return await work(interrupt.signal);
  } finally {
    interrupt.stop();
    release(lock);
  }
}

/** This process as a run. */
export function newRun(command: string): RunIdentity {
  return { command, runId: crypto.randomUUID(), pid: process.pid };
}

async function runSession(
  context: Context,
  job: { begin: (run: RunIdentity) => Status; work: (session: Session) => Promise<number>; signal: AbortSignal },
): Promise<number> {
  const scrub = makeScrub(context.secrets);
  const previous = readPrevious(context);
  const status = new StatusFile(context.state.status, job.begin(newRun(context.command)), { ...context.ports, scrub, previous });
  const session = openSession(context, { status, scrub, signal: job.signal });
  try {
    const exitCode = await job.work(session);
    await status.finish('complete');
    return exitCode;
  } catch (error) {
    if (job.signal.aborted) return endInterrupted(context, status);
    status.fail(describeFatal(error));
    throw error;
  }
}

function readPrevious(context: Context): Status | null {
  try {
    return readStatus(context.state.status);
  } catch {
    return null; // damaged, or of another version: there is nothing to go on with
  }
}

function openSession(context: Context, parts: { status: StatusFile; scrub: Scrub; signal: AbortSignal }): Session {
  const { status, scrub, signal } = parts;
  const { now } = context.ports;
  const file = new FileReporter(context.state.log, scrub);
  const write = taggedWriter(openLogger(context, file));
  const listener = new StatusListener(status, now);
  const emit = (event: RunEvent): void => {
    if (event.type === 'phase_started') file.begin(LOG_KINDS[event.phase], now());
    for (const record of describeEvent(event, now())) write(record);
    listener.handle(event);
    context.report.handle(event);
  };
  const enter = async (phase: RunPhase): Promise<void> => {
    if (phase !== 'scanning') status.update((data) => resetCounts(data, phase));
    await status.enter(phase);
  };
  return { emit, signal, status, scrub, enter };
}

/** All levels go to the file; the terminal sees the records with `--verbose` only, since the report says the same in better words. */
export function openLogger(context: Context, file: FileReporter): ConsolaInstance {
  const echo = {
    log: (record: { tag: string; args: unknown[] }): void => context.terminal.note(`  ${record.tag}: ${record.args.map(String).join(' ')}`),
  };
  return createConsola({ level: 5, throttle: 0, reporters: context.verbose && !context.json ? [file, echo] : [file] });
}

function endInterrupted(context: Context, status: StatusFile): number {
  status.fail(interruptedProblem(status.status));
  context.terminal.show([]);
  context.report.complain('Interrupted', 'Run resume to go on');
  return EXIT_INTERRUPTED;
}

/** The report of what ended a run, which `goOn` has go on. */
export function describeFatal(error: unknown, goOn = 'Run resume'): ProblemReport {
  if (error instanceof ToolkitError) return { code: error.code, error: error.message, details: '', hint: error.hint };
  return {
    code: 'internal_error',
    error: 'Internal error',
    details: describeError(error),
    hint: `${goOn}; report it when it happens again`,
  };
}

/** The first signal asks the run to end in order; the second one ends the process at once, which resume survives too. */
function listenForInterrupts(): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort(new InterruptedError('interrupted'));
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

function release(lock: Lock): void {
  try {
    lock.release();
  } catch {
    // the process ends anyway, and the lock with it
  }
}
