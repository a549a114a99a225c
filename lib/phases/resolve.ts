import type { Catalogue } from '../catalog/catalogue.ts';
import type { Override, SearchConfig } from '../core/config.ts';
import type { Emit } from '../core/events.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { Patience } from '../core/http/time-limit.ts';
import type { Requirement, Resolution } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { PlanTarget } from '../resolve/resolution.ts';
import type { WarnedOf } from '../resolve/warnings.ts';
import type { FindLocal } from './find-local.ts';
import { type Ask, askForAll, type ResolveOne, waitsForReview } from './resolve-ask.ts';
import { findChoice } from './resolve-choice.ts';
import { makeResolveOne } from './resolve-one.ts';
import { describeLeft } from './resolve-problems.ts';

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
  /** Look anew for what an earlier run has not found, however short ago. */
  askAgain?: boolean;
  /** Use earlier answers only, and ask nobody. */
  offline?: boolean;
}

export interface ResolvePorts {
  /** Asks a person about what waits for review; absent where nobody can be asked. */
  ask?: Ask;
  http: HttpClient;
  ports: Pick<Ports, 'sleep' | 'now'>;
  emit: Emit;
  signal: AbortSignal;
  /** How long an answer may take; as usual when absent. */
  patience?: Patience;
  /** Files on this machine with the requirement's name or sha256. */
  findLocal?: FindLocal;
  /** This machine's own copy of the curated list, as read from JSON; `undefined` where it has none. */
  readOwnList?: () => Promise<unknown>;
  /** What earlier runs have learnt; closed by whoever opened it. */
  catalogue?: Catalogue;
}

/**
 * Finds where each missing model can be had: one resolution for each, in the same order. A place that fails is reported as a problem and
 * stands in `unchecked`; the others go on. Throws only when the run is aborted.
 */
export async function runResolve(input: ResolveInput, ports: ResolvePorts): Promise<Resolution[]> {
  const { emit } = ports;
  emit({ type: 'phase_started', phase: 'resolving' });
  const { resolveOne, warnedOf } = makeResolveOne(input, ports);
  const isChosen = (requirement: Requirement): boolean =>
    findChoice(requirement, { ...input, settled: ports.catalogue?.choices.find(requirement) ?? null }) !== null;
  const total = input.missing.length;
  let done = 0;
  const announce = (resolution: Resolution, index: number): void => {
    emit({ type: 'model_resolved', resolution, index: index + 1, total });
    const requirement = input.missing[index];
    const problem = requirement && describeLeft(resolution, { requirement, isChosen: isChosen(requirement), planTarget: input.planTarget });
    if (problem) emit({ type: 'problem', problem, filename: resolution.filename });
  };
  const found = await mapBounded(input.missing, async (requirement, index) => {
    const resolution = await resolveOne(requirement, input);
    ports.signal.throwIfAborted();
    const isKeptBack = waitsForReview(resolution) && ports.ask !== undefined;
    if (!isKeptBack && !mayChange(resolution)) announce(resolution, index);
    emit({ type: 'phase_progress', phase: 'resolving', current: ++done, total });
    return resolution;
  });
  const isDoubtful = (resolution: Resolution): boolean => mayHaveRivals(resolution) || isWarnedOf(resolution, warnedOf);
  const settled = await lookAgain(input, { found, isDoubtful, resolveOne, signal: ports.signal });
  for (const [index, resolution] of settled.entries()) {
    const isKeptBack = waitsForReview(resolution) && ports.ask !== undefined;
    if (mayChange(found[index]) && !isKeptBack) announce(resolution, index);
  }
  const resolutions = ports.ask ? await askForAll(input, { found: settled, resolveOne, ask: ports.ask, announce }) : settled;
  emit({ type: 'phase_finished', phase: 'resolving' });
  return resolutions;
}

/** What is learnt while other models are looked for may speak against it; not against what the user himself has chosen. */
function mayChange(resolution: Resolution | undefined): boolean {
  return resolution?.accepted === true && !resolution.chosenByUser;
}

/** Taken for its name at a place of standing: another such place may have come to light while other models were looked for. */
function mayHaveRivals({ accepted, proof }: Resolution): boolean {
  return accepted && (proof === 'catalog' || proof === 'name');
}

/** Another place has called the same bytes dangerous. */
function isWarnedOf(resolution: Resolution, warnedOf: WarnedOf): boolean {
  const { sha256 } = resolution;
  return mayChange(resolution) && sha256 !== null && warnedOf(sha256) !== null;
}

/** Decides anew, with all that the run has learnt, what could have been decided otherwise: the order of the models must not decide. */
async function lookAgain(
  input: ResolveInput,
  work: { found: readonly Resolution[]; isDoubtful: (resolution: Resolution) => boolean; resolveOne: ResolveOne; signal: AbortSignal },
): Promise<Resolution[]> {
  return mapBounded(work.found, async (resolution, index) => {
    work.signal.throwIfAborted();
    const requirement = input.missing[index];
    return requirement && work.isDoubtful(resolution) ? keepUnchecked(resolution, await work.resolveOne(requirement, input)) : resolution;
  });
}

/** What could not be asked at the first look may not have been needed at the second one, and still has not been asked. */
function keepUnchecked(before: Resolution, after: Resolution): Resolution {
  const unchecked = new Map([...before.unchecked, ...after.unchecked].map((entry) => [`${entry.source} ${entry.code}`, entry]));
  return { ...after, unchecked: [...unchecked.values()] };
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
