import { existsSync } from 'node:fs';
import { Catalogue } from '../catalog/catalogue.ts';
import type { Lesson, ScanVerdict } from '../core/known-file.ts';
import type { ProblemReport, Requirement, Resolution, Unchecked } from '../core/model.ts';
import type { Acceptance, Decision, Evidence } from '../resolve/decide.ts';
import { decide } from '../resolve/decide.ts';
import { makeResolution } from '../resolve/resolution.ts';
import { heedWarnings, type WarnedOf } from '../resolve/warnings.ts';
import type { SourceContext } from '../sources/types.ts';
import type { ResolveInput, ResolvePorts } from './resolve.ts';
import type { ResolveOne } from './resolve-ask.ts';
import type { Choice } from './resolve-choice.ts';
import { decideByChoice, findChoice, isByUser, weighDanger } from './resolve-choice.ts';
import { settleFolder } from './resolve-folder.ts';
import { makeGather } from './resolve-gather.ts';
import { makeRecall } from './resolve-recall.ts';

/** Resolves one model after the other; what one question has brought is there for all. */
export interface Resolver {
  resolveOne: ResolveOne;
  /** What has come to light against bytes so far, in this run or an earlier one. */
  warnedOf: WarnedOf;
}

export function makeResolveOne(input: ResolveInput, ports: ResolvePorts): Resolver {
  const { catalogue } = ports;
  const dangers = (catalogue ?? Catalogue.open(':memory:')).dangers;
  const warnedOf: WarnedOf = (sha256) => dangers.against(sha256);
  const heed = (verdicts: readonly ScanVerdict[]): void => dangers.note(verdicts, ports.ports.now());
  const context = makeContext(ports, heed);
  const store = catalogue?.answers ?? null;
  const recall = makeRecall(context, { store, offline: input.offline ?? false, askAgain: input.askAgain ?? false });
  const gather = makeGather(input, ports, { ...context, wire: recall.wire });
  const gatherAnew = makeGather(input, ports, { ...context, wire: recall.anew });
  const { fuzzyThreshold } = input.search;
  const acceptance: Acceptance = { acceptFuzzy: input.acceptFuzzy, fuzzyThreshold, now: ports.ports.now() };
  const rules = { acceptance, warnedOf };
  const silentOrigins = new Set<string>();
  const resolveOne: ResolveOne = async (requirement, said) => {
    const choice = findChoice(requirement, { ...said, settled: catalogue?.choices.find(requirement) ?? null });
    if (requirement.refusal !== undefined) return leaveInPlace(requirement, { reason: requirement.refusal, foundAt: requirement.foundAt });
    const first = conclude(await gather(requirement, choice), choice, rules);
    const mayBeStale = !first.decision.accepted && first.unchecked.length === 0 && recall.hasRecalled();
    const final = mayBeStale ? preferNews(first, conclude(await gatherAnew(requirement, choice), choice, rules)) : first;
    return writeDown(requirement, { choice, final }, { input, ports, silentOrigins });
  };
  return { resolveOne, warnedOf };
}

/** The file is there, and what is in the way is the node's list. */
function leaveInPlace(requirement: Requirement, { reason, foundAt }: Pick<Resolution, 'reason' | 'foundAt'>): Resolution {
  const decision: Decision = { offer: null, proof: null, accepted: false, reason, sha256: null, candidates: [] };
  const resolution = makeResolution(requirement, decision, { unchecked: [], planTarget: () => null, chosenByUser: false });
  return { ...resolution, source: 'local', foundAt };
}

function makeContext(ports: ResolvePorts, heed: SourceContext['heed']): Omit<SourceContext, 'wire'> {
  const { http, signal, catalogue, patience, emit } = ports;
  const reported = new Set<string>();
  const report = (problem: ProblemReport): void => {
    if (!reported.has(problem.code)) emit({ type: 'problem', problem, filename: null });
    reported.add(problem.code);
  };
  const learn = (lessons: readonly Lesson[]): void => catalogue?.files.learn(lessons, ports.ports.now());
  return { http, ports: ports.ports, signal, report, learn, heed, ...(patience ? { patience } : {}) };
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
  const there = resolution.accepted && requirement.state !== 'damaged' ? resolution.savePath : null; // a damaged one is replaced
  if (there !== null && requirement.references.some(({ refused }) => refused) && existsSync(there)) {
    const reason = 'a file of its name lies where it would be saved, and ComfyUI does not take it in the node that names it';
    return leaveInPlace(requirement, { reason, foundAt: there });
  }
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

function conclude(
  gathered: Evidence,
  choice: Choice | null,
  { acceptance, warnedOf }: { acceptance: Acceptance; warnedOf: WarnedOf },
): Conclusion {
  const evidence = heedWarnings(gathered, warnedOf);
  const decided = decide(evidence, acceptance);
  const chosen = choice ? decideByChoice(decided, choice, evidence.remarks) : decided;
  const decision = weighDanger(chosen, { byUser: isByUser(choice), warnedOf });
  // the curated list only helps: where the file is found all the same, its silence is no news
  const unchecked = decision.accepted ? evidence.unchecked.filter(({ source }) => source !== 'manager') : evidence.unchecked;
  return { decision, unchecked };
}
