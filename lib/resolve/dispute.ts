import { isWantedName } from '../core/model-file/match-name.ts';
import type { Requirement, UrlNaming } from '../core/model.ts';
import type { Offer } from '../core/offer.ts';
import type { Evidence } from './decide.ts';
import type { Finding } from './finding.ts';
import { agreesOnKind } from './fit.ts';
import { genericnessOf } from './generic-names.ts';
import { contradicts } from './judge.ts';
import { isUsableLink } from './proofs.ts';

/** A usable link of a workflow or of one of its nodes. */
interface Claim {
  offer: Offer;
  /** Those for whom it is the link that counts. */
  namedBy: readonly UrlNaming[];
}

/** Links to different files, one for each file, of workflows or nodes that each mean another one. */
export interface Dispute {
  claims: readonly Claim[];
  /** One clause for a person. */
  reason: string;
}

/** Of a hash, enough to tell it from others. */
const SHOWN_DIGITS = 12;
/** Links that are named in the reason. */
const MOST_NAMED = 3;

/**
 * Whether workflows, or nodes of one, link to different files under the wanted name and folder: each of them is right for itself, and only
 * one file can be there. `null` when they agree, or all give one sha256.
 */
export function findDispute(requirement: Requirement, findings: readonly Finding[]): Dispute | null {
  if (requirement.sha256 !== null) return null;
  const files = distinctFiles(claimsOf(requirement, findings));
  const isGeneric = genericnessOf(requirement.filename) !== 'none';
  const claims = files.filter((claim) => files.some((other) => isRival(claim, other, isGeneric)));
  return claims.length < 2 ? null : { claims, reason: describe(requirement, claims) };
}

/**
 * Whether the workflows or nodes name different sha256, or only some of them one and others a link elsewhere: each is right for itself, and
 * only one file can be there. `null` when they agree.
 */
export function findHashDispute(requirement: Requirement, findings: readonly Finding[]): Dispute | null {
  const rivals = requirement.rivalSha256s ?? [];
  if (rivals.length === 0) return null;
  const named = findings.filter((finding) => {
    return rivals.includes(finding.offer.sha256 ?? '') || isUsableLink(requirement, finding) || isPublished(requirement, finding);
  });
  const fetchable = named
    .filter(({ offer }) => offer.obstacle === null)
    .toSorted((left, right) => Number(right.offer.knownPublisher) - Number(left.offer.knownPublisher));
  const claims = distinctFiles(fetchable.map(({ offer }): Claim => ({ offer, namedBy: [] })));
  const hashes = rivals.map((sha256) => `${sha256.slice(0, SHOWN_DIGITS)}...`).join(', ');
  if (rivals.length > 1) return { claims, reason: `workflows or nodes name different sha256 for this name: ${hashes}` };
  const publisher = claims.find(({ offer }) => offer.knownPublisher && offer.sha256 !== rivals[0]);
  const others = publisher ? `${placeOf(publisher.offer)} is another file under it` : 'others a link to another file';
  return { claims, reason: `some workflows or nodes name the sha256 ${hashes} for this name, and ${others}` };
}

/** A publisher's file of the wanted name. */
function isPublished(requirement: Requirement, { offer, origin }: Finding): boolean {
  if (origin.kind !== 'exact' || !offer.knownPublisher) return false;
  return isWantedName(requirement.filename, offer.filename) && agreesOnKind(requirement.directory, offer);
}

/** Whether the file has every sha256 that is named, which only agreement can bring about. */
export function hasEverySha256({ rivalSha256s = [] }: Requirement, proven: { sha256: string | null }): boolean {
  return rivalSha256s.every((sha256) => sha256 === proven.sha256);
}

/**
 * The findings without the links that lose: the file that is known otherwise wins, or the only one that has the wanted name in a known
 * publisher's own repository. `null` when nothing decides.
 */
export function settleDispute(
  { claims }: Dispute,
  { requirement, known }: { requirement: Requirement; known: Offer | null },
  findings: readonly Finding[],
): Finding[] | null {
  const published = claims.filter(({ offer }) => offer.knownPublisher && isWantedName(requirement.filename, offer.filename));
  const isKnown = ({ offer }: Claim): boolean => known !== null && !isOtherFile(offer, known);
  const winner = claims.find(isKnown) ?? (published.length === 1 ? published[0] : undefined);
  if (winner === undefined) return null;
  return findings.filter(({ offer, origin }) => origin.kind !== 'link' || !isOtherFile(offer, winner.offer));
}

