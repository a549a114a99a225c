import { Catalogue } from '../catalog/catalogue.ts';
import type { ComfyInstall } from '../comfy/install.ts';
import type { Config, DownloadConfig } from '../core/config.ts';
import { ToolkitError } from '../core/error.ts';
import type { Emit, RunPhase } from '../core/events.ts';
import type { FileMemory } from '../core/file-memory.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { Lesson } from '../core/known-file.ts';
import type { DownloadRecord, MissingNode, Requirement, Resolution } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { Scrub } from '../core/secrets.ts';
import { HashStore } from '../library/hash-store.ts';
import { writeWhole } from '../state/files.ts';
import { readDownloads, readMissingNodes, readRequirements, readResolutions, writeOutput, writeOutputs } from '../state/outputs.ts';
import type { StatePaths } from '../state/paths.ts';
import type { RunResults } from '../state/summary.ts';
import { renderSummary } from '../state/summary.ts';
import type { DownloadPlan } from './download-plan.ts';
import { planDownloads } from './download-plan.ts';
import { runDownload } from './download.ts';
import type { FindCopy } from './find-copy.ts';
import { makeFindCopy } from './find-copy.ts';
import { refuseUnknownPicks } from './resolve-choice.ts';
import { ResolveMachine } from './resolve-machine.ts';
import { type MachineReading, readMachine } from './read-machine.ts';
import type { Ask } from './resolve-ask.ts';
import { runResolve } from './resolve.ts';
import { openScanLibrary } from './scan-library.ts';
import { runScan } from './scan.ts';
import { modelRoots, planTarget, trustChosenHosts } from './targets.ts';

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

/** What the files of the state folder hold when the pipeline is through; `null` for what no phase has written yet. */
export interface PipelineResults {
  required: Requirement[] | null;
  missing: Requirement[];
  missingNodes: MissingNode[];
  resolutions: Resolution[] | null;
  downloads: DownloadRecord[] | null;
  /** What a dry run would download. */
  plan: DownloadPlan | null;
}

const ORDER: readonly RunPhase[] = ['scanning', 'resolving', 'downloading'];

/**
 * Runs the phases one after the other, each on what the one before has written, and writes what each finds out before the next begins.
 * Throws `ToolkitError` when a phase lacks what it works on, and the signal's reason when it aborts.
 */
export async function runPipeline(request: PipelineRequest, ports: PipelinePorts): Promise<PipelineResults> {
  const results = readResults(ports.state, request.from);
  let reading: Promise<MachineReading> | undefined;
  const job: Job = { request, ports, results, read: () => (reading ??= readMachine(request.install, request.config, ports)) };
  for (const phase of ORDER.slice(ORDER.indexOf(request.from), ORDER.indexOf(request.to) + 1)) {
    if (phase === 'downloading' && request.dryRun) {
      results.plan = await planOnly(job);
      break;
    }
    await ports.enter(phase);
    await STEPS[phase](job);
    ports.signal.throwIfAborted();
  }
  return results;
}

interface Job {
  request: PipelineRequest;
  ports: PipelinePorts;
  results: PipelineResults;
  /** What the install says, read when a phase first asks for it. */
  read: () => Promise<MachineReading>;
}

const STEPS: Readonly<Record<RunPhase, (job: Job) => Promise<void>>> = { scanning: scan, resolving: resolve, downloading: download };

/** What earlier runs have left in the state folder; without what a scan is about to find anew. */
export function readResults(state: StatePaths, from?: RunPhase): PipelineResults {
  const isScanned = from !== 'scanning';
  return {
    required: isScanned ? readRequirements(state.requiredModels) : null,
    missing: (isScanned && readRequirements(state.missingModels)) || [],
    missingNodes: (isScanned && readMissingNodes(state.missingNodes)) || [],
    resolutions: readResolutions(state.resolutions),
    downloads: readDownloads(state.downloads),
    plan: null,
  };
}

