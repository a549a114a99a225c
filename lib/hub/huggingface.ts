import type { HfRepository, HubAccount, HubCatalogue } from './catalogue.ts';
import {
  type HfCaller,
  hfError,
  identifyCaller,
  isGranted,
  isVisible,
  refuseInvalidToken,
  refuseUnknownRepository,
} from './huggingface-access.ts';
import { type HfBucket, makeRateLimits } from './huggingface-limits.ts';
import {
  commitOf,
  describeRepository,
  describeScan,
  describeSibling,
  describeTree,
  describeTreeFile,
  hasRevision,
} from './huggingface-repository.ts';
import { answerCachedFile, answerFile } from './huggingface-resolve.ts';
import { decodeCursor, linkToNext, searchModels } from './huggingface-search.ts';
import { htmlAnswer, type HubAnswer, type HubHandler, type HubRequest, jsonAnswer, pathSegments, redirectAnswer } from './exchange.ts';
import type { Storage } from './storage.ts';

/** Rows on a page of `tree`, plain and with `expand`. */
const TREE_PAGE = 1000;
const EXPANDED_TREE_PAGE = 50;

interface Context {
  repositories: readonly HfRepository[];
  accounts: readonly HubAccount[];
  storage: Storage;
  caller: HfCaller;
}

/** The Hugging Face part: search, repository content and file resolution, as the hub answered in 2026. */
export function makeHuggingface(catalogue: HubCatalogue, options: { storage: Storage; now: () => number }): HubHandler {
  const repositories = catalogue.huggingface ?? [];
  const accounts = catalogue.accounts ?? [];
  const count = makeRateLimits(options.now);
  return (request) => {
    const segments = pathSegments(request.url);
    if (!segments) return hfError(400, null, 'Bad Request');
    const caller = identifyCaller(request, accounts);
    const limits = count(bucketOf(segments), caller.kind === 'account');
    if (limits.exceeded) return hfError(429, null, 'Too many requests from this address', limits.headers);
    const answer = route(request, segments, { repositories, accounts, storage: options.storage, caller });
    return { ...answer, headers: { 'x-request-id': 'Root=1-hub', ...limits.headers, ...answer.headers } };
  };
}

function bucketOf(segments: readonly string[]): HfBucket {
  if (segments[0] === 'api') return segments[1] === 'resolve-cache' ? 'resolvers' : 'api';
  return segments[2] === 'resolve' ? 'resolvers' : 'pages';
}

function route(request: HubRequest, segments: readonly string[], context: Context): HubAnswer {
  if (context.caller.kind === 'invalid') return refuseInvalidToken();
  const [first, second] = segments;
  if (first !== 'api') return routePage(request, segments, context);
  if (second === 'whoami-v2') return answerWhoAmI(context.caller);
  if (second === 'resolve-cache') {
    return withRepository(request, segments.slice(3), context, (repository, [, ...path]) =>
      answerCachedFile(request, repository, path.join('/')),
    );
  }
  if (second !== 'models') return hfError(404, null, 'Not Found');
  if (segments.length === 2) return searchModels(request.url, context.repositories, context.caller);
  return withRepository(request, segments.slice(2), context, (repository, rest) => answerApi(request, repository, rest, context.caller));
}

function routePage(request: HubRequest, segments: readonly string[], context: Context): HubAnswer {
  return withRepository(request, segments, context, (repository, [verb, revision, ...path]) => {
    if (verb === undefined || verb === 'tree') return htmlAnswer(`${repository.id} · models`);
    if (!['resolve', 'raw', 'blob'].includes(verb) || revision === undefined) return hfError(404, null, 'Not Found');
    return answerFile(request, { repository, verb, revision, path: path.join('/') }, context);
  });
}

