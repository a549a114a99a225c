import { isWantedName } from '../core/model-file/match-name.ts';
import type { Requirement, SearchSource, SourceUrl, Unchecked } from '../core/model.ts';
import type { Offer, SourceAnswer } from '../core/offer.ts';
import type { Evidence } from './decide.ts';
import { findStrongProof } from './decide.ts';
import type { Finding, FindingOrigin } from './finding.ts';
import { restsOnStranger } from './home.ts';
import { isUnheard } from './dispute.ts';
import { distinctLinks } from './distinct-links.ts';
import { describeLinkTrouble, isNamedByAll, isUsableLink } from './proofs.ts';
import { isNamedByEach, isTalkedOfByAll } from './voices.ts';

/** Links of one workflow that are looked at for one model. */
const MOST_LINKS = 4;
/** Links of other workflows and nodes that are held against the one that leads to a file. */
const MOST_OTHERS = 8;

/** A file of no bytes is none, whatever its name: an upload that has failed. */
const EMPTY = 'the file there is empty';

/** Where the catalogue leads, or why a part of it could not be read. */
export interface CatalogueAnswer {
  answer: SourceAnswer;
  origin: FindingOrigin;
}

/** What the ladder can ask. None of these throws for a place that is down; all throw when the run is aborted. */
export interface LadderPorts {
  /** Looks where one of the workflow's links leads. */
  checkLink: (url: string) => Promise<SourceAnswer>;
  /** What Civitai knows of each sha256 that workflows name; empty when there is none or it was not asked. */
  hashAnswers: readonly SourceAnswer[];
  /** Files of this name or hash on this machine; with `proven` only those are read for their sha256 that may have its bytes. */
  findLocal: (proven?: { sha256: string; sizeBytes: number | null }) => Promise<readonly Offer[]>;
  /** Looks the name and the sha256 up in what is known, and where that leads. */
  lookUp: () => Promise<readonly CatalogueAnswer[]>;
  /** Looks at pages that the model's own workflows point to. */
  lookAtPages: () => Promise<readonly CatalogueAnswer[]>;
  /** Looks at versions on Civitai whose ids may stand in the name. */
  askIds: () => Promise<readonly CatalogueAnswer[]>;
  /** Looks at known places of similar names. */
  findSimilar: () => Promise<readonly CatalogueAnswer[]>;
  /** Looks at known places that have this sha256. */
  findTwins: (sha256: string) => Promise<readonly CatalogueAnswer[]>;
  /** Looks at places that only other workflows name. */
  hearSay: () => Promise<readonly CatalogueAnswer[]>;
  /** Whether every workflow that needs the file names this link. */
  isNamedByAll: (url: string) => boolean;
  /** A step that looks for the file's name; absent where there is none. */
  search: Partial<Record<SearchSource, () => Promise<SourceAnswer>>>;
}

/**
 * Asks one step after the other, cheapest and strongest first, and stops as soon as the file is proven. This machine's own files are
 * looked at first, since they cost nothing; the rest goes in the order of `sources`.
 */
export async function climbLadder(requirement: Requirement, sources: readonly SearchSource[], ports: LadderPorts): Promise<Evidence> {
  const trail = new Trail(requirement);
  if (sources.includes('local')) for (const offer of await ports.findLocal()) trail.add(offer, { kind: 'local' });
  for (const answer of ports.hashAnswers) trail.addAnswer(answer, { kind: 'hash' });
  for (const source of sources) {
    if (source === 'local') continue;
    if (source === 'workflow') await followLinks(trail, ports);
    else if (source === 'catalog') await lookUp(trail, ports);
    else await search(trail, source, ports);
  }
  if (sources.includes('catalog') && !trail.isProven()) trail.addAll(await ports.hearSay());
  if (sources.includes('catalog') && trail.isEmpty()) trail.addAll(await ports.findSimilar());
  if (sources.includes('local')) await compareLocal(trail, ports);
  const { sha256, needsAccount } = trail.proof();
  if (sources.includes('catalog') && sha256 !== null && needsAccount) trail.addAll(await ports.findTwins(sha256));
  return trail.evidence();
}

