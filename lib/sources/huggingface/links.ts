import { isServiceHost } from '../../core/services.ts';

/** One file in one repository of the hub. */
export interface HuggingfaceLink {
  kind: 'models' | 'datasets' | 'spaces';
  /** `owner/name`; the oldest models have no owner. */
  repoId: string;
  revision: string;
  /** Path inside the repository, `/` as separator, not percent-encoded. */
  path: string;
}

const PUBLIC_BASE = 'https://huggingface.co';
/** Full mirrors with the hub's own paths; `HF_ENDPOINT` is often set to the first one. */
const MIRROR_HOSTS: ReadonlySet<string> = new Set(['hf-mirror.com', 'www.hf-mirror.com']);
/** `blob` is the page about a file and `raw` what git has in its place; both name the same file. */
const FILE_VERBS: ReadonlySet<string> = new Set(['resolve', 'blob', 'raw']);

/** The file that a link of the hub, of a mirror or of the configured endpoint names; `null` for every other URL. */
export function readHuggingfaceLink(url: string, endpoint: string): HuggingfaceLink | null {
  const segments = readSegments(url, endpoint);
  if (!segments) return null;
  const first = segments[0];
  const kind = first === 'datasets' || first === 'spaces' ? first : 'models';
  const rest = kind === 'models' ? segments : segments.slice(1);
  const at = FILE_VERBS.has(rest[2] ?? '') ? 2 : FILE_VERBS.has(rest[1] ?? '') ? 1 : -1;
  if (at < 0) return null;
  const { revision, path } = splitRevision(rest.slice(at + 1));
  if (revision === '' || path.length === 0 || path.includes('..') || path.includes('.')) return null;
  return { kind, repoId: rest.slice(0, at).join('/'), revision, path: path.join('/') };
}

/** Whether the URL stands at the hub, one of its mirrors or the configured endpoint. */
export function isHuggingfaceUrl(url: string, endpoint: string): boolean {
  return readSegments(url, endpoint) !== null;
}

/** The stable public URL of a file. */
export function huggingfaceUrl(link: HuggingfaceLink): string {
  const prefix = link.kind === 'models' ? '' : `${link.kind}/`;
  return `${PUBLIC_BASE}/${prefix}${link.repoId}/resolve/${encodeURIComponent(link.revision)}/${encodePath(link.path)}`;
}

/** A path with each segment percent-encoded by itself. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function readSegments(url: string, endpoint: string): string[] | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  const path = pathBelow(parsed, new URL(endpoint));
  if (path === null) return null;
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return null; // malformed percent-encoding
  }
}

function pathBelow(url: URL, endpoint: URL): string | null {
  const prefix = endpoint.pathname.replace(/\/$/, '');
  if (url.origin === endpoint.origin && url.pathname.startsWith(`${prefix}/`)) return url.pathname.slice(prefix.length);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  return isServiceHost(url.hostname, 'huggingface') || MIRROR_HOSTS.has(url.hostname.toLowerCase()) ? url.pathname : null;
}

/** A revision is one segment, but references such as `refs/pr/1` are often written without encoding. */
function splitRevision(segments: readonly string[]): { revision: string; path: readonly string[] } {
  const length = segments[0] === 'refs' ? 3 : 1;
  return { revision: segments.slice(0, length).join('/'), path: segments.slice(length) };
}
