import type { HfRepository } from './catalogue.ts';
import { type HfCaller, hfError, isVisible } from './huggingface-access.ts';
import { describeRepository, describeSibling } from './huggingface-repository.ts';
import { type HubAnswer, jsonAnswer } from './exchange.ts';

/** Fields of a search entry when neither `full` nor `expand` asks for others. */
const PLAIN_FIELDS = ['likes', 'private', 'downloads', 'tags', 'createdAt', 'modelId'];
const FULL_FIELDS = [...PLAIN_FIELDS, 'author', 'sha', 'lastModified', 'gated', 'disabled', 'siblings'];
const SORTS = new Map<string | null, string>([
  [null, 'downloads'],
  ['trendingScore', 'downloads'],
  ['downloads', 'downloads'],
  ['likes', 'likes'],
  ['lastModified', 'lastModified'],
  ['createdAt', 'createdAt'],
]);

/** Answers `GET /api/models`: `search` looks for a part of the repository's id and nothing else. */
export function searchModels(url: URL, repositories: readonly HfRepository[], caller: HfCaller): HubAnswer {
  const query = url.searchParams;
  const expand = query.getAll('expand').flatMap((value) => value.split(','));
  const full = ['true', '1'].includes(query.get('full') ?? '');
  if (full && expand.length > 0) return hfError(400, null, '"expand" and "full" cannot be used together');
  const sort = SORTS.get(query.get('sort'));
  if (sort === undefined) return hfError(400, null, '"sort" is not a known sort');
  const fields = expand.length > 0 ? expand : full ? FULL_FIELDS : PLAIN_FIELDS;
  const found = repositories.filter((repository) => isVisible(repository, caller) && matches(repository, query));
  const rows = found.map((repository) => ({ repository, row: describeRepository(repository) }));
  rows.sort((left, right) => compareDescending(left.row[sort], right.row[sort]));

  const limit = Math.max(1, Number(query.get('limit') ?? 1000) || 1000);
  const start = decodeCursor(query.get('cursor'));
  const page = rows.slice(start, start + limit).map(({ repository, row }) => pickFields(repository, row, fields));
  return jsonAnswer(page, { headers: linkToNext(url, start + limit, rows.length) });
}

/** The `Link` header that leads to what stands at `next`, empty at the end. */
export function linkToNext(url: URL, next: number, total: number): Record<string, string> {
  if (next >= total) return {};
  const following = new URL(url);
  following.searchParams.set('cursor', Buffer.from(JSON.stringify({ at: next })).toString('base64url'));
  return { link: `<${following.href}>; rel="next"` };
}

/** Where the page starts that a cursor of `linkToNext` stands for; 0 without one. */
export function decodeCursor(cursor: string | null): number {
  if (cursor === null) return 0;
  const match = /"at":(\d+)/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  return Number(match?.[1] ?? 0);
}

function matches(repository: HfRepository, query: URLSearchParams): boolean {
  const id = repository.id.toLowerCase();
  const author = query.get('author')?.toLowerCase();
  if (author !== undefined && !id.startsWith(`${author}/`)) return false;
  if (!id.includes((query.get('search') ?? '').toLowerCase())) return false;
  const tags = new Set([...(repository.tags ?? []), `license:${repository.license ?? ''}`]);
  return query.getAll('filter').every((filter) => tags.has(filter));
}

function compareDescending(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return right - left;
  return String(right) < String(left) ? -1 : String(right) > String(left) ? 1 : 0;
}

function pickFields(repository: HfRepository, row: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = { _id: row['_id'], id: row['id'] };
  for (const field of fields) {
    if (field === 'siblings') picked[field] = repository.files.map((file) => describeSibling(file, { blobs: false, masked: false }));
    else if (Object.hasOwn(row, field)) picked[field] = row[field];
  }
  return picked;
}
