import type { CivitaiFile, CivitaiModel, CivitaiVersion } from './catalogue.ts';
import { primaryFile } from './civitai-records.ts';
import { type HubAnswer, type HubRequest, jsonAnswer, redirectAnswer } from './exchange.ts';
import type { Storage } from './storage.ts';

/** Substrings by which the service takes a User-Agent for a browser's. */
const BROWSER = /mozilla|chrome|safari|firefox|opera|edge/i;

/** A version with the model that it belongs to. */
export interface FoundVersion {
  model: CivitaiModel;
  version: CivitaiVersion;
}

/** Answers `GET /api/download/models/{version}`: a redirect to the storage, or the service's refusals in its order. */
export function answerDownload(
  request: HubRequest,
  found: FoundVersion | undefined,
  context: { storage: Storage; hasAccount: boolean; now: () => number },
): HubAnswer {
  if (!found || found.model.poi === true) return refuse(404, { error: 'File not found' });
  const { model, version } = found;
  if (model.mode !== undefined) return refuse(410, { error: 'Model archived, not available for download' });
  const isBrowser = BROWSER.test(request.headers.get('user-agent') ?? '');
  if ((version.usageControl ?? 'Download') !== 'Download') {
    return refuse(401, { error: 'Unauthorized', message: 'The creator of this asset has disabled downloads on this file' });
  }
  if (version.requireAuth === true && !context.hasAccount) return isBrowser ? redirectToLogin(version) : refuseAnonymous();
  if (isPaid(version, context.now())) return isBrowser ? redirectToPage(found) : refuseEarlyAccess(version);
  const file = chooseFile(version, request.url.searchParams);
  if (!file) return refuse(404, { error: 'File not found' });
  return redirectAnswer(307, context.storage.sign('civitai', file.content, file.name), { 'cache-control': 'no-store, max-age=0' });
}

/** By `fileId`, or the primary file among those that agree with everything asked for; any disagreement is "not found". */
function chooseFile(version: CivitaiVersion, query: URLSearchParams): CivitaiFile | undefined {
  const fileId = query.get('fileId');
  if (fileId !== null) return version.files.find((file) => String(file.id) === fileId);
  const wanted = ['type', 'format', 'size', 'fp', 'quantType'].filter((name) => query.has(name));
  if (wanted.length === 0) return primaryFile(version);
  return version.files.find((file) => {
    const facts: Record<string, string | undefined> = { format: 'SafeTensor', ...file.metadata, type: file.type ?? 'Model' };
    return wanted.every((name) => facts[name] === query.get(name));
  });
}

function isPaid(version: CivitaiVersion, now: number): boolean {
  const paid = version.paidAccess;
  if (paid === undefined) return false;
  return paid.permanent || (paid.endsAt !== null && Date.parse(paid.endsAt) > now);
}

function refuse(status: number, body: Record<string, unknown>): HubAnswer {
  return jsonAnswer(body, { status, headers: { 'cache-control': 'private, no-store' } });
}

function refuseAnonymous(): HubAnswer {
  return refuse(401, { error: 'Unauthorized', message: 'The creator of this asset requires you to be logged in to download it' });
}

function refuseEarlyAccess(version: CivitaiVersion): HubAnswer {
  const message = 'This asset is in Early Access. You can use Buzz access it now!';
  return refuse(403, { error: 'Early Access', deadline: version.paidAccess?.endsAt ?? null, message });
}

function redirectToLogin(version: CivitaiVersion): HubAnswer {
  const returnUrl = encodeURIComponent(`/model-versions/${version.id}`);
  return redirectAnswer(307, `/login?returnUrl=${returnUrl}&reason=download-auth`);
}

function redirectToPage(found: FoundVersion): HubAnswer {
  return redirectAnswer(307, `/models/${found.model.id}?modelVersionId=${found.version.id}`);
}
