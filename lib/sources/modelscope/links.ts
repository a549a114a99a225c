import { isServiceHost } from '../../core/services.ts';

/** One file in one model repository. */
export interface ModelscopeLink {
  /** `owner/name`. */
  repoId: string;
  revision: string;
  /** Path inside the repository, `/` as separator, not percent-encoded. */
  path: string;
}

/** ModelScope's name for the branch that others call main. */
export const DEFAULT_REVISION = 'master';

const PUBLIC_BASE = 'https://modelscope.cn';

/**
 * The file that a link of ModelScope or of the configured endpoint names; `null` for every other URL. A file has an address for people
 * (`/models/{id}/file/view/{revision}/{path}`), one for its bytes (`/resolve/`) and one of the API (`/repo?Revision=&FilePath=`), as its
 * own clients use them (2026-07).
 */
export function readModelscopeLink(url: string, endpoint: string): ModelscopeLink | null {
  const read = readSegments(url, endpoint);
  if (!read) return null;
  const { query } = read;
  const isApi = read.segments[0] === 'api' && read.segments[1] === 'v1';
  const [models, owner = '', name = '', ...rest] = isApi ? read.segments.slice(2) : read.segments;
  if (models !== 'models' || owner === '' || name === '') return null;
  const repoId = `${owner}/${name}`;
  if (isApi && rest.length === 1 && rest[0] === 'repo') {
    return makeLink(repoId, query.get('Revision') ?? DEFAULT_REVISION, query.get('FilePath') ?? '');
  }
  const verbs = rest[0] === 'file' && rest[1] === 'view' ? 2 : rest[0] === 'resolve' || rest[0] === 'blob' ? 1 : 0;
  return verbs === 0 || isApi ? null : makeLink(repoId, rest[verbs] ?? '', rest.slice(verbs + 1).join('/'));
}

/** Whether the URL leads to a model repository of ModelScope or to something in one. */
export function isModelscopeUrl(url: string, endpoint: string): boolean {
  const segments = readSegments(url, endpoint)?.segments ?? [];
  return segments[0] === 'models' || (segments[0] === 'api' && segments[2] === 'models');
}

/** The stable public URL of a file. */
export function modelscopeUrl({ repoId, revision, path }: ModelscopeLink): string {
  return `${repositoryUrl(repoId)}/resolve/${encodeURIComponent(revision)}/${encodePath(path)}`;
}

/** The public page of a repository. */
export function repositoryUrl(repoId: string): string {
  return `${PUBLIC_BASE}/models/${encodePath(repoId)}`;
}

/** A path with each segment percent-encoded by itself. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function makeLink(repoId: string, revision: string, path: string): ModelscopeLink | null {
  const parts = path.split('/').filter((part) => part !== '');
  if (revision === '' || parts.length === 0 || parts.includes('..') || parts.includes('.')) return null;
  return { repoId, revision, path: parts.join('/') };
}

function readSegments(url: string, endpoint: string): { segments: string[]; query: URLSearchParams } | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  const base = new URL(endpoint);
  const prefix = base.pathname.replace(/\/$/, '');
  const isBelow = parsed.origin === base.origin && parsed.pathname.startsWith(`${prefix}/`);
  if (!isBelow && !(isWeb(parsed) && isServiceHost(parsed.hostname, 'modelscope'))) return null;
  try {
    const path = isBelow ? parsed.pathname.slice(prefix.length) : parsed.pathname;
    const segments = path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
    return { segments, query: parsed.searchParams };
  } catch {
    return null; // malformed percent-encoding
  }
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:';
}