async function scan({ request, ports, results, read }: Job): Promise<void> {
  const { install, workflowPaths, includeDisabled } = request;
  const services = { ...ports, offline: request.offline, cachePath: ports.state.nodePacks };
  const openLibrary: typeof openScanLibrary = async (of, scanPorts) => openScanLibrary(of, scanPorts, { reading: await read(), services });
  const onLessons = (lessons: readonly Lesson[]): void => {
    using catalogue = Catalogue.open(ports.state.catalogue);
    catalogue.files.learn(lessons, ports.ports.now());
  };
  const found = await runScan({ paths: [...workflowPaths], install, includeDisabled }, { ...ports, openLibrary, onLessons });
  const { requiredModels, missingModels, missingNodes } = ports.state;
  const outputs = [
    { path: requiredModels, items: found.required },
    { path: missingModels, items: found.missing },
    { path: missingNodes, items: found.missingNodes },
  ];
  writeOutputs(outputs, ports.scrub);
  Object.assign(results, { required: found.required, missing: found.missing, missingNodes: found.missingNodes });
}

async function resolve({ request, ports, results, read }: Job): Promise<void> {
  if (!results.required)
    throw new ToolkitError('scan_missing', `There is no ${ports.state.missingModels}`, 'Run scan first, or auto for the whole job');
  const { config, install, acceptFuzzy, picks, offline, askAgain } = request;
  refuseUnknownPicks(picks, results.missing);
  const { folders } = await read();
  const readsTemplates = results.missing.length > 0 && config.search.sources.includes('catalog');
  using machine = await ResolveMachine.open({ ...ports, install, folders, readsTemplates });
  results.resolutions = await runResolve(
    {
      missing: results.missing,
      search: config.search,
      overrides: config.overrides,
      picks,
      acceptFuzzy,
      offline,
      askAgain,
      planTarget: (directory, subfolder, filename) => planTarget(folders, { directory, subfolder, filename }),
      previous: results.resolutions ?? [],
    },
    { ...ports, ...machine.ports },
  );
  writeOutput(ports.state.resolutions, results.resolutions, ports.scrub);
}

async function planOnly(job: Job): Promise<DownloadPlan> {
  using hashes = HashStore.open(job.ports.state.hashes);
  return await planDownloads({ ...(await downloadInput(job)), findCopy: await copyFinder(job, hashes) });
}

async function download(job: Job): Promise<void> {
  const input = await downloadInput(job);
  const http = trustChosenHosts(job.ports.http, input.resolutions);
  const { signal, state } = job.ports;
  using hashes = HashStore.open(state.hashes);
  const hashFile = (path: string): Promise<string> => hashes.sha256Of(path, { signal });
  const findCopy = await copyFinder(job, hashes);
  job.results.downloads = await runDownload(input, { ...job.ports, http, hashFile, findCopy });
  writeOutput(job.ports.state.downloads, job.results.downloads, job.ports.scrub);
}

async function copyFinder({ ports: { ports, signal }, read }: Job, hashes: HashStore): Promise<FindCopy> {
  const { folders } = await read();
  return makeFindCopy({ folders, env: ports.env, home: ports.home, hashes, signal });
}

async function downloadInput({ request, ports, results, read }: Job): Promise<{
  resolutions: Resolution[];
  config: DownloadConfig;
  allowedRoots: string[];
}> {
  const { resolutions } = results;
  if (!resolutions)
    throw new ToolkitError('resolve_missing', `There is no ${ports.state.resolutions}`, 'Run resolve first, or auto for the whole job');
  return { resolutions, config: request.config.download, allowedRoots: modelRoots((await read()).folders) };
}

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

/** Whether every model that the workflows need is in place, and nothing has failed: the exit code of a run that was to see to it. */
export function isComplete(results: PipelineResults): boolean {
  return countLeft(results) === 0;
}

/**
 * How many models are not in place: of those that the workflows need, or of those that were to be fetched where these are more, as the
 * resolutions of an earlier scan may be. A failure is never nothing.
 */
export function countLeft({ missing, resolutions, downloads }: PipelineResults): number {
  const records = downloads ?? [];
  const done = new Set(records.filter(isDone).map((record) => record.savePath));
  const inPlace = (resolutions ?? []).filter((item) => item.accepted && item.savePath !== null && done.has(item.savePath));
  const open = missing.filter((requirement) => !inPlace.some((item) => isFor(item, requirement)));
  return Math.max(open.length, records.filter((record) => !isDone(record)).length);
}

/** The model is where it is to be. */
export function isDone({ status }: DownloadRecord): boolean {
  return status !== 'failed' && status !== 'skipped';
}

/** The folder of a resolution may be one that the requirement did not tell. */
function isFor(resolution: Resolution, { filename, subfolder, directory }: Requirement): boolean {
  return (
    resolution.filename === filename && resolution.subfolder === subfolder && (directory === null || resolution.directory === directory)
  );
}
