import type { Proof, Requirement, UrlOrigin } from '../core/model.ts';
import { hasEnding, isWantedName } from '../core/model-file/match-name.ts';
import type { Offer } from '../core/offer.ts';
import { agreesOnKind, isBacked, mayServe } from './fit.ts';
import type { Finding } from './finding.ts';
import { genericnessOf } from './generic-names.ts';
import { findAtHome } from './home.ts';
import { contradicts } from './judge.ts';
import { parseName } from './name-parts.ts';
import { idsOf, isNamedByIds } from './named-by-ids.ts';
import { describeConflict } from './rules.ts';
import type { Equivalents } from './standing.ts';
import { downloadsOf, findOutweighing, hasPublisher, hasStanding, joinEquivalents } from './standing.ts';

/** A file that is proven to be the wanted one, and how. */
export interface ProvenFile {
  offer: Offer;
  proof: Proof;
  reason: string;
  /** The hash that the bytes must have, lower-case hex; the place itself may not tell one. */
  sha256: string | null;
}

const USER_REASONS = {
  override: 'named in overrides of config.json',
  pick: 'picked by you',
  earlier: 'settled in an earlier run',
} as const;

/** What the user has said by an override or a pick, now or earlier. */
export function proveByUser(findings: readonly Finding[]): ProvenFile | null {
  for (const { offer, origin } of findings) {
    if (origin.kind !== 'user' || contradicts(origin.sha256, offer.sha256)) continue;
    // the user vouches for a pick, nothing proves it
    const proof = origin.how === 'override' ? 'link' : 'fuzzy';
    return { offer, proof, reason: USER_REASONS[origin.how], sha256: origin.sha256 ?? offer.sha256 };
  }
  return null;
}

/** A place that holds the sha256 that the workflow names. */
export function proveByHash(requirement: Requirement, findings: readonly Finding[]): ProvenFile | null {
  const { sha256 } = requirement;
  if (sha256 === null) return null;
  const same = findings.map(({ offer }) => offer).filter((offer) => offer.sha256 === sha256 && offer.obstacle === null);
  const [group] = joinEquivalents(same);
  return group ? { offer: group.offers[0], proof: 'hash', reason: 'sha256 equals the one in the workflow', sha256 } : null;
}

/** The workflow's own link, the most telling first; it has been looked at and leads to a file. */
export function proveByLink(requirement: Requirement, findings: readonly Finding[]): ProvenFile | null {
  // a link that all of them name goes before one that only some do
  const links = findings.toSorted((left, right) => Number(isNamedByAll(requirement, right)) - Number(isNamedByAll(requirement, left)));
  for (const { offer, origin } of links) {
    if (origin.kind !== 'link' || !isUsableLink(requirement, { offer, origin })) continue;
    const gate = offer.gated ? '; access has to be granted to your account' : '';
    const reason = `${describeLink(requirement, origin.from)}${gate}`;
    return { offer, proof: 'link', reason, sha256: requirement.sha256 ?? offer.sha256 };
  }
  return null;
}

function describeLink(requirement: Requirement, from: UrlOrigin): string {
  if (idsOf(requirement) !== null) return 'the workflow names this file by its ids on Civitai';
  const where = from === 'properties' ? "the node's own link" : from === 'note' ? 'a link in a note' : 'a link';
  return `${where} in the workflow leads to this file`;
}

/** Whether a finding is a link of the workflow that leads to a file which can be the wanted one. */
export function isUsableLink(requirement: Requirement, { offer, origin }: Finding): boolean {
  if (origin.kind !== 'link' || offer.obstacle !== null || contradicts(requirement.sha256, offer.sha256)) return false;
  return describeLinkTrouble(requirement, offer, origin.from === 'properties') === null;
}

/** Whether a link that only some of the workflows name leads elsewhere than what is known of the file. */
export function misleads(
  requirement: Requirement,
  { link, known }: { link: ProvenFile; known: ProvenFile | null },
  findings: readonly Finding[],
): boolean {
  const finding = findings.find(({ offer, origin }) => offer === link.offer && origin.kind === 'link');
  if (!known || !finding || isNamedByAll(requirement, finding)) return false;
  const isSamePlace = link.offer.downloadUrl === known.offer.downloadUrl;
  return !isSamePlace && (link.offer.sha256 === null || link.offer.sha256 !== known.offer.sha256);
}

