import type { ContentIdentity } from './identity.ts';
import { compareIdentity, ifRangeValue, promisedSha256 } from './identity.ts';
import type { Trouble } from './trouble.ts';
import type { Expectation } from './verify.ts';
import { isExpectedSize } from './verify.ts';

/** What of the source's own words about the file contradicts what is wanted: then not a byte of a wrong file is fetched. */
export function findBrokenPromise(seen: ContentIdentity, expected: Expectation): Trouble | undefined {
  const promised = promisedSha256(seen);
  if (expected.sha256 !== null && promised !== null && expected.sha256 !== promised) {
    return { kind: 'checksum', expected: expected.sha256, actual: promised };
  }
  if (seen.total === 0) return { kind: 'not_a_model', what: 'an empty file' };
  if (expected.sizeBytes !== null && seen.total !== null && !isExpectedSize(seen.total, expected)) {
    return { kind: 'size', expected: expected.sizeBytes, actual: seen.total };
  }
  return undefined;
}

/**
 * Whether an answer's bytes may stand beside those held: never when they are of another file, and when nothing tells, only if a sha256
 * will prove the whole in the end.
 */
export function mayJoin(held: ContentIdentity, seen: ContentIdentity, sha256: string | null): boolean {
  const verdict = compareIdentity(held, seen);
  return verdict === 'same' || (verdict === 'unknown' && sha256 !== null);
}

/** The storage has another tag or date now for what Hugging Face says is the same content: with those the rest can be asked for. */
export function isOnlyNewTag(held: ContentIdentity, seen: ContentIdentity): boolean {
  return held.linkedEtag !== null && compareIdentity(held, seen) === 'same' && ifRangeValue(held) !== ifRangeValue(seen);
}

/** What is known of a file after a further answer about it. */
export function mergeIdentity(held: ContentIdentity, seen: ContentIdentity): ContentIdentity {
  return {
    linkedEtag: held.linkedEtag ?? seen.linkedEtag,
    etag: seen.etag ?? held.etag,
    lastModified: seen.lastModified ?? held.lastModified,
    total: held.total ?? seen.total,
  };
}