/** Finds the repository that the first two segments name, sends a former name on to the new one, and refuses what is not there. */
function withRepository(
  request: HubRequest,
  [owner = '', name = '', ...rest]: readonly string[],
  context: Context,
  answer: (repository: HfRepository, rest: string[]) => HubAnswer,
): HubAnswer {
  const id = `${owner}/${name}`;
  const repository = context.repositories.find((candidate) => candidate.id === id || candidate.formerIds?.includes(id));
  if (!repository || !isVisible(repository, context.caller)) return refuseUnknownRepository(context.caller);
  if (repository.id === id) return answer(repository, rest);
  const { pathname, search } = request.url;
  return redirectAnswer(307, `${pathname.replace(`/${id}`, `/${repository.id}`)}${search}`);
}

function answerWhoAmI(caller: HfCaller): HubAnswer {
  if (caller.kind !== 'account') return hfError(401, null, 'Invalid username or password.');
  const { username } = caller.account;
  return jsonAnswer({ type: 'user', id: username, name: username, auth: { type: 'access_token', accessToken: { role: 'read' } } });
}

function answerApi(request: HubRequest, repository: HfRepository, rest: readonly string[], caller: HfCaller): HubAnswer {
  const [verb, revision = 'main', ...path] = rest;
  if (repository.disabled === true) return hfError(403, null, 'Access to this resource is disabled.');
  if (!hasRevision(repository, revision)) return hfError(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
  const masked = !isGranted(repository, caller);
  if (verb === undefined || verb === 'revision') return answerInfo(request.url, repository, masked);
  if (verb === 'tree') return answerTree(request.url, repository, { folder: path.join('/'), masked });
  if (verb === 'paths-info' && request.method === 'POST') return answerPathsInfo(request.body, repository, masked);
  return hfError(404, null, 'Not Found');
}

function answerInfo(url: URL, repository: HfRepository, masked: boolean): HubAnswer {
  const blobs = ['true', '1'].includes(url.searchParams.get('blobs') ?? '');
  const siblings = repository.files.map((file) => describeSibling(file, { blobs, masked }));
  return jsonAnswer({ ...describeRepository(repository), siblings });
}

function answerTree(url: URL, repository: HfRepository, at: { folder: string; masked: boolean }): HubAnswer {
  const flag = (name: string): boolean => ['true', '1'].includes(url.searchParams.get(name) ?? '');
  const rows = describeTree(repository, at.folder, { recursive: flag('recursive'), masked: at.masked });
  if (rows.length === 0 && at.folder !== '') {
    return hfError(404, 'EntryNotFound', `${at.folder} does not exist on "main"`, { 'x-repo-commit': commitOf(repository) });
  }
  const expanded = flag('expand');
  const limit = Number(url.searchParams.get('limit') ?? 0) || (expanded ? EXPANDED_TREE_PAGE : TREE_PAGE);
  const start = decodeCursor(url.searchParams.get('cursor'));
  const page = rows.slice(start, start + limit);
  if (expanded) for (const row of page) expandRow(row, repository);
  return jsonAnswer(page, { headers: linkToNext(url, start + limit, rows.length) });
}

function answerPathsInfo(body: string, repository: HfRepository, masked: boolean): HubAnswer {
  const { paths, expand } = readWish(body);
  if (!paths) return hfError(400, null, '"paths" must be an array');
  const rows = repository.files.filter((file) => paths.includes(file.path)).map((file) => describeTreeFile(file, masked));
  if (expand) for (const row of rows) expandRow(row, repository);
  return jsonAnswer(rows);
}

/** What `expand` adds: the last commit, and of a file what the scans say. */
function expandRow(row: Record<string, unknown>, repository: HfRepository): void {
  row['lastCommit'] = { id: commitOf(repository), title: 'Upload files', date: '2026-06-01T12:00:00.000Z' };
  const file = repository.files.find(({ path }) => path === row['path']);
  if (file) row['securityFileStatus'] = describeScan(file);
}

function readWish(body: string): { paths: unknown[] | undefined; expand: boolean } {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('paths' in value)) return { paths: undefined, expand: false };
    return { paths: Array.isArray(value.paths) ? value.paths : undefined, expand: 'expand' in value && value.expand === true };
  } catch {
    return { paths: undefined, expand: false };
  }
}
