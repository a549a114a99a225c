import type { SettledChoice } from '../catalog/choices.ts';
import type { Override } from '../core/config.ts';
import { ToolkitError } from '../core/error.ts';
import type { Candidate, Requirement, Resolution } from '../core/model.ts';
import { findNearest } from '../core/nearest.ts';
import type { Offer, SourceAnswer } from '../core/offer.ts';
import type { Decision, Evidence } from '../resolve/decide.ts';
import type { WarnedOf } from '../resolve/warnings.ts';
import type { JoinedSources } from './resolve-steps.ts';

/** What the user has said about one model: a link, or the number of a candidate. */
export type Choice = (
  | { kind: 'link'; how: 'override' | 'pick' | 'earlier'; url: string; sha256: string | null; byUser: boolean }
  | { kind: 'candidate'; number: number }
) & {
  /** The candidates of an earlier run, `null` when there was none. */
  known: readonly Candidate[] | null;
};

/** The user's word for a model, `null` when there is none. A pick wins over an override. */
export function findChoice(
  requirement: Requirement,
  said: {
    picks: ReadonlyMap<string, string>;
    overrides: ReadonlyMap<string, Override>;
    previous?: readonly Resolution[];
    settled?: SettledChoice | null;
  },
): Choice | null {
  const { filename, subfolder } = requirement;
  const earlier = said.previous?.find((resolution) => isFor(resolution, requirement));
  const known = earlier?.candidates ?? null;
  const pick = said.picks.get(subfolder === '' ? filename : `${subfolder}/${filename}`) ?? said.picks.get(filename);
  if (pick !== undefined && !/^\d+$/.test(pick)) return { kind: 'link', how: 'pick', url: pick, sha256: null, byUser: true, known };
  if (pick !== undefined) return { kind: 'candidate', number: Number(pick), known };
  const override = said.overrides.get(filename);
  if (override) return { kind: 'link', how: 'override', ...override, byUser: true, known };
  if (said.settled) return { kind: 'link', how: 'earlier', ...said.settled, byUser: true, known };
  return earlier ? rememberChoice(earlier) : null;
}

/** What was accepted without proof was somebody's choice, and stays it. */
function rememberChoice({ accepted, proof, downloadUrl, sha256, chosenByUser, candidates }: Resolution): Choice | null {
  if (!accepted || proof !== 'fuzzy' || downloadUrl === null) return null;
  return { kind: 'link', how: 'earlier', url: downloadUrl, sha256, byUser: chosenByUser, known: candidates };
}

/** Whether what is accepted by this choice is the user's own word. */
export function isByUser(choice: Choice | null): boolean {
  return choice !== null && (choice.kind === 'candidate' || choice.byUser);
}

/** Throws `usage` for a `--pick` whose name none of the missing models has; the hint names the nearest one. */
export function refuseUnknownPicks(picks: ReadonlyMap<string, string>, missing: readonly Requirement[]): void {
  const names = missing.flatMap(({ filename, subfolder }) => (subfolder === '' ? [filename] : [filename, `${subfolder}/${filename}`]));
  const unknown = [...picks.keys()].find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const near = findNearest(unknown, names);
  const others = names.length === 0 ? 'No model is missing' : 'The missing models are in missing_models.json';
  throw new ToolkitError(
    'usage',
    `--pick ${unknown}: no missing model has this name`,
    near === undefined ? others : `Did you mean ${near}?`,
  );
}

/** Looks where the user's link leads. What it does not lead to is not replaced by something else. */
export async function settleChoice(
  requirement: Requirement,
  choice: Extract<Choice, { kind: 'link' }>,
  sources: JoinedSources,
): Promise<Evidence> {
  const { how, url, sha256 } = choice;
  const answer = await sources.checkLink({ url, filename: requirement.filename, sha256, givenBy: 'user' });
  const name = { pick: 'your --pick', override: 'the link in overrides', earlier: 'the place settled earlier' }[how];
  return { requirement, ...readAnswer(answer, { name, how, sha256 }) };
}

function readAnswer(
  answer: SourceAnswer,
  said: { name: string; how: 'override' | 'pick' | 'earlier'; sha256: string | null },
): Omit<Evidence, 'requirement'> {
  switch (answer.kind) {
    case 'found': {
      const origin = { kind: 'user', how: said.how, sha256: said.sha256 } as const;
      const wrong = answer.offers.some((offer) => said.sha256 !== null && offer.sha256 !== null && offer.sha256 !== said.sha256);
      const remarks = wrong ? [`${said.name} leads to a file with another sha256 than the one given with it`] : [];
      return { findings: answer.offers.map((offer) => ({ offer, origin })), unchecked: [], remarks };
    }
    case 'related': {
      const findings = answer.offers.map((offer) => ({ offer, origin: { kind: 'related' } as const }));
      return { findings, unchecked: [], remarks: [`${said.name} names no single file: ${answer.reason}`] };
    }
    case 'nothing':
      return { findings: [], unchecked: [], remarks: [`${said.name} leads to no file: ${answer.reason}`] };
    case 'failed':
      return { findings: [], unchecked: [answer.unchecked], remarks: [`${said.name} could not be checked`] };
  }
}

/** The decision by what the user has said. What leads to no file leaves it open, with the candidates that are known. */
export function decideByChoice(decided: Decision, choice: Choice, remarks: readonly string[]): Decision {
  const candidates = decided.candidates.length > 0 ? decided.candidates : (choice.known ?? []);
  if (choice.kind === 'candidate') return takeCandidate(decided, choice.number, choice.known ?? candidates);
  return decided.accepted ? decided : leaveOpen(candidates, remarks.join('; ') || decided.reason);
}

/** Nobody but the user himself takes what a scan warns of, and he is told: an earlier `--yes` is no word for it. */
export function weighDanger(decision: Decision, { byUser, warnedOf }: { byUser: boolean; warnedOf: WarnedOf }): Decision {
  const { offer, accepted, sha256, reason } = decision;
  const danger = offer?.danger ?? (sha256 === null ? null : warnedOf(sha256));
  if (!accepted || !offer || danger === null) return decision;
  const told = reason.includes(danger) ? reason : `${reason}; but ${danger}`;
  return { ...decision, offer: { ...offer, danger }, accepted: byUser, reason: told };
}

/** Takes the candidate with this number, from 1. */
function takeCandidate(decided: Decision, number: number, candidates: readonly Candidate[]): Decision {
  const candidate = candidates[number - 1];
  if (!candidate) return leaveOpen(candidates, `--pick names candidate ${number} of ${candidates.length}`);
  const reason = `picked by you: candidate ${number}`;
  return {
    ...decided,
    offer: offerOf(candidate),
    proof: 'fuzzy',
    accepted: true,
    reason,
    sha256: candidate.sha256,
    candidates: [...candidates],
  };
}

function leaveOpen(candidates: readonly Candidate[], reason: string): Decision {
  const [best] = candidates;
  return {
    offer: best ? offerOf(best) : null,
    proof: best ? 'fuzzy' : null,
    accepted: false,
    reason,
    sha256: best?.sha256 ?? null,
    candidates: [...candidates],
  };
}

function offerOf(candidate: Candidate): Offer {
  const { score: _score, reason: _reason, ...facts } = candidate;
  return { ...facts, knownPublisher: false, directories: [], likes: null, createdAt: null, obstacle: null };
}

function isFor(resolution: Resolution, requirement: Requirement): boolean {
  return resolution.filename === requirement.filename && resolution.subfolder === requirement.subfolder;
}
