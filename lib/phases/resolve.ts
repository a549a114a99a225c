import { fetchModelList } from '../catalog/fetch-model-list.ts';
import type { Override, SearchConfig } from '../core/config.ts';
import type { Emit } from '../core/events.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { Candidate, ProblemReport, Requirement, Resolution } from '../core/model.ts';
import type { SourceAnswer } from '../core/offer.ts';
import type { Ports } from '../core/ports.ts';
import type { Acceptance } from '../resolve/decide.ts';
import { decide } from '../resolve/decide.ts';
import { climbLadder } from '../resolve/ladder.ts';
import type { PlanTarget } from '../resolve/resolution.ts';
import { makeResolution } from '../resolve/resolution.ts';
import { createSources } from '../sources/index.ts';
import type { Source } from '../sources/types.ts';
import { joinSources } from './resolve-steps.ts';
import { findChoice, settleChoice, takeCandidate } from './resolve-choice.ts';

/** Models that are looked for at a time; a service's own limits are kept by the client. */
const MOST_AT_A_TIME = 4;

export interface ResolveInput {
  /** Models that ComfyUI could not load now. */
  missing: readonly Requirement[];
  search: SearchConfig;
  overrides: ReadonlyMap<string, Override>;
  /** `--pick`: name of a model → a URL, or the number (from 1) of a candidate. */
  picks: ReadonlyMap<string, string>;
  /** `--yes`. */
  acceptFuzzy: boolean;
  planTarget: PlanTarget;
  /** What an earlier run has decided: the candidates that a picked number counts in. */
  previous?: readonly Resolution[];
}

export interface ResolvePorts {
  http: HttpClient;
  ports: Pick<Ports, 'sleep' | 'now'>;
  emit: Emit;
  signal: AbortSignal;
  /** Files on this machine with the requirement's name or sha256. */
  findLocal?: (requirement: Requirement) => Promise<readonly Candidate[]>;
}

/**
 * Finds where each missing model can be had: one resolution for each, in the same order. A place that fails is reported as a problem and
 * stands in `unchecked`; the others go on. Throws only when the run is aborted.
 */
export async function runResolve(input: ResolveInput, ports: ResolvePorts): Promise<Resolution[]> {
  const { emit } = ports;
  emit({ type: 'phase_started', phase: 'resolving' });
  const resolveOne = await prepare(input, ports);
  const total = input.missing.length;
  let done = 0;
  const resolutions = await mapBounded(input.missing, async (requirement, index) => {
    const resolution = await resolveOne(requirement);
    ports.signal.throwIfAborted();
    emit({ type: 'model_resolved', resolution, index: index + 1, total });
    const problem = describeAbsence(resolution);
    if (problem) emit({ type: 'problem', problem, filename: resolution.filename });
    emit({ type: 'phase_progress', phase: 'resolving', current: ++done, total });
    return resolution;
  });
  emit({ type: 'phase_finished', phase: 'resolving' });
  return resolutions;
}

async function prepare(input: ResolveInput, ports: ResolvePorts): Promise<(requirement: Requirement) => Promise<Resolution>> {
  const { http, signal } = ports;
  const report = (problem: ProblemReport): void => ports.emit({ type: 'problem', problem, filename: null });
  const sources = createSources({ http, ports: ports.ports, signal, report });
  const hashAnswers = await askHashes(input, sources.civitai);
  const acceptance: Acceptance = {
    acceptFuzzy: input.acceptFuzzy,
    fuzzyThreshold: input.search.fuzzyThreshold,
    now: ports.ports.now(),
  };
  const joined = joinSources(sources, {
    readList: async () => fetchModelList({ http, ports: ports.ports }, signal),
    ...(ports.findLocal ? { findLocal: ports.findLocal } : {}),
  });
  return async (requirement) => {
    const choice = findChoice(requirement, input);
    const hashAnswer = hashAnswers.get(requirement.sha256 ?? '') ?? null;
    const evidence =
      choice?.kind === 'link'
        ? await settleChoice(requirement, choice, joined)
        : await climbLadder(requirement, input.search.sources, { ...joined.portsFor(requirement), hashAnswer });
    const decision = decide(evidence, acceptance);
    const final = choice?.kind === 'candidate' ? takeCandidate(decision, choice.number, choice.known ?? decision.candidates) : decision;
    // the curated list only helps: where the file is found all the same, its silence is no news
    const unchecked = final.accepted ? evidence.unchecked.filter(({ source }) => source !== 'manager') : evidence.unchecked;
    return makeResolution(requirement, final, { unchecked, planTarget: input.planTarget });
  };
}

/** Asks Civitai for every sha256 that the workflows tell, a hundred at a time. */
async function askHashes(input: ResolveInput, civitai: Source): Promise<ReadonlyMap<string, SourceAnswer>> {
  const hashes = input.missing.flatMap(({ sha256 }) => sha256 ?? []);
  if (hashes.length === 0 || !input.search.sources.includes('civitai')) return new Map();
  return (await civitai.findByHash?.(hashes)) ?? new Map();
}

function describeAbsence(resolution: Resolution): ProblemReport | null {
  // a link or a list that could not be read leaves room for hope, but both hubs were asked
  const silent = resolution.unchecked.some(({ source }) => source === 'civitai' || source === 'huggingface');
  if (resolution.source !== 'not_found' || silent) return null;
  return {
    code: 'model_not_found',
    error: 'Model not found on Civitai or HuggingFace',
    details: `${resolution.filename}: ${resolution.reason}`,
    hint: `Name a link with resolve --pick "${resolution.filename}=URL" or under overrides in config.json`,
  };
}

async function mapBounded<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(MOST_AT_A_TIME, items.length) }, worker));
  return results;
}