/** Whether no workflow is misled by the link: each of them names it itself, or a publisher's own repository has the file under its name. */
export function isNamedByAll({ filename }: Pick<Requirement, 'filename'>, { origin, offer }: Finding): boolean {
  return origin.kind === 'link' && (origin.byAll || (offer.knownPublisher && isWantedName(filename, offer.filename)));
}

/** Why a link that leads to a file cannot be for the wanted name; `null` when it can. */
export function describeLinkTrouble(requirement: Requirement, offer: Offer, saysSo: boolean): string | null {
  const ids = idsOf(requirement);
  if (ids !== null) return describeIdTrouble(requirement, offer, isNamedByIds(ids, offer));
  const [wanted, offered] = [parseName(requirement.filename), parseName(offer.filename)];
  // a node's own entry gives the name to save under; its link may end in an id or in a library's name
  if (!saysSo && !isWantedName(requirement.filename, offer.filename)) return 'it leads to a file of another name';
  if (wanted.extension !== '' && offered.extension !== '' && wanted.extension !== offered.extension) return 'it leads to another format';
  if (offer.source === 'civitai' && !mayServe(requirement.directory, offer)) return 'it leads to another kind of model';
  return requirement.sha256 !== null && requirement.sha256 === offer.sha256 ? null : describeConflict(wanted, offered);
}

function describeIdTrouble({ directory }: Requirement, offer: Offer, isMeant: boolean): string | null {
  if (!isMeant) return 'it leads to another place than the ids';
  return mayServe(directory, offer) ? null : 'it leads to another kind of model';
}

/**
 * A file of this name that is already on this machine: proven by the hash that the workflow or its link names; where they name none, by the
 * size that the link tells, by the very place where the workflow looks, or else by a telling name in a folder for the same kind of model.
 */
export function proveByLocal(requirement: Requirement, findings: readonly Finding[], link: ProvenFile | null): ProvenFile | null {
  const local = findings.filter(({ offer, origin }) => origin.kind === 'local' && offer.obstacle === null).map(({ offer }) => offer);
  const sha256 = requirement.sha256 ?? link?.sha256 ?? null;
  const same = local.find((offer) => sha256 !== null && offer.sha256 === sha256);
  if (same) return { offer: same, proof: 'hash', reason: 'a file on this machine has this sha256', sha256 };
  const named = local.filter((offer) => isWantedName(requirement.filename, offer.filename) && !contradicts(sha256, offer.sha256));
  // two trainings of one kind have the same size to the byte: where the hash is known, only the hash counts
  if (sha256 !== null) return null;
  if (link && link.offer.sizeBytes !== null) {
    const sized = named.find((offer) => offer.sizeBytes === link.offer.sizeBytes);
    return sized ? { offer: sized, proof: 'name', reason: "a file on this machine has this name and the link's size", sha256 } : null;
  }
  if (link) return null;
  // damaged, and whole all the same: only other parts of its model are missing
  const inPlace = requirement.state === 'damaged' ? named.find(({ foundAt }) => foundAt === requirement.foundAt) : undefined;
  if (inPlace) return { offer: inPlace, proof: 'name', reason: 'this part of the model is in its place', sha256: null };
  if (genericnessOf(requirement.filename) !== 'none') return null;
  const fitting = named.find((offer) => mayServe(requirement.directory, offer));
  return fitting ? { offer: fitting, proof: 'name', reason: 'a file on this machine has this name', sha256: null } : null;
}

/** A curated list names one file for this name and folder; the file has been looked at. */
export function proveByList(requirement: Requirement, findings: readonly Finding[]): ProvenFile | null {
  const listed = findings.filter(({ offer, origin }) => {
    if (origin.kind !== 'catalog' || offer.obstacle !== null || contradicts(requirement.sha256, offer.sha256)) return false;
    return agreesOnKind(requirement.directory, offer) && describeLinkTrouble(requirement, offer, true) === null;
  });
  const groups = joinEquivalents(listed.map(({ offer }) => offer));
  const [group] = groups;
  const origin = listed[0]?.origin;
  if (!group || groups.length > 1 || origin?.kind !== 'catalog') return null;
  return proven(requirement, group, { proof: 'catalog', reason: `${origin.list} names exactly this file` });
}