/** Only a link or a place has told the sha256: now it can be compared with that of the files on this machine. */
async function compareLocal(trail: Trail, ports: LadderPorts): Promise<void> {
  const { sha256, sizeBytes, isLocal } = trail.proof();
  if (sha256 === null || isLocal || trail.requirement.sha256 !== null) return;
  const same = (await ports.findLocal({ sha256, sizeBytes })).filter((offer) => offer.sha256 === sha256);
  for (const offer of same) trail.add(offer, { kind: 'local' });
}

/** A link that only some of the workflows name is held against what is known: one of them must not mislead the others. */
async function lookUp(trail: Trail, ports: LadderPorts): Promise<void> {
  if (!trail.isProven() || trail.restsOnLocalName() || trail.isProvenBySomeOnly()) trail.addAll(await ports.lookUp());
}

/** Civitai's pages that a note points to are looked at before its search, which knows no file names. */
async function search(trail: Trail, source: SearchSource, ports: LadderPorts): Promise<void> {
  if (source === 'civitai' && !trail.isProven()) trail.addAll(await ports.lookAtPages());
  const step = ports.search[source];
  if (step && trail.needsSearch(source)) trail.addAnswer(await step(), { kind: 'exact' });
  if (source === 'civitai' && !trail.hasName()) trail.addAll(await ports.askIds());
}

/** Looks at the links until one leads to the file. A file that is proven by its hash but may need an account is worth another place. */
async function followLinks(trail: Trail, ports: LadderPorts): Promise<void> {
  const { requirement } = trail;
  const links = distinctLinks(requirement);
  let looked = 0;
  for (const link of links.slice(0, MOST_LINKS)) {
    if (trail.isProven({ withoutAccount: true }) && !trail.restsOnLocalName()) break;
    looked++;
    const answer = await ports.checkLink(link.url);
    trail.addAnswer(answer, linkOrigin(link, trail.requirement, ports));
    if (answer.kind === 'failed' && !isHub(answer.unchecked)) {
      trail.remark(`the workflow's own link could not be looked at: ${answer.unchecked.message}`);
    }
    if (answer.kind !== 'found') continue;
    const trouble = answer.offers.map((offer) => describeLinkTrouble(requirement, offer, link.from === 'properties')).find(Boolean);
    if (trouble) trail.remark(`the workflow's own link is not for this file: ${trouble}`);
  }
  if (trail.hasLink()) await hearOthers(trail, links.slice(looked), ports);
}

/** Looks at the links of workflows and nodes that name none of those which were looked at: they may mean another file. */
async function hearOthers(trail: Trail, links: readonly SourceUrl[], ports: LadderPorts): Promise<void> {
  let looked = 0;
  for (const link of links) {
    if (!isUnheard(link.namedBy ?? [], trail.evidence())) continue;
    if (looked++ >= MOST_OTHERS) return trail.remark(`more than ${MOST_OTHERS} other links for this name are not looked at`);
    const answer = await ports.checkLink(link.url);
    if (answer.kind === 'nothing') trail.remark(`another link for this name is dead: ${answer.reason}`);
    else trail.addAnswer(answer, linkOrigin(link, trail.requirement, ports));
    if (answer.kind === 'failed') trail.remark(`another link for this name could not be looked at: ${answer.unchecked.message}`);
  }
}

/** A hub's trouble is reported by itself, and is none of the link's. */
function isHub({ source }: Unchecked): boolean {
  return source === 'huggingface' || source === 'civitai' || source === 'modelscope';
}

function linkOrigin({ url, from, namedBy = [] }: SourceUrl, requirement: Requirement, ports: LadderPorts): FindingOrigin {
  return { kind: 'link', from, byAll: namedBy.length > 0 ? isNamedByEach(requirement, namedBy) : ports.isNamedByAll(url), namedBy };
}

/** What has come up so far for one requirement. */
class Trail {
  readonly requirement: Requirement;
  readonly #findings: Finding[] = [];
  readonly #unchecked = new Map<string, Unchecked>();
  readonly #remarks: string[] = [];

