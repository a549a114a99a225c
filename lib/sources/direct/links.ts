import { redactUrl } from '../../core/secrets.ts';

/**
 * The URL that delivers the file which a link to no hub names, without anything secret: pages about a file at GitHub and at ModelScope's
 * second site become the file itself. `null` when it is no web link.
 */
export function readDirectLink(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return null;
  const host = parsed.hostname.toLowerCase().replace(/^www\./, '');
  if (host === 'github.com') parsed.pathname = parsed.pathname.replace(/^(\/[^/]+\/[^/]+)\/blob\//, '$1/raw/');
  if (/^modelscope\.(cn|ai)$/.test(host)) parsed.pathname = modelscopePath(parsed.pathname);
  return redactUrl(parsed.href);
}

/** ModelScope shows a file at `/models/{id}/file/view/{revision}/{path}` and delivers it at `/models/{id}/resolve/...` (2026-08). */
function modelscopePath(path: string): string {
  return path.replace(/^(\/models\/[^/]+\/[^/]+)\/(?:file\/view|blob)\//, '$1/resolve/');
}
