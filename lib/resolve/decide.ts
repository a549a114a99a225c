import type { Candidate, Proof, Requirement, Unchecked } from '../core/model.ts';
import { isWantedName } from '../core/model-file/match-name.ts';
import type { Offer } from '../core/offer.ts';
import { type Dispute, findDispute, findHashDispute, hasEverySha256, settleDispute } from './dispute.ts';
import type { Finding } from './finding.ts';
import { contradicts, judge, rankCandidates, toCandidate } from './judge.ts';
import { isSamePlace, joinEquivalents } from './standing.ts';
import type { ProvenFile } from './proofs.ts';
import {
  eligibleGroups,
  misleads,
  proveByHash,
  proveByLink,
  proveByList,
  proveByLocal,
  proveByName,
  proveByPublisher,
  proveByUser,
} from './proofs.ts';
import { isFailedHub, mayHideRivals } from './silence.ts';
import { restsOnStranger } from './home.ts';
import { isTalkedOfByAll } from './voices.ts';

/** Everything that is known about one requirement. */
export interface Evidence {
  requirement: Requirement;
  findings: readonly Finding[];
  unchecked: readonly Unchecked[];
  /** What was tried in vain, a clause each: `the link is dead`. */
  remarks: readonly string[];
}

export interface Acceptance {
  /** `--yes`: take the best candidate at or above the threshold. */
  acceptFuzzy: boolean;
  /** 0 to 1. */
  fuzzyThreshold: number;
  now: Date;
}

/** What was decided. */
export interface Decision {
  /** The file, or the best candidate while nothing is accepted; `null` when there is none worth a look. */
  offer: Offer | null;
  proof: Proof | null;
  accepted: boolean;
  reason: string;
  /** The hash that the bytes must have. */
  sha256: string | null;
  candidates: Candidate[];
}

/** Below this a candidate is listed, but the model counts as not found. */
const WORTH_A_LOOK = 0.4;
/** One of several files that workflows link to under one name: below the default threshold, since it is wrong for somebody. */
const DISPUTED_SCORE = 0.65;
/** A file that is accepted as `fuzzy` is the user's own choice. */
const SCORES: Readonly<Record<Proof, number>> = { hash: 1, link: 0.99, catalog: 0.97, name: 0.95, fuzzy: 1 };

/** A proof so strong that no further place needs to be asked; `null` while there is none. */
export function findStrongProof(said: Evidence): ProvenFile | null {
  const byUser = proveByUser(said.findings);
  if (byUser) return byUser;
  const evidence = heedOthers(said);
  const proof = findProof(evidence);
  if (proof !== null && restsOnStranger(evidence.requirement, proof) && mayHideRivals(evidence, proof)) return null;
  return proof !== null && hasEverySha256(evidence.requirement, proof) ? proof : null;
}

/**
 * A sha256 that only some of the workflows give does not make a publisher's own file under the name another one for the rest of them: then
 * it is one voice among others.
 */
function heedOthers(evidence: Evidence): Evidence {
  const { requirement, findings } = evidence;
  const { sha256 } = requirement;
  if (sha256 === null || isTalkedOfByAll(requirement)) return evidence;
  if (findings.some(({ offer }) => offer.knownPublisher && offer.sha256 === sha256)) return evidence;
  const open: Requirement = { ...requirement, sha256: null, rivalSha256s: [sha256] };
  const known = findKnown(open, findings);
  return contradicts(sha256, known?.sha256 ?? null) ? { ...evidence, requirement: open } : evidence;
}

function findKnown(requirement: Requirement, findings: readonly Finding[]): ProvenFile | null {
  return proveByList(requirement, findings) ?? proveByPublisher(requirement, findings);
}

function findProof({ requirement, findings }: Evidence): ProvenFile | null {
  const known = findKnown(requirement, findings);
  const dispute = findDispute(requirement, findings);
  const heard = dispute ? settleDispute(dispute, { requirement, known: known?.offer ?? null }, findings) : findings;
  if (heard === null) return null;
  const link = proveByLink(requirement, heard);
  const isTrap = link !== null && misleads(requirement, { link, known }, heard);
  if (isTrap && requirement.sha256 === null) return null;
  const told = isTrap ? null : (link ?? known);
  return proveByLocal(requirement, findings, told) ?? proveByHash(requirement, findings) ?? told;
}

/** Whether one workflow's link may mislead others that need the same file, as far as is known. */
function isMisled({ requirement, findings }: Evidence): boolean {
  const link = proveByLink(requirement, findings);
  return link !== null && misleads(requirement, { link, known: findKnown(requirement, findings) }, findings);
}

/** Decides by all that came up: the strongest proof, else what waits for review, else not found. */
export function decide(said: Evidence, acceptance: Acceptance): Decision {
  const evidence = heedOthers(said);
  const { requirement, findings } = evidence;
  const strong = findStrongProof(evidence);
  if (strong) return acceptProven(evidence, strong, acceptance);
  const dispute = findDispute(requirement, findings) ?? findHashDispute(requirement, findings);
  if (dispute) return decideDispute(evidence, dispute, acceptance);
  const byName = isMisled(evidence) ? null : proveByName(requirement, findings, acceptance.now);
  if (byName && !mayHideRivals(evidence, byName)) return acceptProven(evidence, byName, acceptance);
  const candidates = rankCandidates(requirement, findings, acceptance.now);
  const best = pickBest(evidence, candidates, acceptance);
  if (!best) return { offer: null, proof: null, accepted: false, reason: describeAbsence(evidence), sha256: null, candidates };
  const accepted = acceptance.acceptFuzzy && !best.barred && best.score >= acceptance.fuzzyThreshold;
  const reason = accepted ? `accepted by --yes: ${best.reason}` : describeDoubt(evidence, best.reason);
  return { offer: best.offer, proof: 'fuzzy', accepted, reason, sha256: requirement.sha256 ?? best.offer.sha256, candidates };
}

