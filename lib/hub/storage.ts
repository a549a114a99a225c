import { createHmac, randomBytes } from 'node:crypto';
import type { Content } from './content.ts';
import { type HubAnswer, type HubRequest, pathSegments, textAnswer } from './exchange.ts';
import { serveContent } from './serve-content.ts';

/** Whose files a signed link leads to: they answer differently. */
type StorageOwner = 'huggingface' | 'civitai' | 'modelscope' | 'github';

/** The second origin, where the bytes lie. */
export interface Storage {
  /** An absolute link to the file, signed, and good for as long as the owner's links are. */
  sign(owner: StorageOwner, content: Content, filename: string): string;
  answer(request: HubRequest): HubAnswer;
}

/**
 * Lifetimes in seconds: Hugging Face's and Civitai's B2 links live about an hour (seen 2026-05), GitHub's release links five minutes
 * to an hour; an hour is what all of them keep.
 */
const LINK_LIFETIME_SECONDS = 3600;

/** Makes the storage part. `origin` is asked late, because the port is known only when it listens. */
export function makeStorage(options: { origin: () => string; now: () => number; lifetimeSeconds?: number | undefined }): Storage {
  const secret = randomBytes(16);
  const files = new Map<string, { owner: StorageOwner; content: Content; filename: string }>();
  const signatureOf = (path: string, expires: string): string => createHmac('sha256', secret).update(`${path}\n${expires}`).digest('hex');

  return {
    sign(owner, content, filename) {
      const path = `/${owner}/${content.sha256}/${encodeURIComponent(filename)}`;
      files.set(path, { owner, content, filename });
      const expires = String(Math.floor(options.now() / 1000) + (options.lifetimeSeconds ?? LINK_LIFETIME_SECONDS));
      const query = new URLSearchParams({
        'response-content-disposition': disposition(owner, filename),
        Expires: expires,
        Signature: signatureOf(path, expires),
      });
      return `${options.origin()}${path}?${query.toString()}`;
    },
    answer(request) {
      const { pathname, searchParams } = request.url;
      // what R2 says to a bearer token on a link that is signed already (seen 2026-07)
      if (request.headers.has('authorization')) return refusal(400, 'InvalidRequest', 'Missing x-amz-content-sha256');
      const file = files.get(pathname);
      if (!file || pathSegments(request.url) === undefined) return refusal(404, 'NoSuchKey', 'The specified key does not exist.');
      const expires = searchParams.get('Expires') ?? '';
      if (searchParams.get('Signature') !== signatureOf(pathname, expires)) return refusal(403, 'SignatureDoesNotMatch', 'Bad signature');
      if (Number(expires) * 1000 <= options.now()) return refusal(403, 'AccessDenied', 'Request has expired');
      // Civitai's links are signed for GET
      if (request.method === 'HEAD' && file.owner === 'civitai') return refusal(403, 'SignatureDoesNotMatch', 'Signed for another method');
      const headers = { 'content-disposition': searchParams.get('response-content-disposition') ?? disposition(file.owner, file.filename) };
      return serveContent(request, { content: file.content, etag: etagOf(file.owner, file.content), headers });
    },
  };
}

/** Hugging Face's tag is the sha256, those of S3-like stores are 32 digits that say nothing. */
function etagOf(owner: StorageOwner, content: Content): string {
  return owner === 'huggingface' ? `"${content.sha256}"` : `"${content.sha256.slice(16, 48)}"`;
}

function disposition(owner: StorageOwner, filename: string): string {
  const ascii = filename.replaceAll(/[^\x20-\x7e]|["\\]/g, '_');
  if (owner !== 'huggingface') return `attachment; filename="${ascii}"`;
  return `inline; filename*=UTF-8''${encodeURIComponent(filename)}; filename="${ascii}";`;
}

function refusal(status: number, code: string, message: string): HubAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return textAnswer(body, { status, headers: { 'content-type': 'application/xml' } });
}
