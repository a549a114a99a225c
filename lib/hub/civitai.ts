import type { CivitaiModel, HubAccount, HubCatalogue } from './catalogue.ts';
import { answerDownload, type FoundVersion } from './civitai-download.ts';
import { hashesOf } from './civitai-hashes.ts';
import { listModels } from './civitai-list.ts';
import { describeMini, describeModel, describeVersion } from './civitai-records.ts';
import { bearerToken, htmlAnswer, type HubAnswer, type HubHandler, type HubRequest, jsonAnswer, pathSegments } from './exchange.ts';
import type { Storage } from './storage.ts';

/** What lists and models build their links from: the configured public address, whoever was asked. */
const PUBLIC_ORIGIN = 'https://civitai.com';
/** What the bulk search by hash builds them from, as its source of 2026-08 has it: the value of a header that nobody sends. */
const BROKEN_ORIGIN = 'https://undefined';

const MAX_ID = 2147483647;
const MAX_BULK_HASHES = 100;
const MAX_BULK_IDS = 10_000;

interface Context {
  models: readonly CivitaiModel[];
  versions: readonly FoundVersion[];
  account: HubAccount | undefined;
  storage: Storage;
  now: () => number;
}

/** The Civitai part: lists, models, versions, search by hash and downloads, as the service answered in 2026. */
export function makeCivitai(catalogue: HubCatalogue, options: { storage: Storage; now: () => number }): HubHandler {
  const models = catalogue.civitai ?? [];
  const versions = models.flatMap((model) => model.versions.map((version) => ({ model, version })));
  const accounts = (catalogue.accounts ?? []).filter((account) => account.service === 'civitai');
  return (request) => {
    // the header wins over the parameter, and a key that is none counts as no key
    const token = bearerToken(request) ?? request.url.searchParams.get('token');
    const account = accounts.find((candidate) => candidate.token === token);
    return route(request, { models, versions, account, ...options });
  };
}

function route(request: HubRequest, context: Context): HubAnswer {
  const segments = pathSegments(request.url) ?? [];
  if (segments[0] !== 'api') return htmlAnswer('Civitai');
  const [, area, ...rest] = segments;
  if (area === 'download' && rest[0] === 'models') {
    const found = findVersion(context, rest[1]);
    return answerDownload(request, found, { storage: context.storage, hasAccount: context.account !== undefined, now: context.now });
  }
  if (area !== 'v1') return jsonAnswer({ error: 'Not Found' }, { status: 404 });
  if (rest[0] === 'models') return routeModels(request, rest.slice(1), context);
  if (rest[0] === 'model-versions') return routeVersions(request, rest.slice(1), context);
  if (rest[0] === 'me') return answerMe(context.account);
  return jsonAnswer({ error: 'Not Found' }, { status: 404 });
}

function answerMe(account: HubAccount | undefined): HubAnswer {
  if (!account) return jsonAnswer({ error: 'Unauthorized' }, { status: 401 });
  return jsonAnswer({ id: 1, username: account.username, tier: 'free', status: 'active' });
}

function routeModels(request: HubRequest, [id]: readonly string[], context: Context): HubAnswer {
  if (id === undefined) {
    return listModels(request.url, context.models, { origin: PUBLIC_ORIGIN, hasAccount: context.account !== undefined });
  }
  if (!isId(id)) return jsonAnswer({ error: '✖ Invalid input: expected number, received NaN\n  → at id' }, { status: 400 });
  const model = context.models.find((candidate) => String(candidate.id) === id);
  if (!model) return jsonAnswer({ error: `No model with id ${id}` }, { status: 404 });
  return jsonAnswer(describeModel(model, 'model', PUBLIC_ORIGIN));
}

function routeVersions(request: HubRequest, [first, second]: readonly string[], context: Context): HubAnswer {
  if (first === 'by-hash' && request.method === 'POST')
    return second === 'ids' ? answerIds(request, context) : answerBulk(request, context);
  const found = first === 'by-hash' ? findByHash(context, second ?? '') : findVersion(context, first === 'mini' ? second : first);
  if (!found) return jsonAnswer({ error: 'Model not found' }, { status: 404 });
  const { model, version } = found;
  if (version.files.length === 0) return jsonAnswer({ error: 'Missing model file' }, { status: 404 });
  // these two build their links from the host that was asked
  const { origin } = request.url;
  return jsonAnswer(first === 'mini' ? describeMini(model, version, origin) : describeVersion(model, version, origin));
}

/** The earliest published version that has a file with this hash, of whatever kind the hash is. */
function findByHash(context: Context, hash: string): FoundVersion | undefined {
  const wanted = hash.toUpperCase();
  const found = context.versions.filter(({ version }) => version.files.some((file) => Object.values(hashesOf(file)).includes(wanted)));
  return found.sort((left, right) => comparePublished(left, right))[0];
}

function comparePublished(left: FoundVersion, right: FoundVersion): number {
  const [one, other] = [left.version.publishedAt ?? '', right.version.publishedAt ?? ''];
  if (one !== other) return one < other ? -1 : 1;
  return left.version.id - right.version.id;
}

/** One version for each file that matches, in the catalogue's order and not the request's; what nobody knows is left out. */
function answerBulk(request: HubRequest, context: Context): HubAnswer {
  const hashes = readHashes(request.body);
  if (!hashes || hashes.length > MAX_BULK_HASHES || hashes.some((hash) => !/^[0-9A-F]{64}$/.test(hash))) {
    return jsonAnswer({ error: 'Request must include an array of SHA256 Hashes. [ ... ]' }, { status: 400 });
  }
  const rows = filesByHash(context, hashes).map(({ model, version }) => describeVersion(model, version, BROKEN_ORIGIN));
  return jsonAnswer(rows);
}

function answerIds(request: HubRequest, context: Context): HubAnswer {
  const hashes = readHashes(request.body);
  if (!hashes || hashes.length > MAX_BULK_IDS) return jsonAnswer({ error: 'Invalid input' }, { status: 400 });
  const rows = filesByHash(context, hashes).map(({ model, version, sha256 }) => ({
    modelVersionId: version.id,
    modelId: model.id,
    hash: sha256,
  }));
  return jsonAnswer(rows);
}

function filesByHash(context: Context, hashes: readonly string[]): (FoundVersion & { sha256: string })[] {
  return context.versions.flatMap((found) =>
    found.version.files.flatMap((file) => {
      const sha256 = hashesOf(file)['SHA256'];
      return sha256 !== undefined && hashes.includes(sha256) ? [{ ...found, sha256 }] : [];
    }),
  );
}

/** The body as upper-case hashes, `undefined` when it is no array of texts. */
function readHashes(body: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) return undefined;
    return value.map((entry) => entry.toUpperCase());
  } catch {
    return undefined;
  }
}

function findVersion(context: Context, id: string | undefined): FoundVersion | undefined {
  return context.versions.find(({ version }) => String(version.id) === id);
}

function isId(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_ID;
}
