import { isServiceHost } from '../../core/services.ts';

/** What a link to Civitai names: a version (and perhaps one file of it), or a model of which no version is named. */
export interface CivitaiLink {
  modelId: number | null;
  versionId: number | null;
  fileId: number | null;
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
/** Largest id that the service takes. */
const MOST_ID = 2147483647;
/**
 * `urn:air:{ecosystem}:{type}:civitai:{model}[@{version}][+{file}][.{format}]`; `urn:` and `urn:air:` may be missing (Civitai's developer
 * documentation, 2026-08).
 */
const AIR = /^(?:urn:)?(?:air:)?[\w-]+:[\w-]+:civitai:(\d+)(?:@(\d+))?(?:\+(\d+))?(?:\.\w+)?$/i;

/** What a page, a download link, an API link or an AIR names; `null` for every other URL, and for pages that name no model. */
export function readCivitaiLink(url: string, endpoint: string): CivitaiLink | null {
  const air = AIR.exec(url.trim());
  if (air) return { modelId: readId(air[1]), versionId: readId(air[2]), fileId: readId(air[3]), wish: {} };
  const place = readPlace(url, endpoint);
  if (!place) return null;
  const { segments, query } = place;
  const at = segments[0] === 'api' ? segments.slice(segments[1] === 'v1' ? 2 : 1) : segments;
  const fileId = readId(query.get('fileId'));
  if (at[0] === 'download' && at[1] === 'models') return ofVersion(readId(at[2]), { fileId, wish: readWish(query) });
  if (at[0] === 'model-versions') return ofVersion(readId(at[1]), { fileId, wish: {} });
  if (at[0] !== 'models') return null;
  const modelId = readId(at[1]);
  const versionId = readId(query.get('modelVersionId') ?? query.get('version'));
  return modelId === null ? null : { modelId, versionId, fileId, wish: {} };
}

/** Whether the URL stands at Civitai, one of its sibling sites or the configured endpoint, or is an AIR of Civitai. */
export function isCivitaiUrl(url: string, endpoint: string): boolean {
  return AIR.test(url.trim()) || readPlace(url, endpoint) !== null;
}

/**
 * The stable public link to one file. Links that the API gives are not used: some of its answers build them from the wrong host, and one
 * without a file's id delivers different files to different accounts.
 */
export function civitaiUrl(versionId: number, choice: { fileId: number } | { type: string }): string {
  const query = 'fileId' in choice ? `fileId=${choice.fileId}` : `type=${encodeURIComponent(choice.type)}`;
  return `https://civitai.com/api/download/models/${versionId}?${query}`;
}

function ofVersion(versionId: number | null, rest: Pick<CivitaiLink, 'fileId' | 'wish'>): CivitaiLink | null {
  return versionId === null ? null : { modelId: null, versionId, ...rest };
}

function readPlace(url: string, endpoint: string): { segments: string[]; query: URLSearchParams } | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  const base = new URL(endpoint);
  const prefix = base.pathname.replace(/\/$/, '');
  const isEndpoint = parsed.origin === base.origin && parsed.pathname.startsWith(`${prefix}/`);
  if (!isEndpoint && !(/^https?:$/.test(parsed.protocol) && isServiceHost(parsed.hostname, 'civitai'))) return null;
  const path = isEndpoint ? parsed.pathname.slice(prefix.length) : parsed.pathname;
  return { segments: path.split('/').filter((segment) => segment !== ''), query: parsed.searchParams };
}

function readWish(query: URLSearchParams): CivitaiWish {
  return Object.fromEntries(WISHES.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
}

function readId(text: string | null | undefined): number | null {
  if (!text || !/^\d{1,10}$/.test(text)) return null;
  const id = Number(text);
  return id >= 1 && id <= MOST_ID ? id : null;
}