/** Whether somebody who gives this link has none among those that were looked at: it may lead to another file. */
export function isUnheard(namedBy: readonly UrlNaming[], { requirement, findings }: Pick<Evidence, 'requirement' | 'findings'>): boolean {
  if (requirement.sha256 !== null) return false;
  const heard = claimsOf(requirement, findings).flatMap((claim) => claim.namedBy);
  const isGeneric = genericnessOf(requirement.filename) !== 'none';
  return namedBy.some((naming) => {
    if (heard.some((other) => isSameNaming(naming, other))) return isGeneric;
    return naming.node !== null || !heard.some(({ workflowPath }) => workflowPath === naming.workflowPath);
  });
}

/** The usable links; a workflow's note or list counts where none of its nodes has a usable link of its own. */
function claimsOf(requirement: Requirement, findings: readonly Finding[]): Claim[] {
  const usable = findings.filter((finding) => isUsableLink(requirement, finding));
  const claims = usable.map(({ offer, origin }): Claim => ({ offer, namedBy: origin.kind === 'link' ? (origin.namedBy ?? []) : [] }));
  const withNodes = new Set(
    claims.flatMap(({ namedBy }) => namedBy.flatMap(({ workflowPath, node }) => (node === null ? [] : workflowPath))),
  );
  return claims.map(({ offer, namedBy }) => ({
    offer,
    namedBy: namedBy.filter(({ workflowPath, node }) => node !== null || !withNodes.has(workflowPath)),
  }));
}

/** Whether each of both has somebody who gives only this one. For a name that says little, two links of one note are two files as well. */
function isRival(left: Claim, right: Claim, isGeneric: boolean): boolean {
  if (left.namedBy.length === 0 || right.namedBy.length === 0 || !isOtherFile(left.offer, right.offer)) return false;
  return isGeneric || (hasOwnVoice(left, right) && hasOwnVoice(right, left));
}

function hasOwnVoice(claim: Claim, other: Claim): boolean {
  return claim.namedBy.some((naming) => !other.namedBy.some((another) => isSameNaming(naming, another)));
}

function isSameNaming(left: UrlNaming, right: UrlNaming): boolean {
  return left.workflowPath === right.workflowPath && left.node === right.node;
}

/** By the hashes; where one is not told, by the sizes. */
function isOtherFile(left: Offer, right: Offer): boolean {
  if (left.downloadUrl === right.downloadUrl) return false;
  if (left.sha256 !== null && right.sha256 !== null) return contradicts(left.sha256, right.sha256);
  return left.sizeBytes !== null && right.sizeBytes !== null && left.sizeBytes !== right.sizeBytes;
}

/** Each file once, a publisher's place for it before others. */
function distinctFiles(claims: readonly Claim[]): Claim[] {
  const files: Claim[] = [];
  for (const claim of claims) {
    const at = files.findIndex(({ offer }) => !isOtherFile(offer, claim.offer));
    const known = files[at];
    if (known === undefined) files.push(claim);
    else {
      const offer = claim.offer.knownPublisher && !known.offer.knownPublisher ? claim.offer : known.offer;
      files[at] = { offer, namedBy: [...known.namedBy, ...claim.namedBy] };
    }
  }
  return files;
}

function describe(requirement: Requirement, files: readonly Claim[]): string {
  const workflows = new Set(files.flatMap(({ namedBy }) => namedBy.map(({ workflowPath }) => workflowPath)));
  const voices = files
    .slice(0, MOST_NAMED)
    .map((claim) => `${namerOf(requirement, claim, workflows.size)} leads to ${placeOf(claim.offer)}`);
  const who = workflows.size > 1 ? `${workflows.size === 2 ? 'two' : workflows.size} workflows name` : 'one workflow names';
  const more = files.length > MOST_NAMED ? `, and ${files.length - MOST_NAMED} more` : '';
  return `${who} different files for this name: ${voices.join(', ')}${more}`;
}

/** The first who gives the link: its workflow, and the node where all stand in one workflow. */
function namerOf(requirement: Requirement, { namedBy }: Claim, workflows: number): string {
  const [naming] = namedBy;
  if (naming === undefined) return 'a link';
  const path = naming.workflowPath;
  const workflow = requirement.references.find(({ workflowPath }) => workflowPath === path)?.workflow ?? path;
  return workflows > 1 || naming.node === null ? workflow : `node ${naming.node} of ${workflow}`;
}

function placeOf({ repoId, repoPath, downloadUrl, filename }: Offer): string {
  return repoId === null ? (downloadUrl ?? filename) : [repoId, repoPath].filter(Boolean).join('/');
}
