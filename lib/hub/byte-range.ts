/** What a request asks of a file: all of it, a part (`end` is one past the last byte), or a part that it does not have. */
export type RangeDecision = { kind: 'whole' } | { kind: 'part'; start: number; end: number } | { kind: 'unsatisfiable' };

/** What decides about a range besides the header itself. */
export interface RangeSubject {
  sizeBytes: number;
  /** Strong entity tag with its quotes. */
  etag: string;
  /** HTTP date. */
  lastModified: string;
}

const WHOLE: RangeDecision = { kind: 'whole' };

/**
 * Decides by RFC 9110, section 14: several ranges, another unit or a malformed header are ignored, and so is every range when
 * `If-Range` names another state of the file (weak tags never match).
 */
export function decideRange(headers: Headers, subject: RangeSubject): RangeDecision {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.get('range')?.trim() ?? '');
  if (!match || !agreesWithIfRange(headers.get('if-range'), subject)) return WHOLE;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return WHOLE;
  if (first === '') return decideSuffix(Number(last), subject.sizeBytes);
  const start = Number(first);
  if (last !== '' && Number(last) < start) return WHOLE;
  if (start >= subject.sizeBytes) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: last === '' ? subject.sizeBytes : Math.min(Number(last) + 1, subject.sizeBytes) };
}

function decideSuffix(length: number, sizeBytes: number): RangeDecision {
  if (length === 0 || sizeBytes === 0) return { kind: 'unsatisfiable' };
  return { kind: 'part', start: Math.max(0, sizeBytes - length), end: sizeBytes };
}

function agreesWithIfRange(ifRange: string | null, subject: RangeSubject): boolean {
  if (ifRange === null) return true;
  return ifRange === subject.etag || ifRange === subject.lastModified;
}
