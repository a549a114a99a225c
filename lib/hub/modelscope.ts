import type { HfFile, HubAccount, HubCatalogue, MsRepository } from './catalogue.ts';
import { bearerToken, htmlAnswer, type HubAnswer, type HubHandler, type HubRequest } from './exchange.ts';
import { jsonAnswer, pathSegments, redirectAnswer } from './exchange.ts';
import { commitOf, isLfs } from './huggingface-repository.ts';
import { serveContent } from './serve-content.ts';
import type { Storage } from './storage.ts';

/** Most repositories on a page of a search; `page_number * page_size` may not pass the second one (the SDK, 2026-07). */
const LARGEST_PAGE = 50;
const DEEPEST_ROW = 3000;

interface Context {
  repositories: readonly MsRepository[];
  caller: HubAccount | undefined;
  storage: Storage;
}

/** The ModelScope part: search, file lists and files, as its SDK and its users' clients met them in 2026. */
export function makeModelscope(catalogue: HubCatalogue, storage: Storage): HubHandler {
  const accounts = (catalogue.accounts ?? []).filter(({ service }) => service === 'modelscope');
  return (request) => {
    const segments = pathSegments(request.url) ?? [];
    const caller = findCaller(request, accounts);
    const repositories = (catalogue.modelscope ?? []).filter((repository) => isVisible(repository, caller));
    return route(request, segments, { repositories, caller, storage });
  };
}

function route(request: HubRequest, segments: readonly string[], context: Context): HubAnswer {
  const { searchParams } = request.url;
  const [first, second, third, ...rest] = segments;
  if (first === 'openapi' && third === 'models' && rest.length === 0) return searchModels(searchParams, context.repositories);
  if (first === 'openapi' && third === 'users') {
    const { caller } = context;
    return caller ? jsonAnswer({ success: true, data: { username: caller.username } }) : refusal(401, 10010202001, 'no valid token');
  }
  if (first === 'api' && third === 'models') {
    const repository = context.repositories.find(({ id }) => id === `${rest[0]}/${rest[1]}`);
    if (!repository) return refusal(404, 10010205001, 'the model does not exist or is private');
    if (rest[2] !== 'repo') return refusal(404, 10010205001, 'no such route');
    if (rest[3] === 'files') return listFiles(searchParams, repository);
    const address = { revision: searchParams.get('Revision') ?? 'master', path: searchParams.get('FilePath') ?? '' };
    return answerFile(request, repository, { ...address, storage: context.storage });
  }
  if (first !== 'models') return htmlAnswer('ModelScope');
  const repository = context.repositories.find(({ id }) => id === `${second}/${third}`);
  if (rest[0] !== 'resolve' || !repository) return htmlAnswer(`${second}/${third} · ModelScope`, repository ? {} : { status: 404 });
  return answerFile(request, repository, { revision: rest[1] ?? '', path: rest.slice(2).join('/'), storage: context.storage });
}

/** The token comes as a bearer or as a session's cookie. */
function findCaller(request: HubRequest, accounts: readonly HubAccount[]): HubAccount | undefined {
  const token = bearerToken(request) ?? /(?:^|;\s*)m_session_id=([^;]+)/.exec(request.headers.get('cookie') ?? '')?.[1];
  return accounts.find((account) => account.token === token);
}

function isVisible(repository: MsRepository, caller: HubAccount | undefined): boolean {
  return repository.private !== true || (caller?.repositories ?? []).includes(repository.id);
}

function searchModels(query: URLSearchParams, repositories: readonly MsRepository[]): HubAnswer {
  const size = Number(query.get('page_size') ?? 10);
  const page = Number(query.get('page_number') ?? 1);
  if (size > LARGEST_PAGE || page * size > DEEPEST_ROW) return jsonAnswer({ success: false, message: 'invalid page' }, { status: 400 });
  const words = (query.get('search') ?? '').toLowerCase();
  const owner = query.get('owner')?.toLowerCase();
  const found = repositories.filter(({ id, private: hidden }) => {
    return hidden !== true && id.toLowerCase().includes(words) && (owner === undefined || id.toLowerCase().startsWith(`${owner}/`));
  });
  if (query.get('sort') === 'downloads') found.sort((left, right) => (right.downloads ?? 0) - (left.downloads ?? 0));
  const models = found.slice((page - 1) * size, page * size).map(describeRepository);
  return jsonAnswer({ success: true, data: { models, total_count: found.length, page_number: page, page_size: size }, request_id: 'hub' });
}

function describeRepository(repository: MsRepository): Record<string, unknown> {
  return {
    id: repository.id,
    display_name: repository.id.split('/')[1],
    downloads: repository.downloads ?? 0,
    likes: repository.likes ?? 0,
    created_at: repository.createdAt ?? '2026-06-01T12:00:00Z',
    license: repository.license ?? '',
    private: false,
    gated: false,
    tags: [],
  };
}

function listFiles(query: URLSearchParams, repository: MsRepository): HubAnswer {
  const revision = query.get('Revision') ?? 'master';
  if (!hasRevision(repository, revision)) return refusal(404, 10010205002, `revision ${revision} does not exist`);
  if (query.get('Recursive')?.toLowerCase() !== 'true') return refusal(400, 10010200001, 'this hub lists whole repositories only');
  const folders = new Set(repository.files.flatMap(({ path }) => foldersAbove(path)));
  const rows = [...folders].map((path) => ({ Name: nameOf(path), Path: path, Type: 'tree', Size: 0, Sha256: '', IsLFS: false }));
  const Files = [...rows, ...repository.files.map((file) => describeFile(repository, file))];
  return jsonAnswer({ Code: 200, Data: { Files }, Message: 'success', RequestId: 'hub', Success: true });
}

function describeFile(repository: MsRepository, file: HfFile): Record<string, unknown> {
  return {
    Name: nameOf(file.path),
    Path: file.path,
    Type: 'blob',
    Size: file.content.sizeBytes,
    Sha256: file.content.sha256,
    IsLFS: isLfs(file),
    Revision: commitOf(repository),
    CommittedDate: 1_780_000_000,
  };
}

/**
 * A file in LFS lies in a storage elsewhere, which answers ranges by the rules. The others come from the site itself, which gives a part
 * under status 200, and says of what is not there with status 200 too that it is not there (both seen 2026).
 */
function answerFile(
  request: HubRequest,
  repository: MsRepository,
  { revision, path, storage }: { revision: string; path: string; storage: Storage },
): HubAnswer {
  const file = hasRevision(repository, revision) ? repository.files.find((candidate) => candidate.path === path) : undefined;
  if (!file) return jsonAnswer({ Code: 10010206004, Message: 'the file does not exist', RequestId: 'hub', Success: false });
  if (isLfs(file)) return redirectAnswer(302, storage.sign('modelscope', file.content, nameOf(path)));
  const answer = serveContent(request, { content: file.content, etag: `"${file.content.sha256.slice(0, 40)}"` });
  return answer.status === 206 ? { ...answer, status: 200 } : answer;
}

function hasRevision(repository: MsRepository, revision: string): boolean {
  return revision === 'master' || (repository.revisions ?? []).includes(revision);
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, at) => parts.slice(0, at + 1).join('/'));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function refusal(status: number, code: number, message: string): HubAnswer {
  return jsonAnswer({ Code: code, Message: message, RequestId: 'hub', Success: false }, { status });
}
