import type { HfFile, HfRepository } from './catalogue.ts';
import { type HfCaller, hfError, isGranted, refuseGated } from './huggingface-access.ts';
import { blobIdOf, commitOf, hasRevision, isLfs, pointerText, xetHashOf } from './huggingface-repository.ts';
import { htmlAnswer, type HubAnswer, type HubRequest, redirectAnswer, textAnswer } from './exchange.ts';
import { serveContent } from './serve-content.ts';
import type { Storage } from './storage.ts';

/** A path below a repository: `/{id}/{verb}/{revision}/{path}`. */
export interface FileAddress {
  repository: HfRepository;
  verb: string;
  revision: string;
  path: string;
}

/** Answers `/resolve/` (the file), `/raw/` (what git has) and `/blob/` (a page about it). */
export function answerFile(request: HubRequest, address: FileAddress, context: { caller: HfCaller; storage: Storage }): HubAnswer {
  const { repository, verb, revision, path } = address;
  if (repository.disabled === true) return hfError(403, null, 'Access to this resource is disabled.');
  if (verb === 'blob') return htmlAnswer(`${path} · ${repository.id} at ${revision}`);
  if (!isGranted(repository, context.caller)) return refuseGated(repository, context.caller);
  if (!hasRevision(repository, revision)) return hfError(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
  const commit = { 'x-repo-commit': commitOf(repository) };
  const file = repository.files.find((candidate) => candidate.path === path);
  if (!file) return hfError(404, 'EntryNotFound', 'Entry not found', commit);
  if (verb === 'raw' && isLfs(file)) return textAnswer(pointerText(file), { headers: commit });
  if (!isLfs(file)) return redirectToCache(request, repository, file);
  return redirectToStorage(request, file, { commit, storage: context.storage });
}

/** Answers `/api/resolve-cache/models/{id}/{commit}/{path}`, the second hop of a small file. */
export function answerCachedFile(request: HubRequest, repository: HfRepository, path: string): HubAnswer {
  const file = repository.files.find((candidate) => candidate.path === path);
  if (!file || isLfs(file)) return hfError(404, 'EntryNotFound', 'Entry not found');
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-repo-commit': commitOf(repository) };
  return serveContent(request, { content: file.content, etag: `"${blobIdOf(file)}"`, headers });
}

function redirectToCache(request: HubRequest, repository: HfRepository, file: HfFile): HubAnswer {
  const commit = commitOf(repository);
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const query = `${encodeURIComponent(request.url.pathname)}=&etag=${encodeURIComponent(`"${blobIdOf(file)}"`)}`;
  return redirectAnswer(307, `/api/resolve-cache/models/${repository.id}/${commit}/${path}?${query}`, { 'x-repo-commit': commit });
}

function redirectToStorage(
  request: HubRequest,
  file: HfFile,
  context: { commit: Readonly<Record<string, string>>; storage: Storage },
): HubAnswer {
  const headers = {
    ...context.commit,
    'accept-ranges': 'bytes',
    'x-linked-size': String(file.content.sizeBytes),
    'x-linked-etag': `"${file.content.sha256}"`,
    'x-xet-hash': xetHashOf(file),
  };
  if (request.headers.get('if-none-match') === headers['x-linked-etag']) return { status: 304, headers, body: null };
  const filename = file.path.slice(file.path.lastIndexOf('/') + 1);
  return redirectAnswer(302, context.storage.sign('huggingface', file.content, filename), headers);
}
