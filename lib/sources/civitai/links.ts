import { type CivitaiReference, readAir, readCivitaiPath } from '../../core/civitai-reference.ts';
import { isServiceHost } from '../../core/services.ts';

/** What a link to Civitai names: a version (and perhaps one file of it), or a model of which no version is named. */
export interface CivitaiLink extends CivitaiReference {
  /** Parameters of a download link that choose among the files of a version. */
  wish: CivitaiWish;
}

export interface CivitaiWish {
  type?: string;
  format?: string;
  size?: string;
  fp?: string;
  quantType?: string;
}

const WISHES = ['type', 'format', 'size', 'fp', 'quantType'] as const;
/** What a page, a download link, an API link or an AIR names; `null` for every other URL, and for pages that name no model. */
export function readCivitaiLink(url: string, endpoint: string): CivitaiLink | null {
  const air = readAir(url);
  if (air) return { ...air, wish: {} };
  const place = readPlace(url, endpoint);
  const ids = place && readCivitaiPath(place.path, place.query);
  if (!place || !ids) return null;
  return { ...ids, wish: place.path.includes('/download/') ? readWish(place.query) : {} };
}

/** Whether the URL stands at Civitai, one of its sibling sites or the configured endpoint, or is an AIR of Civitai. */
export function isCivitaiUrl(url: string, endpoint: string): boolean {
  return readAir(url) !== null || readPlace(url, endpoint) !== null;
}

/**
 * The stable public link to one file. Links that the API gives are not used: some of its answers build them from the wrong host, and one
 * without a file's id delivers different files to different accounts.
 */
export function civitaiUrl(versionId: number, choice: { fileId: number } | { type: string }): string {
  const query = 'fileId' in choice ? `fileId=${choice.fileId}` : `type=${encodeURIComponent(choice.type)}`;
  return `https://civitai.com/api/download/models/${versionId}?${query}`;
}

function readPlace(url: string, endpoint: string): { path: string; query: URLSearchParams } | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  const base = new URL(endpoint);
  const prefix = base.pathname.replace(/\/$/, '');
  const isEndpoint = parsed.origin === base.origin && parsed.pathname.startsWith(`${prefix}/`);
  if (!isEndpoint && !(/^https?:$/.test(parsed.protocol) && isServiceHost(parsed.hostname, 'civitai'))) return null;
  const path = isEndpoint ? parsed.pathname.slice(prefix.length) : parsed.pathname;
  return { path, query: parsed.searchParams };
}

function readWish(query: URLSearchParams): CivitaiWish {
  return Object.fromEntries(WISHES.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
}
