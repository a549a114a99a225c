import type { Unchecked } from '../../core/model.ts';
import type { Offer, SourceAnswer } from '../../core/offer.ts';
import { isPickleFilename } from '../file-formats.ts';
import type { ProbeResult } from '../probe.ts';
import type { HuggingfaceClient } from './client.ts';
import type { HuggingfaceLink } from './links.ts';
import type { HuggingfaceFacts } from './offer.ts';
import { findPublished } from './published-files.ts';
import { dangerOfRow, factsOfRow, makeHuggingfaceOffer, readSha256 } from './offer.ts';

/** Looks whether the hub has the file, and keeps what it says of it. */
export async function checkHuggingfaceLink(link: HuggingfaceLink, client: HuggingfaceClient): Promise<SourceAnswer> {
  const answer = (await findPublished(link, client)) ?? (await lookAt(link, client));
  if (answer.kind === 'found') for (const offer of answer.offers) if (offer.obstacle === null) client.learnFile(offer);
  return answer;
}

/** By one request for its headers; a second one where only the API tells: of a gated file, and whether a pickle has been found dangerous. */
async function lookAt(link: HuggingfaceLink, client: HuggingfaceClient): Promise<SourceAnswer> {
  const probe = await client.probeFile(link);
  if (probe.ok && isForeignPage(probe)) {
    return { kind: 'failed', unchecked: client.files.badAnswer('a page instead of a file') };
  }
  if (probe.ok) return describeFile(link, probe, client);
  if (client.files.isTrouble(probe)) return { kind: 'failed', unchecked: client.files.unchecked(probe.problem) };
  if (probe.headers?.get('x-error-code') === 'GatedRepo') return found(await describeGated(link, client));
  return { kind: 'nothing', reason: describeAbsence(link, probe) };
}

async function describeFile(
  link: HuggingfaceLink,
  probe: Extract<ProbeResult, { ok: true }>,
  client: HuggingfaceClient,
): Promise<SourceAnswer> {
  const facts = readFileHeaders(probe);
  if (!isPickleFilename(link.path)) return found(makeHuggingfaceOffer(link, facts));
  const { danger, isSafe, unchecked } = await askVerdict(link, client);
  const offer = makeHuggingfaceOffer(link, { ...facts, danger });
  if (danger !== null || isSafe) client.heedVerdict(offer);
  return { kind: 'found', offers: [offer], unchecked };
}

/** What the hub's scans say against the file. Where they could not be asked nothing is known against it, and that is said. */
async function askVerdict(
  link: HuggingfaceLink,
  client: HuggingfaceClient,
): Promise<{ danger: string | null; isSafe: boolean; unchecked: Unchecked | null }> {
  const described = await client.describeFile(link);
  const row = described.ok ? described.value.find((candidate) => candidate.path === link.path) : undefined;
  const unchecked = !described.ok && client.api.isTrouble(described) ? client.api.unchecked(described.problem) : null;
  return { danger: row ? dangerOfRow(row) : null, isSafe: row?.securityFileStatus?.status === 'safe', unchecked };
}

function readFileHeaders(probe: Extract<ProbeResult, { ok: true }>): HuggingfaceFacts {
  const first = (name: string): string | null => probe.hops.map((hop) => hop.headers.get(name)).find((value) => value) ?? null;
  const { last } = probe;
  const linkedSize = first('x-linked-size');
  // the length of a redirect's own body says nothing about the file
  const length = linkedSize ?? (last.status === 200 ? last.headers.get('content-length') : null);
  return {
    sizeBytes: readSize(length),
    sha256: readSha256(first('x-linked-etag')),
    commit: first('x-repo-commit'),
    // with a key nothing tells whether it was needed
    requiresAuth: probe.hops.some((hop) => hop.authorized) ? null : false,
  };
}

/** A gated repository tells names and sizes to everybody, but hashes only to those who have access. */
async function describeGated(link: HuggingfaceLink, client: HuggingfaceClient): Promise<Offer> {
  const described = await client.describeFile(link);
  const row = described.ok ? described.value.find((candidate) => candidate.path === link.path) : undefined;
  return makeHuggingfaceOffer(link, { ...(row ? factsOfRow(row) : {}), gated: true });
}

/** The words for an answer that says that the file is not there. Without a key the hub answers 401 for what does not exist. */
function describeAbsence(link: HuggingfaceLink, probe: { status: number | null; headers: Headers | null }): string {
  const code = probe.headers?.get('x-error-code');
  if (code === 'EntryNotFound') return `${link.repoId} has no file ${link.path}`;
  if (code === 'RevisionNotFound') return `${link.repoId} has no revision ${link.revision}`;
  if (code === 'RepoNotFound' || probe.status === 401) return `${link.repoId} does not exist or is private`;
  if (probe.status === 403) return `${link.repoId} refuses access`;
  return `${link.repoId} answers ${probe.status ?? 'nothing'} for this file`;
}

function found(offer: Offer): SourceAnswer {
  return { kind: 'found', offers: [offer], unchecked: null };
}

/** A login wall or a proxy's page: the hub names the commit with every file, and no model is HTML or JSON (huggingface_hub, 2026-08). */
function isForeignPage({ hops, last }: Extract<ProbeResult, { ok: true }>): boolean {
  const isPage = /^(?:text\/html|application\/json)\b/i.test(last.headers.get('content-type') ?? '');
  return isPage && last.status === 200 && !hops.some((hop) => hop.headers.has('x-repo-commit'));
}

function readSize(value: string | null): number | null {
  return value !== null && /^\d+$/.test(value) ? Number(value) : null;
}
