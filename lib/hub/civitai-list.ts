import type { CivitaiModel } from './catalogue.ts';
import { describeModel, nsfwLevelOf } from './civitai-records.ts';
import { searchIndex } from './civitai-search.ts';
import { type HubAnswer, jsonAnswer } from './exchange.ts';

/** Model types of the service (its enum, 2026-08). */
const MODEL_TYPES =
  'Checkpoint TextualInversion Hypernetwork AestheticGradient LORA LoCon DoRA Controlnet Upscaler MotionModule VAE TextEncoder UNet CLIPVision Poses Wildcards Workflows ComfyWorkflows Detection VisionLanguage CLIP LLM Other'.split(
    ' ',
  );

const MAX_LIMIT = 100;
/** `page * limit` beyond this is refused, and retrying never helps. */
const MAX_DEPTH = 1000;

/** Answers `GET /api/v1/models` with the service's own rules about `query`, `page`, `nsfw` and cursors. */
export function listModels(url: URL, models: readonly CivitaiModel[], options: { origin: string; hasAccount: boolean }): HubAnswer {
  const query = url.searchParams;
  const refusal = refuse(query, options.hasAccount);
  if (refusal) return refusal;
  const limit = Number(query.get('limit') ?? MAX_LIMIT);
  const text = query.get('query');
  const page = query.get('page');
  const start = page === null ? readCursor(query.get('cursor')) : (Number(page) - 1) * limit;

  const types = query.getAll('types');
  const listed = models.filter((model) => isListed(model, query) && (types.length === 0 || types.includes(model.type)));
  const ordered = text === null ? byDownloads(listed) : searchIndex(listed, text);
  const shown = ordered.slice(start, start + limit).filter((model) => passesLateFilters(model, query));
  const items = shown.map((model) => describeModel(model, 'list', options.origin));
  const next = start + limit < ordered.length ? start + limit : undefined;
  const metadata = page === null ? cursorMetadata(url, next, text !== null) : { currentPage: Number(page), pageSize: limit };
  return jsonAnswer({ items, metadata }, { headers: { 'cache-control': 'public, s-maxage=300, stale-while-revalidate=150' } });
}

function refuse(query: URLSearchParams, hasAccount: boolean): HubAnswer | undefined {
  const limit = Number(query.get('limit') ?? MAX_LIMIT);
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_LIMIT) return refuseParameter('limit');
  const page = query.get('page');
  if (page !== null && !(Number(page) >= 1)) return refuseParameter('page');
  if (page !== null && query.has('query')) {
    return jsonAnswer({ error: 'Cannot use page param with query search. Use cursor-based pagination.' }, { status: 400 });
  }
  if (page !== null && Number(page) * limit > MAX_DEPTH) {
    return jsonAnswer({ error: "You've requested too many pages, please use cursors instead" }, { status: 429 });
  }
  // a list in one value, divided by commas, is no type either: the key has to be repeated
  if (query.getAll('types').some((type) => !MODEL_TYPES.includes(type))) return refuseParameter('types');
  if ((query.has('favorites') || query.has('hidden')) && !hasAccount) return jsonAnswer({ error: 'Unauthorized' }, { status: 401 });
  return undefined;
}

/** Here `error` is an object, the serialised complaint of the validator. */
function refuseParameter(name: string): HubAnswer {
  const message = JSON.stringify([{ code: 'invalid_union', path: [name], message: 'Invalid input' }], null, 2);
  return jsonAnswer({ error: { name: 'ZodError', message } }, { status: 400 });
}

/** Without `nsfw=true` only what has a PG level; real persons never; only what has a published file. */
function isListed(model: CivitaiModel, query: URLSearchParams): boolean {
  if (model.poi === true || !model.versions.some((version) => version.files.length > 0)) return false;
  const ids = query.getAll('ids').flatMap((value) => value.split(','));
  if (ids.length > 0 && !ids.includes(String(model.id))) return false;
  return query.get('nsfw') === 'true' || (nsfwLevelOf(model) & 1) !== 0;
}

/** What the service filters after the page was cut: a page may come out short or empty while others follow. */
function passesLateFilters(model: CivitaiModel, query: URLSearchParams): boolean {
  const baseModels = query.getAll('baseModels');
  if (baseModels.length > 0 && !model.versions.some((version) => baseModels.includes(version.baseModel ?? 'Other'))) return false;
  const tag = query.get('tag');
  if (tag !== null && !(model.tags ?? []).includes(tag)) return false;
  const username = query.get('username');
  return username === null || username.toLowerCase() === (model.creator ?? 'someone').toLowerCase();
}

function byDownloads(models: readonly CivitaiModel[]): CivitaiModel[] {
  return [...models].sort((left, right) => (right.downloads ?? 0) - (left.downloads ?? 0));
}

/** With `query` a cursor is a decimal offset, without it three opaque numbers. */
function cursorMetadata(url: URL, next: number | undefined, isSearch: boolean): Record<string, string> {
  if (next === undefined) return {};
  const nextCursor = isSearch ? String(next) : `0|0|${next}`;
  const following = new URL(url);
  following.searchParams.set('cursor', nextCursor);
  return { nextCursor, nextPage: following.href };
}

function readCursor(cursor: string | null): number {
  return Number(/(\d+)$/.exec(cursor ?? '')?.[1] ?? 0);
}
