import type { OpenedAnswer } from '../core/http/client.ts';

/** By what the same content is known again when a transfer goes on. */
export interface ContentIdentity {
  /** `X-Linked-Etag` of Hugging Face's redirect, without quotes: the sha256 of the file. Its storage may give no tag of its own. */
  linkedEtag: string | null;
  /** The last answer's own tag as it was sent. A weak one (`W/"..."`) proves no bytes, and keeps the date out of `If-Range`. */
  etag: string | null;
  /** Only a date that is a strong validator: the answer was made well after it. */
  lastModified: string | null;
  /** Size of the whole file in bytes. */
  total: number | null;
}

export const UNKNOWN_IDENTITY: ContentIdentity = { linkedEtag: null, etag: null, lastModified: null, total: null };

/**
 * A file may change twice within the second that its date names, and the clocks of storage and server may differ: a date proves bytes only
 * when the answer is this much younger (RFC 9110, section 8.8.2.2, asks for a second and clocks that agree; RFC 7232 for a minute).
 */
const SETTLED_MS = 60_000;

/** What an answer says of the whole file. `total` is what its own length or Content-Range says, else the redirect's `X-Linked-Size`. */
export function readIdentity(answer: OpenedAnswer, total: number | null): ContentIdentity {
  const linked = answer.hops.find((hop) => hop.service === 'huggingface' && hop.headers.has('x-linked-etag'));
  const { headers } = answer.response;
  const etag = headers.get('etag');
  return {
    linkedEtag: unquote(linked?.headers.get('x-linked-etag') ?? null),
    etag: etag !== null && /^(W\/)?".+"$/.test(etag) ? etag : null,
    lastModified: readSettledDate(headers),
    total: total ?? parseSize(linked?.headers.get('x-linked-size') ?? null),
  };
}

/** How two states of a file compare: `same` needs a strong tag or date that both have; `different` needs one that contradicts. */
export function compareIdentity(held: ContentIdentity, seen: ContentIdentity): 'same' | 'different' | 'unknown' {
  if (held.total !== null && seen.total !== null && held.total !== seen.total) return 'different';
  if (held.linkedEtag !== null && seen.linkedEtag !== null) return held.linkedEtag === seen.linkedEtag ? 'same' : 'different';
  if (isStrong(held.etag) && isStrong(seen.etag)) return held.etag === seen.etag ? 'same' : 'different';
  if (held.lastModified === null || seen.lastModified === null) return 'unknown';
  if (held.lastModified !== seen.lastModified) return 'different';
  // two weak tags that differ speak of a change that the date does not show
  return held.etag !== null && seen.etag !== null && held.etag !== seen.etag ? 'unknown' : 'same';
}

/**
 * The value for `If-Range`, `null` when nothing may stand there: no weak tag, and a date only of a file that has no tag at all (RFC 9110,
 * section 13.1.5).
 */
export function ifRangeValue({ etag, lastModified }: ContentIdentity): string | null {
  if (etag === null) return lastModified;
  return isStrong(etag) ? etag : null;
}

/** `true` when an answer about a further piece can tell whether it is of the same file. */
export function isRecognisable({ linkedEtag, etag, lastModified }: ContentIdentity): boolean {
  return linkedEtag !== null || isStrong(etag) || lastModified !== null;
}

/** The sha256 that Hugging Face's redirect promises, `null` when it gives another kind of tag. */
export function promisedSha256(identity: ContentIdentity): string | null {
  return identity.linkedEtag !== null && /^[0-9a-f]{64}$/i.test(identity.linkedEtag) ? identity.linkedEtag.toLowerCase() : null;
}

function isStrong(tag: string | null): boolean {
  return tag !== null && !tag.startsWith('W/');
}

function readSettledDate(headers: Headers): string | null {
  const changed = headers.get('last-modified');
  const ageMs = Date.parse(headers.get('date') ?? '') - Date.parse(changed ?? '');
  return ageMs >= SETTLED_MS ? changed : null;
}

function unquote(tag: string | null): string | null {
  return tag === null ? null : tag.replace(/^(W\/)?"(.*)"$/, '$2') || null;
}

function parseSize(value: string | null): number | null {
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}
