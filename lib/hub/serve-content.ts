import { decideRange } from './byte-range.ts';
import { type Content, readPieces } from './content.ts';
import type { HubAnswer, HubRequest } from './exchange.ts';

/** A file as it goes over the wire. */
export interface ServedFile {
  content: Content;
  /** Strong entity tag with its quotes. */
  etag: string;
  headers?: Readonly<Record<string, string>>;
}

/** One date for everything: nothing that the hub holds changes while it runs. */
const LAST_MODIFIED = 'Tue, 01 Sep 2026 12:00:00 GMT';

/** Answers GET and HEAD for a file: 200, 206, 304 or 416, with `ETag`, `Last-Modified`, `Accept-Ranges` and exact lengths. */
export function serveContent(request: HubRequest, file: ServedFile): HubAnswer {
  const { content, etag } = file;
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag,
    'last-modified': LAST_MODIFIED,
    ...file.headers,
  };
  if (request.headers.get('if-none-match') === etag) return { status: 304, headers, body: null };
  const range = decideRange(request.headers, { sizeBytes: content.sizeBytes, etag, lastModified: LAST_MODIFIED });
  if (range.kind === 'unsatisfiable') {
    return { status: 416, headers: { 'content-range': `bytes */${content.sizeBytes}` }, body: '' };
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: content.sizeBytes };
  headers['content-length'] = String(end - start);
  if (range.kind === 'part') headers['content-range'] = `bytes ${start}-${end - 1}/${content.sizeBytes}`;
  const body = request.method === 'HEAD' ? null : readPieces(content, start, end);
  return { status: range.kind === 'part' ? 206 : 200, headers, body };
}