  constructor(requirement: Requirement) {
    this.requirement = requirement;
  }

  add(offer: Offer, origin: FindingOrigin): void {
    this.#findings.push({ offer: offer.sizeBytes === 0 ? { ...offer, obstacle: offer.obstacle ?? EMPTY } : offer, origin });
  }

  addAll(answers: readonly CatalogueAnswer[]): void {
    for (const { answer, origin } of answers) this.addAnswer(answer, origin);
  }

  addAnswer(answer: SourceAnswer, origin: FindingOrigin): void {
    switch (answer.kind) {
      case 'found':
        for (const offer of answer.offers) this.add(offer, origin);
        if (answer.unchecked) this.#addUnchecked(answer.unchecked);
        return;
      case 'related':
        for (const offer of answer.offers) this.add(offer, { kind: 'related' });
        if (answer.unchecked) this.#addUnchecked(answer.unchecked);
        if (origin.kind === 'link') this.remark(`the workflow's own link is not enough: ${answer.reason}`);
        return;
      case 'nothing':
        if (origin.kind === 'link') this.remark(`the workflow's own link is dead: ${answer.reason}`);
        return;
      case 'failed':
        this.#addUnchecked(answer.unchecked);
    }
  }

  isEmpty(): boolean {
    return this.#findings.length === 0;
  }

  /** Whether anything has the very name. */
  hasName(): boolean {
    return this.#findings.some(({ offer }) => isWantedName(this.requirement.filename, offer.filename));
  }

  remark(text: string): void {
    if (!this.#remarks.includes(text)) this.#remarks.push(text);
  }

  isProven(options: { withoutAccount?: boolean } = {}): boolean {
    if (findStrongProof(this.evidence()) === null) return false;
    return !options.withoutAccount || !this.proof().needsAccount;
  }

  /** Whether one of the links leads to a file that can be the wanted one. */
  hasLink(): boolean {
    return this.#findings.some((finding) => isUsableLink(this.requirement, finding));
  }

  /** What the proven file must be, and whether it may take an account to get it. */
  proof(): { sha256: string | null; sizeBytes: number | null; needsAccount: boolean; isLocal: boolean } {
    const proof = findStrongProof(this.evidence());
    if (!proof) return { sha256: null, sizeBytes: null, needsAccount: false, isLocal: false };
    const { sizeBytes, requiresAuth, source } = proof.offer;
    const isLocal = source === 'local';
    return { sha256: proof.sha256, sizeBytes, needsAccount: requiresAuth !== false && !isLocal, isLocal };
  }

  /** A name alone speaks for a file of this machine: what links and the catalogue say of the name is held against it first. */
  restsOnLocalName(): boolean {
    const proof = findStrongProof(this.evidence());
    return proof?.offer.source === 'local' && proof.proof === 'name';
  }

  /** What some of the workflows say of the file is held against what others have: the rest of them must not be misled. */
  isProvenBySomeOnly(): boolean {
    const proof = findStrongProof(this.evidence());
    if (proof?.proof === 'hash') return !proof.offer.knownPublisher && !isTalkedOfByAll(this.requirement);
    return proof?.proof === 'link' && !this.#findings.some((finding) => isNamedByAll(this.requirement, finding));
  }

  /** Whether a look at what others have under the name could decide otherwise. The makers of loaders are on Hugging Face only. */
  needsSearch(source: SearchSource): boolean {
    if (this.isProvenBySomeOnly()) return true;
    const proof = findStrongProof(this.evidence());
    return proof === null || (source === 'huggingface' && restsOnStranger(this.requirement, proof));
  }

  evidence(): Evidence {
    return {
      requirement: this.requirement,
      findings: this.#findings,
      unchecked: [...this.#unchecked.values()],
      remarks: this.#remarks,
    };
  }

  #addUnchecked(unchecked: Unchecked): void {
    this.#unchecked.set(`${unchecked.source} ${unchecked.code}`, unchecked);
  }
}
