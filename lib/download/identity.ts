import type { OpenedAnswer } from '../core/http/client.ts';

/** By what the same content is known again when a transfer goes on. */
export interface ContentIdentity {
  /** `X-Linked-Etag` of Hugging Face's redirect, without quotes: the sha256 of the file. Its storage may give no tag of its own. */
  linkedEtag: string | null;
  /** The last answer's own strong tag with its quotes; weak ones never prove bytes (RFC 9110, section 13.1.5). */
  etag: string | null;
  lastModified: string | null;
  /** Size of the whole file in bytes. */
  total: number | null;
}

export const UNKNOWN_IDENTITY: ContentIdentity = { linkedEtag: null, etag: null, lastModified: null, total: null };

/** What an answer says of the whole file. `total` is what its own length or Content-Range says, else the redirect's `X-Linked-Size`. */
export function readIdentity(answer: OpenedAnswer, total: number | null): ContentIdentity {
  const linked = answer.hops.find((hop) => hop.service === 'huggingface' && hop.headers.has('x-linked-etag'));
  const { headers } = answer.response;
  const etag = headers.get('etag');
  return {
    linkedEtag: unquote(linked?.headers.get('x-linked-etag') ?? null),
    etag: etag !== null && /^".+"$/.test(etag) ? etag : null,
    lastModified: headers.get('last-modified'),
    total: total ?? parseSize(linked?.headers.get('x-linked-size') ?? null),
  };
}

/** How two states of a file compare: `same` needs a tag or date that both have; `different` needs one that contradicts. */
export function compareIdentity(held: ContentIdentity, seen: ContentIdentity): 'same' | 'different' | 'unknown' {
  if (held.total !== null && seen.total !== null && held.total !== seen.total) return 'different';
  if (held.linkedEtag !== null && seen.linkedEtag !== null) return held.linkedEtag === seen.linkedEtag ? 'same' : 'different';
  if (held.etag !== null && seen.etag !== null) return held.etag === seen.etag ? 'same' : 'different';
  if (held.lastModified !== null && seen.lastModified !== null) return held.lastModified === seen.lastModified ? 'same' : 'different';
  return 'unknown';
}

/** The value for `If-Range`, `null` when nothing may stand there. A tag is better than a date, which has only seconds. */
export function ifRangeValue(identity: ContentIdentity): string | null {
  return identity.etag ?? identity.lastModified;
}

/** The sha256 that Hugging Face's redirect promises, `null` when it gives another kind of tag. */
export function promisedSha256(identity: ContentIdentity): string | null {
  return identity.linkedEtag !== null && /^[0-9a-f]{64}$/i.test(identity.linkedEtag) ? identity.linkedEtag.toLowerCase() : null;
}

function unquote(tag: string | null): string | null {
  return tag === null ? null : tag.replace(/^(W\/)?"(.*)"$/, '$2') || null;
}

function parseSize(value: string | null): number | null {
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}
