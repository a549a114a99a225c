import type { ComfyInstall } from '../comfy/install.ts';
import type { Config } from '../core/config.ts';
import type { Emit, RunPhase } from '../core/events.ts';
import type { FileMemory } from '../core/file-memory.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { Ports } from '../core/ports.ts';
import type { Scrub } from '../core/secrets.ts';
import { writeWhole } from '../state/files.ts';
import type { StatePaths } from '../state/paths.ts';
import type { RunResults } from '../state/summary.ts';
import { renderSummary } from '../state/summary.ts';
import { type MachineReading, readMachine } from './read-machine.ts';
import type { Ask } from './resolve-ask.ts';
import { type PipelineResults, readResults } from './results.ts';

/** What a run of the pipeline is to do: the phases from `from` to `to`, in order. */
export interface PipelineRequest {
  from: RunPhase;
  to: RunPhase;
  config: Config;
  install: ComfyInstall;
  /** Absolute workflow files and folders. */
  workflowPaths: readonly string[];
  includeDisabled: boolean;
  /** Accept the best candidate at or above the fuzzy threshold too. */
  acceptFuzzy: boolean;
  /** Base name → a URL or a candidate's number. */
  picks: ReadonlyMap<string, string>;
  /** Resolve by what earlier runs have learnt alone, and ask nobody. */
  offline: boolean;
  /** Look anew for what an earlier run has not found, however short ago. */
  askAgain: boolean;
  /** Plan the downloads, and download nothing. */
  dryRun: boolean;
}

export interface PipelinePorts {
  state: StatePaths;
  ports: Ports;
  http: HttpClient;
  emit: Emit;
  /** Takes the user's keys out of what is written. */
  scrub: Scrub;
  enter: (phase: RunPhase) => Promise<void>;
  signal: AbortSignal;
  /** Keeps what was read of workflows and nodes, so that unchanged files need not be read again. */
  memory?: FileMemory;
  /** Asks a person about what waits for review; absent where nobody can be asked. */
  ask?: Ask;
}

const ORDER: readonly RunPhase[] = ['scanning', 'resolving', 'downloading'];

/**
 * Runs the phases one after the other, each on what the one before has written, and writes what each finds out before the next begins.
 * Throws `ToolkitError` when a phase lacks what it works on, and the signal's reason when it aborts.
 */
export async function runPipeline(request: PipelineRequest, ports: PipelinePorts): Promise<PipelineResults> {
  const results = readResults(ports.state, request.from);
  let reading: Promise<MachineReading> | undefined;
  const job: PipelineJob = { request, ports, results, read: () => (reading ??= readMachine(request.install, request.config, ports)) };
  for (const phase of ORDER.slice(ORDER.indexOf(request.from), ORDER.indexOf(request.to) + 1)) {
    if (phase === 'downloading' && request.dryRun) {
      results.plan = await (await import('./pipeline-download.ts')).planOnly(job);
      break;
    }
    await ports.enter(phase);
    const step = await STEPS[phase]();
    await step(job);
    ports.signal.throwIfAborted();
  }
  return results;
}

/** One run, as its phases see it. */
export interface PipelineJob {
  request: PipelineRequest;
  ports: PipelinePorts;
  results: PipelineResults;
  /** What the install says, read when a phase first asks for it. */
  read: () => Promise<MachineReading>;
}

/** Each phase's code is loaded when it runs: a scan has no use for two thirds of it. */
const STEPS: Readonly<Record<RunPhase, () => Promise<(job: PipelineJob) => Promise<void>>>> = {
  scanning: async () => (await import('./pipeline-scan.ts')).scan,
  resolving: async () => (await import('./pipeline-resolve.ts')).resolve,
  downloading: async () => (await import('./pipeline-download.ts')).download,
};

/** Writes summary_report.md from what the state folder holds. */
export function writeSummary(
  results: PipelineResults,
  scanned: Pick<RunResults, 'workflows' | 'localModels' | 'failures' | 'refused' | 'isWatched'>,
  ports: { state: StatePaths; now: Date; scrub: Scrub },
): void {
  const { missing, missingNodes } = results;
  const text = renderSummary(
    { ...scanned, missing, missingNodes, resolutions: results.resolutions ?? [], downloads: results.downloads ?? [] },
    ports.now,
  );
  writeWhole(ports.state.summary, ports.scrub(text));
}
