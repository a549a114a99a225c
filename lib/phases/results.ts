import type { RunPhase } from '../core/events.ts';
import type { DownloadRecord, MissingNode, Requirement, Resolution } from '../core/model.ts';
import { readDownloads, readMissingNodes, readRequirements, readResolutions } from '../state/outputs.ts';
import type { StatePaths } from '../state/paths.ts';
import type { DownloadPlan } from './download-plan.ts';

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