/** A publisher's own repository holds exactly this file, and no other publisher has other bytes under the name. */
export function proveByPublisher(requirement: Requirement, findings: readonly Finding[]): ProvenFile | null {
  const groups = eligibleGroups(requirement, findings).filter(hasPublisher);
  const [first] = groups;
  if (first === undefined) return null;
  if (groups.length === 1) return provenByPublisher(requirement, first, '');
  const inFolder = onlyInOwnFolder(requirement, groups);
  if (inFolder) return provenByPublisher(requirement, inFolder, '; what others have under this name is for other folders');
  const atHome = findAtHome(requirement, groups);
  if (atHome)
    return provenByPublisher(requirement, atHome, ', and its loader is of the same makers; others have another one under this name');
  const outweighing = findOutweighing(groups);
  return outweighing && provenByPublisher(requirement, outweighing, '; its downloads outweigh all others with this name');
}

function provenByPublisher(requirement: Requirement, group: Equivalents, why: string): ProvenFile {
  const publisher = group.offers.find((offer) => offer.knownPublisher) ?? group.offers[0];
  return proven(requirement, group, { proof: 'catalog', reason: `${publisher.repoId ?? publisher.title} holds exactly this file${why}` });
}

/** A search found exactly this name in one place of standing; others with other bytes are absent or negligible. */
export function proveByName(requirement: Requirement, findings: readonly Finding[], now: Date): ProvenFile | null {
  const groups = eligibleGroups(requirement, findings);
  if (groups.some(hasPublisher)) return null; // publishers that disagree are no reason to believe a third one
  const chosen = groups.length > 1 ? findOutweighing(groups) : (groups[0] ?? null);
  if (!chosen || !hasStanding(chosen, now)) return null;
  const [offer] = chosen.offers;
  const others = groups.length > 1 ? `; its ${downloadsOf(chosen)} downloads outweigh all others with this name` : '';
  return proven(requirement, chosen, { proof: 'name', reason: `${offer.title ?? offer.source} has exactly this file name${others}` });
}

/** Different files that all go by the wanted name and could be meant. */
export function eligibleGroups(requirement: Requirement, findings: readonly Finding[]): Equivalents[] {
  const offers = findings
    .filter(({ origin }) => origin.kind === 'exact' || origin.kind === 'hash')
    .map(({ offer }) => offer)
    .filter((offer) => offer.obstacle === null && isWantedName(requirement.filename, offer.filename))
    .filter((offer) => !contradicts(requirement.sha256, offer.sha256))
    .filter((offer) => agreesOnKind(requirement.directory, offer) && isBacked(requirement, offer));
  return joinEquivalents(preferSafetensors(requirement, offers));
}

/** For a name without an ending ComfyUI takes safetensors first, so that its twin in another format is no rival. */
function preferSafetensors({ filename }: Requirement, offers: readonly Offer[]): readonly Offer[] {
  if (hasEnding(filename)) return offers;
  const safe = offers.filter((offer) => offer.filename.toLowerCase().endsWith('.safetensors'));
  return safe.length > 0 ? safe : offers;
}

/** The one group that stands in the workflow's own folder, where the others stand in other ones; a place that tells none may mean this one. */
function onlyInOwnFolder(requirement: Requirement, groups: readonly Equivalents[]): Equivalents | null {
  const own = groups.filter(({ offers }) =>
    offers.some(({ directories }) => directories.length === 0 || directories.includes(requirement.directory ?? '')),
  );
  return own.length === 1 && own[0]?.offers.some(({ directories }) => directories.length > 0) ? own[0] : null;
}

function proven(requirement: Requirement, group: Equivalents, how: Pick<ProvenFile, 'proof' | 'reason'>): ProvenFile {
  return { offer: group.offers[0], ...how, sha256: requirement.sha256 ?? group.sha256 };
}
