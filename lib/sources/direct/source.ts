import type { AnsweredHop } from '../../core/http/client.ts';
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
    const message = `${probe.problem.error}: ${probe.problem.details}`;
    return { kind: 'failed', unchecked: { source: hostname, code: probe.problem.code, message } };
  }
  if (isPage(probe.last.headers)) return { kind: 'nothing', reason: `${hostname} answers with a page and not a file` };
  return { kind: 'found', offers: [makeDirectOffer(url, readSize(probe.last))], unchecked: null };
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

function isPage(headers: Headers): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/i.test(headers.get('content-type') ?? '');
}

/** The whole file's length: from `Content-Range` of a 206, else `Content-Length` of a 200 that ignored the range. */
function readSize(hop: AnsweredHop): number | null {
  const whole = hop.status === 206 ? /\/(\d+)$/.exec(hop.headers.get('content-range') ?? '')?.[1] : hop.headers.get('content-length');
  return whole && /^\d+$/.test(whole) ? Number(whole) : null;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
