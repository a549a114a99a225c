import type { Catalogue } from '../catalog/catalogue.ts';
import type { Override, SearchConfig } from '../core/config.ts';
import type { Emit } from '../core/events.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { Patience } from '../core/http/time-limit.ts';
import type { Lesson } from '../core/known-file.ts';
import type { ProblemReport, Requirement, Resolution, Unchecked } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { Acceptance, Decision, Evidence } from '../resolve/decide.ts';
import { decide } from '../resolve/decide.ts';
import type { PlanTarget } from '../resolve/resolution.ts';
import { makeResolution } from '../resolve/resolution.ts';
import type { FindLocal } from './find-local.ts';
import type { Choice } from './resolve-choice.ts';
import { type Ask, askForAll, type ResolveOne, waitsForReview } from './resolve-ask.ts';
import { decideByChoice, findChoice, isByUser } from './resolve-choice.ts';
import { settleFolder } from './resolve-folder.ts';
import { makeGather } from './resolve-gather.ts';
import { describeLeft } from './resolve-problems.ts';
import { makeRecall } from './resolve-recall.ts';

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
  const resolveOne = prepare(input, ports);
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
    if (!isKeptBack && !mayHaveRivals(resolution)) announce(resolution, index);
    emit({ type: 'phase_progress', phase: 'resolving', current: ++done, total });
    return resolution;
  });
  const settled = await lookAgain(input, { found, resolveOne, signal: ports.signal });
  for (const [index, resolution] of settled.entries()) {
    const isKeptBack = waitsForReview(resolution) && ports.ask !== undefined;
    if (mayHaveRivals(found[index]) && !isKeptBack) announce(resolution, index);
  }
  const resolutions = ports.ask ? await askForAll(input, { found: settled, resolveOne, ask: ports.ask, announce }) : settled;
  emit({ type: 'phase_finished', phase: 'resolving' });
  return resolutions;
}

/** Taken for its name at a place of standing: another such place may have come to light while other models were looked for. */
function mayHaveRivals(resolution: Resolution | undefined): boolean {
  return resolution?.accepted === true && (resolution.proof === 'catalog' || resolution.proof === 'name');
}

/** Decides anew, with all that the run has learnt, what could have been decided otherwise: the order of the models must not decide. */
async function lookAgain(
  input: ResolveInput,
  work: { found: readonly Resolution[]; resolveOne: ResolveOne; signal: AbortSignal },
): Promise<Resolution[]> {
  return mapBounded(work.found, async (resolution, index) => {
    work.signal.throwIfAborted();
    const requirement = input.missing[index];
    return requirement && mayHaveRivals(resolution) ? keepUnchecked(resolution, await work.resolveOne(requirement, input)) : resolution;
  });
}

/** What could not be asked at the first look may not have been needed at the second one, and still has not been asked. */
function keepUnchecked(before: Resolution, after: Resolution): Resolution {
  const unchecked = new Map([...before.unchecked, ...after.unchecked].map((entry) => [`${entry.source} ${entry.code}`, entry]));
  return { ...after, unchecked: [...unchecked.values()] };
}

function prepare(input: ResolveInput, ports: ResolvePorts): ResolveOne {
  const { http, signal, catalogue, patience } = ports;
  const reported = new Set<string>();
  const report = (problem: ProblemReport): void => {
    if (!reported.has(problem.code)) ports.emit({ type: 'problem', problem, filename: null });
    reported.add(problem.code);
  };
  const learn = (lessons: readonly Lesson[]): void => catalogue?.files.learn(lessons, ports.ports.now());
  const context = { http, ports: ports.ports, signal, report, learn, ...(patience ? { patience } : {}) };
  const recall = makeRecall(context, {
    store: catalogue?.answers ?? null,
    offline: input.offline ?? false,
    askAgain: input.askAgain ?? false,
  });
  const gather = makeGather(input, ports, { ...context, wire: recall.wire });
  const gatherAnew = makeGather(input, ports, { ...context, wire: recall.anew });
  const acceptance: Acceptance = {
    acceptFuzzy: input.acceptFuzzy,
    fuzzyThreshold: input.search.fuzzyThreshold,
    now: ports.ports.now(),
  };
  const silentOrigins = new Set<string>();
  return async (requirement, said) => {
    const choice = findChoice(requirement, { ...said, settled: catalogue?.choices.find(requirement) ?? null });
    const first = conclude(await gather(requirement, choice), choice, acceptance);
    const mayBeStale = !first.decision.accepted && first.unchecked.length === 0 && recall.hasRecalled();
    const final = mayBeStale ? preferNews(first, conclude(await gatherAnew(requirement, choice), choice, acceptance)) : first;
    return writeDown(requirement, { choice, final }, { input, ports, silentOrigins });
  };
}

/** The decision as it stands in resolutions.json; what the user has chosen is remembered. */
async function writeDown(
  requirement: Requirement,
  { choice, final }: { choice: Choice | null; final: Conclusion },
  { input, ports, silentOrigins }: { input: ResolveInput; ports: ResolvePorts; silentOrigins: Set<string> },
): Promise<Resolution> {
  const { http, signal, catalogue, patience } = ports;
  const { planTarget, offline = false } = input;
  const [now, byUser] = [ports.ports.now(), isByUser(choice)];
  const known = { answers: catalogue?.answers ?? null, silentOrigins, ...(patience ? { patienceMs: patience.silenceMs } : {}) };
  const folderPorts = { http, signal, now, offline, byUser, ...known };
  const decision = await settleFolder(requirement, final.decision, folderPorts);
  const resolution = makeResolution(requirement, decision, { unchecked: final.unchecked, planTarget, chosenByUser: byUser });
  const { chosenByUser, downloadUrl, sha256 } = resolution;
  const isInConfig = choice?.kind === 'link' && choice.how === 'override';
  if (chosenByUser && downloadUrl !== null && !isInConfig) catalogue?.choices.settle(requirement, { url: downloadUrl, sha256 }, now);
  return resolution;
}

interface Conclusion {
  decision: Decision;
  unchecked: readonly Unchecked[];
}

/** What could not be asked anew leaves what was known before. */
function preferNews(before: Conclusion, anew: Conclusion): Conclusion {
  if (anew.decision.accepted || anew.unchecked.length === 0) return anew;
  return { decision: before.decision, unchecked: anew.unchecked };
}

function conclude(evidence: Evidence, choice: Choice | null, acceptance: Acceptance): Conclusion {
  const decided = decide(evidence, acceptance);
  const decision = choice ? decideByChoice(decided, choice, evidence.remarks) : decided;
  // the curated list only helps: where the file is found all the same, its silence is no news
  const unchecked = decision.accepted ? evidence.unchecked.filter(({ source }) => source !== 'manager') : evidence.unchecked;
  return { decision, unchecked };
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
