import type { AnsweredHop } from '../../core/http/client.ts';
import { isModelFileName } from '../../core/model-file/names.ts';
import type { Offer, SourceAnswer } from '../../core/offer.ts';
import { baseName, isPickleFilename } from '../file-formats.ts';
import type { LinkQuestion, SourceContext, SourceFactory } from '../types.ts';
import { readDirectLink } from './links.ts';

/** Statuses that say for good that there is nothing to be had. */
const GONE_STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 410]);

/** Links to no hub: releases on GitHub, a publisher's own server. */
export const makeDirect: SourceFactory = (context) => ({
  name: 'direct',
  owns: (url) => readDirectLink(url) !== null,
  describeLink({ url, sizeBytes }) {
    const link = readDirectLink(url);
    return link === null ? null : makeDirectOffer(link, sizeBytes);
  },
  checkLink: async (question) => checkDirectLink(question, context),
});

/** Asks for the first byte only: the answer's headers tell the size, and whether this is a file at all. */
async function checkDirectLink(question: LinkQuestion, context: SourceContext): Promise<SourceAnswer> {
  const url = readDirectLink(question.url);
  if (url === null) return { kind: 'nothing', reason: 'the link is no web address' };
  const { hostname } = new URL(url);
  const probe = await context.wire.probe({
    url,
    method: 'GET',
    headers: { range: 'bytes=0-0' },
    service: { host: hostname },
    trust: question.givenBy === 'user' ? 'service' : 'workflow',
  });
  if (!probe.ok && probe.status !== null && GONE_STATUSES.has(probe.status)) {
    return { kind: 'nothing', reason: `${hostname} answers ${probe.status} for this link` };
  }
  if (!probe.ok) {
    const { details } = probe.problem;
    const message = details.includes(hostname) ? details : `${hostname}: ${details}`;
    return { kind: 'failed', unchecked: { source: hostname, code: probe.problem.code, message } };
  }
  const other = describeOther(probe.last.headers);
  if (other !== null) return describeMisfit(url, hostname, other);
  return { kind: 'found', offers: [makeDirectOffer(url, readSize(probe.last))], unchecked: null };
}

/**
 * A page where the address is a file's own is a login wall or trouble, and may be gone tomorrow; any other address is a page's. A message of
 * ModelScope's says that there is none.
 */
function describeMisfit(url: string, hostname: string, other: 'a page' | 'a message'): SourceAnswer {
  const reason = `${hostname} answers with ${other} and not a file`;
  const isAbsence = other === 'a message' && /(?:^|\.)modelscope\.(?:cn|ai)$/.test(hostname);
  if (isAbsence || !isModelFileName(baseName(new URL(url).pathname))) return { kind: 'nothing', reason };
  return { kind: 'failed', unchecked: { source: hostname, code: 'link_refused', message: reason } };
}

function makeDirectOffer(url: string, sizeBytes: number | null): Offer {
  const { pathname, hostname } = new URL(url);
  const filename = decodeName(baseName(pathname)) || hostname;
  return {
    source: 'direct',
    filename,
    downloadUrl: url,
    sizeBytes,
    sha256: null,
    modelId: null,
    versionId: null,
    repoId: null,
    revision: null,
    repoPath: null,
    foundAt: null,
    title: hostname,
    baseModel: null,
    downloads: null,
    requiresAuth: false,
    gated: false,
    pickle: isPickleFilename(filename),
    danger: null,
    license: null,
    knownPublisher: false,
    directories: [],
    likes: null,
    createdAt: null,
    obstacle: null,
  };
}

/** What came instead of a file; ModelScope's second site says under status 200, in JSON, that there is none (seen 2026). */
function describeOther(headers: Headers): 'a page' | 'a message' | null {
  const type = headers.get('content-type') ?? '';
  if (/^(text\/html|application\/xhtml\+xml)\b/i.test(type)) return 'a page';
  return /^application\/json\b/i.test(type) ? 'a message' : null;
}

/** The whole file's length: from `Content-Range`, which some send under status 200 too, else `Content-Length` of a 200 that ignored the range. */
function readSize(hop: AnsweredHop): number | null {
  const range = hop.headers.get('content-range');
  const whole = hop.status === 206 || range !== null ? /\/(\d+)$/.exec(range ?? '')?.[1] : hop.headers.get('content-length');
  return whole && /^\d+$/.test(whole) ? Number(whole) : null;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
