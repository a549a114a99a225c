import { isServiceHost } from './services.ts';

/** What stands in a workflow for a model of Civitai instead of a file name. */
export interface CivitaiReference {
  modelId: number | null;
  versionId: number | null;
  fileId: number | null;
}

/** Largest id that the service takes (its own limit, 2026-08). */
const MOST_ID = 2_147_483_647;
/**
 * `urn:air:{ecosystem}:{type}:civitai:{model}[@{version}][+{file}][.{format}]`; `urn:` and `air:` may be missing (Civitai's developer
 * documentation, 2026-08). People also leave out ecosystem and type; `civitai:@{version}` is this project's own name for a version of
 * which no model is told.
 */
const AIR = /^(?:urn:)?(?:air:)?(?:[\w-]+:[\w-]+:)?civitai:(?:(\d+)(?:@(\d+))?|@(\d+))(?:\+(\d+))?(?:\.\w+)?$/i;

/** The ids in a name for a resource of Civitai; `null` for every other text. */
export function readAir(text: string): CivitaiReference | null {
  const match = AIR.exec(text.trim());
  if (!match) return null;
  const reference = { modelId: readCivitaiId(match[1]), versionId: readCivitaiId(match[2] ?? match[3]), fileId: readCivitaiId(match[4]) };
  return reference.modelId === null && reference.versionId === null ? null : reference;
}

/** The ids in a page, a download link or an API link of Civitai or one of its sibling sites; `null` for every other URL. */
export function readCivitaiAddress(url: string): CivitaiReference | null {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || !isServiceHost(parsed.hostname, 'civitai')) return null;
  return readCivitaiPath(parsed.pathname, parsed.searchParams);
}

/** The ids in the path and the query of such an address, whatever its host. */
export function readCivitaiPath(path: string, query: URLSearchParams): CivitaiReference | null {
  const segments = path.split('/').filter((segment) => segment !== '');
  const at = segments[0] === 'api' ? segments.slice(segments[1] === 'v1' ? 2 : 1) : segments;
  const fileId = readCivitaiId(query.get('fileId'));
  if (at[0] === 'download' && at[1] === 'models') return ofVersion(readCivitaiId(at[2]), fileId);
  if (at[0] === 'model-versions') return ofVersion(readCivitaiId(at[1]), fileId);
  if (at[0] !== 'models') return null;
  const modelId = readCivitaiId(at[1]);
  const versionId = readCivitaiId(query.get('modelVersionId') ?? query.get('version'));
  return modelId === null ? null : { modelId, versionId, fileId };
}

/** What a model that is named by its ids alone is called where a file name is asked for: `civitai:12345@67890`, `civitai:@67890`. */
export function nameByIds({ modelId, versionId, fileId }: CivitaiReference): string {
  return `civitai:${modelId ?? ''}${versionId === null ? '' : `@${versionId}`}${fileId === null ? '' : `+${fileId}`}`;
}

/** The page that the ids stand for, without anything secret. */
export function pageOfIds({ modelId, versionId, fileId }: CivitaiReference): string {
  const file = fileId === null ? '' : `fileId=${fileId}`;
  if (modelId === null) return `https://civitai.com/api/download/models/${versionId}${file === '' ? '' : `?${file}`}`;
  const query = [versionId === null ? '' : `modelVersionId=${versionId}`, file].filter((part) => part !== '').join('&');
  return `https://civitai.com/models/${modelId}${query === '' ? '' : `?${query}`}`;
}

/** `null` for what is no id. */
export function readCivitaiId(text: string | null | undefined): number | null {
  if (!text || !/^\d{1,10}$/.test(text)) return null;
  const id = Number(text);
  return id >= 1 && id <= MOST_ID ? id : null;
}

function ofVersion(versionId: number | null, fileId: number | null): CivitaiReference | null {
  return versionId === null ? null : { modelId: null, versionId, fileId };
}
