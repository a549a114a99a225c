import { isWantedName } from '../core/model-file/match-name.ts';
import type { Candidate, Requirement } from '../core/model.ts';
import { agreesOnKind, isBacked, mayServe } from './fit.ts';
import type { Finding } from './finding.ts';
import { idsOf, isNamedByIds } from './named-by-ids.ts';
import { genericnessOf } from './generic-names.ts';
import { scoreName } from './rank.ts';
import { hasStanding } from './standing.ts';

/** What a finding is worth without proof. */
export interface Judgement {
  /** 0 to 1. */
  score: number;
  /** One clause for a person. */
  reason: string;
  /** Not even `--yes` takes it: it is another model, or nobody can fetch it. */
  barred: boolean;
}

/** An exact name in a place that people use, in a place that nobody knows, and a name that says nothing by itself. */
const EXACT_SCORE = 0.9;
const UNKNOWN_PLACE_SCORE = 0.8;
const GENERIC_SCORE = 0.5;
/** Below the default threshold: a person has to look at the account. */
const LOOKALIKE_SCORE = 0.6;
/** The name of a whole checkpoint where a bare model is wanted, or the other way round: some loaders take both. */
const OTHER_FORM_SCORE = 0.5;
/** One of the files of a model that the workflow names by its id, without the version: a person has to say which. */
const NAMED_MODEL_SCORE = 0.6;
/** The version whose id stands in the name, with the rest of the name: likely, and still only a number. */
const NUMBERED_SCORE = 0.85;
/** Another workflow's word for a place stays below the default threshold: it may be a trap for everybody else. */
const HEARSAY_SCORE = 0.65;
const BARRED_SCORE = 0.2;
/** Candidates that a person is shown. */
const MOST_CANDIDATES = 10;

export function judge(requirement: Requirement, finding: Finding, now: Date): Judgement {
  const { offer } = finding;
  if (contradicts(requirement.sha256, offer.sha256)) return bar('it has another sha256 than the workflow names');
  if (offer.obstacle !== null) return bar(offer.obstacle);
  if (!agreesOnKind(requirement.directory, offer)) {
    const reason = `it is for ${offer.directories.join(' or ')} and not for ${requirement.directory}`;
    const mayDo = mayServe(requirement.directory, offer) && isWantedName(requirement.filename, offer.filename);
    return mayDo ? { score: OTHER_FORM_SCORE, reason, barred: true } : bar(reason);
  }
  const ids = idsOf(requirement);
  if (ids !== null && isNamedByIds(ids, offer)) {
    return { score: NAMED_MODEL_SCORE, reason: 'a file of the model that the workflow names by its id', barred: false };
  }
  if (finding.origin.kind === 'numbered') {
    return { score: NUMBERED_SCORE, reason: 'the version whose id stands in the name, with the rest of the name', barred: false };
  }
  const named = scoreName(requirement.filename, offer.filename);
  if (named.otherModel) return { score: named.score, reason: named.reason, barred: true };
  // what resembles a name that says nothing resembles nothing
  if (named.score < 1 && genericnessOf(requirement.filename) !== 'none') {
    return { score: Math.min(named.score, GENERIC_SCORE), reason: named.reason, barred: true };
  }
  if (named.score < 1) return { score: named.score, reason: named.reason, barred: false };
  if (finding.origin.kind === 'hearsay') {
    const reason = 'the same name, but only another workflow names this place';
    return { score: HEARSAY_SCORE, reason, barred: !isBacked(requirement, offer) };
  }
  if (finding.origin.kind === 'related') {
    return {
      score: UNKNOWN_PLACE_SCORE,
      reason: 'the same name, but the file could not be looked at',
      barred: !isBacked(requirement, offer),
    };
  }
  return judgeExactName(requirement, finding, now);
}

function judgeExactName(requirement: Requirement, { offer }: Finding, now: Date): Judgement {
  if (!isBacked(requirement, offer)) {
    return { score: GENERIC_SCORE, reason: 'the name fits, but many models go by it', barred: true };
  }
  if (offer.lookalikeOf !== undefined) {
    return { score: LOOKALIKE_SCORE, reason: `the same name, but its account could be mistaken for ${offer.lookalikeOf}`, barred: false };
  }
  if (hasStanding({ sha256: offer.sha256, offers: [offer] }, now)) return { score: EXACT_SCORE, reason: 'the same name', barred: false };
  return { score: UNKNOWN_PLACE_SCORE, reason: 'the same name, but in a place that hardly anybody uses', barred: false };
}

/** Findings as ranked candidates, best first; one place stands there once. */
export function rankCandidates(requirement: Requirement, findings: readonly Finding[], now: Date): Candidate[] {
  const ranked = findings.map((finding) => ({ finding, verdict: judge(requirement, finding, now) }));
  ranked.sort(
    (left, right) =>
      right.verdict.score - left.verdict.score ||
      Number(right.finding.offer.knownPublisher) - Number(left.finding.offer.knownPublisher) ||
      (right.finding.offer.downloads ?? 0) - (left.finding.offer.downloads ?? 0),
  );
  const distinct = new Map<string, Candidate>();
  for (const { finding, verdict } of ranked) {
    const key = finding.offer.downloadUrl ?? finding.offer.foundAt ?? '';
    if (!distinct.has(key)) distinct.set(key, toCandidate(finding, verdict));
  }
  return [...distinct.values()].slice(0, MOST_CANDIDATES);
}

/** `true` when both are known and differ. */
export function contradicts(wanted: string | null, offered: string | null): boolean {
  return wanted !== null && offered !== null && wanted !== offered;
}

export function toCandidate({ offer }: Finding, verdict: Pick<Judgement, 'score' | 'reason'>): Candidate {
  const {
    knownPublisher: _publisher,
    directories: _directories,
    likes: _likes,
    createdAt: _created,
    obstacle: _obstacle,
    lookalikeOf: _lookalike,
    ...facts
  } = offer;
  return { ...facts, score: verdict.score, reason: verdict.reason };
}

function bar(reason: string): Judgement {
  return { score: BARRED_SCORE, reason, barred: true };
}