function acceptProven(evidence: Evidence, proven: ProvenFile, { now }: Acceptance): Decision {
  const { requirement, findings } = evidence;
  const chosen = toCandidate({ offer: proven.offer, origin: { kind: 'exact' } }, { score: SCORES[proven.proof], reason: proven.reason });
  const twins = findTwins(proven, findings).map((offer) =>
    toCandidate({ offer, origin: { kind: 'exact' } }, { score: SCORES[proven.proof], reason: 'the same sha256' }),
  );
  const same = [chosen, ...twins];
  const others = rankCandidates(requirement, findings, now).filter((candidate) => !same.some((other) => isSamePlace(candidate, other)));
  const reason = [proven.reason, ...remarksOn(evidence)].join('; ');
  return { offer: proven.offer, proof: proven.proof, accepted: true, reason, sha256: proven.sha256, candidates: [...same, ...others] };
}

/** Each of the files that the workflows mean is for the user to choose; not even `--yes` takes one at the default threshold. */
function decideDispute(evidence: Evidence, { claims, reason }: Dispute, { acceptFuzzy, fuzzyThreshold, now }: Acceptance): Decision {
  const named = claims.map(({ offer }) =>
    toCandidate({ offer, origin: { kind: 'exact' } }, { score: DISPUTED_SCORE, reason: 'only some of the workflows or nodes mean it' }),
  );
  const others = rankCandidates(evidence.requirement, evidence.findings, now).filter(
    (other) => !named.some((one) => isSamePlace(one, other)),
  );
  const offer = claims[0]?.offer ?? null;
  return {
    offer,
    proof: offer && 'fuzzy',
    accepted: offer !== null && acceptFuzzy && DISPUTED_SCORE >= fuzzyThreshold,
    reason: [reason, ...remarksOn(evidence)].join('; '),
    sha256: offer?.sha256 ?? null,
    candidates: [...named, ...others],
  };
}

/** Other places that hold the same bytes, in the order in which the user can reach them. */
function findTwins(proven: ProvenFile, findings: readonly Finding[]): Offer[] {
  const offers = findings.map(({ offer }) => offer).filter((offer) => offer.obstacle === null);
  const group = proven.sha256 === null ? undefined : joinEquivalents(offers).find(({ sha256 }) => sha256 === proven.sha256);
  return group?.offers.filter((offer) => !isSamePlace(offer, proven.offer)) ?? [];
}

interface BestGuess {
  offer: Offer;
  score: number;
  reason: string;
  barred: boolean;
}

function pickBest(evidence: Evidence, candidates: readonly Candidate[], { now }: Acceptance): BestGuess | null {
  const [first] = candidates;
  if (!first || first.score < WORTH_A_LOOK) return null;
  const finding = evidence.findings.find(
    ({ offer }) => offer.downloadUrl === first.downloadUrl && offer.foundAt === first.foundAt && offer.filename === first.filename,
  );
  return finding ? { offer: finding.offer, ...judge(evidence.requirement, finding, now) } : null;
}

function describeDoubt(evidence: Evidence, reason: string): string {
  if (isMisled(evidence)) return 'only some of the workflows link to this file, and a known place has another one under its name';
  const groups = eligibleGroups(evidence.requirement, evidence.findings);
  if (groups.length === 1 && evidence.unchecked.some(isFailedHub)) {
    return [
      'it has this name, but others may have another file under it: Hugging Face could not be asked for all',
      ...remarksOn(evidence),
    ].join('; ');
  }
  const doubt =
    groups.length > 1 ? `ambiguous: ${groups.length} different files have this name` : `similar, not proven: ${reason || 'no proof'}`;
  return [doubt, ...remarksOn(evidence)].join('; ');
}

function describeAbsence(evidence: Evidence): string {
  const silent = [...new Set(evidence.unchecked.map(({ source }) => source))];
  const hubs = silent.filter((source) => source === 'huggingface' || source === 'civitai' || source === 'modelscope');
  const absence = hubs.length > 0 ? 'not found where it could be looked for' : 'not found on Civitai or HuggingFace';
  const isBarred = describeObstacles(evidence).length > 0;
  const silence = silent.length > 0 ? [`${silent.join(' and ')} could not be asked`] : [];
  return [isBarred ? 'no place to take it from' : absence, ...silence, ...remarksOn(evidence)].join('; ');
}

function remarksOn(evidence: Evidence): string[] {
  const { requirement, findings, remarks } = evidence;
  const wrong = findings.some(({ offer, origin }) => origin.kind === 'link' && contradicts(requirement.sha256, offer.sha256));
  const mistaken = wrong ? ["the workflow's own link holds a file with another sha256 than the workflow names"] : [];
  return [...remarks, ...mistaken, ...describeObstacles(evidence)];
}

/** Places that have the file, and why it is not to be taken from there. */
function describeObstacles({ requirement, findings }: Evidence): string[] {
  const barred = findings.filter(({ offer, origin }) => {
    return offer.obstacle !== null && (origin.kind === 'link' || isWantedName(requirement.filename, offer.filename));
  });
  return [...new Set(barred.map(({ offer }) => `${offer.title ?? offer.source} has it, but ${offer.obstacle}`))];
}
