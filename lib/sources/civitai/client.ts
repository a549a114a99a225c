import type { ApiResult } from '../../core/http/json.ts';
import { ServiceSession } from '../service-session.ts';
import type { SourceContext } from '../types.ts';
import type { CivitaiPlace } from './offer.ts';
import { lessonsOf, placesOfModel, placesOfVersion, verdictsOf } from './offer.ts';
import type { CivitaiModel, CivitaiVersionAnswer } from './schema.ts';
import { civitaiHashAnswer, civitaiModel, civitaiModelPage, civitaiVersionAnswer } from './schema.ts';

const API = 'https://civitai.com/api/v1';
/** Models on a page of a search; the service takes at most 100, and a page of 100 weighs some 5 MB. */
const SEARCH_PAGE = 40;
/** Pages that a search goes on while they bring nothing. */
const MOST_SEARCH_PAGES = 3;
/** Hashes that the service takes at a time. */
export const MOST_HASHES = 100;

/** Civitai's API during one run. The same question is asked once. */
export class CivitaiClient {
  readonly session: ServiceSession;
  readonly #searches = new Map<string, Promise<ApiResult<CivitaiModel[]>>>();

  readonly #learn: SourceContext['learn'];
  readonly #heed: SourceContext['heed'];

  constructor(context: SourceContext) {
    this.#learn = context.learn;
    this.#heed = context.heed;
    this.session = new ServiceSession('civitai', context);
  }

  async fetchVersion(versionId: number): Promise<ApiResult<CivitaiVersionAnswer>> {
    return this.#note(await this.session.ask({ url: `${API}/model-versions/${versionId}`, schema: civitaiVersionAnswer }), placesOfVersion);
  }

  async fetchModel(modelId: number): Promise<ApiResult<CivitaiModel>> {
    return this.#note(await this.session.ask({ url: `${API}/models/${modelId}`, schema: civitaiModel }), placesOfModel);
  }

  /** Versions that have files with these sha256, at most 100 at a time. */
  async fetchVersionsByHash(sha256s: readonly string[]): Promise<ApiResult<CivitaiVersionAnswer[]>> {
    const json = sha256s.map((hash) => hash.toUpperCase());
    const asked = await this.session.ask({ url: `${API}/model-versions/by-hash`, method: 'POST', json, schema: civitaiHashAnswer });
    return this.#note(asked, (versions) => versions.flatMap(placesOfVersion));
  }

  /** The version that has a file with this sha256. */
  async fetchVersionByHash(sha256: string): Promise<ApiResult<CivitaiVersionAnswer>> {
    const url = `${API}/model-versions/by-hash/${sha256.toUpperCase()}`;
    return this.#note(await this.session.ask({ url, schema: civitaiVersionAnswer }), placesOfVersion);
  }

  /**
   * Models whose names resemble the text (the service searches no file names). The first page that has any models ends it: what `types`
   * and the rest filter may leave pages empty while others follow.
   */
  async searchModels(text: string, types: readonly string[]): Promise<ApiResult<CivitaiModel[]>> {
    const query = new URLSearchParams({ query: text, nsfw: 'true', limit: String(SEARCH_PAGE) });
    for (const type of types) query.append('types', type);
    const key = query.toString();
    const asked =
      this.#searches.get(key) ?? this.#search(query, types).then((result) => this.#note(result, (models) => models.flatMap(placesOfModel)));
    this.#searches.set(key, asked);
    return asked;
  }

  #note<T>(result: ApiResult<T>, placesOf: (value: T) => CivitaiPlace[]): ApiResult<T> {
    if (!result.ok) return result;
    const places = placesOf(result.value);
    this.#learn(lessonsOf(places));
    this.#heed(verdictsOf(places));
    return result;
  }

  async #search(query: URLSearchParams, types: readonly string[]): Promise<ApiResult<CivitaiModel[]>> {
    for (let page = 1; ; page++) {
      const result = await this.session.ask({ url: `${API}/models?${query.toString()}`, schema: civitaiModelPage, open: true });
      // a type that the service no longer has makes the whole question bad
      if (!result.ok && result.status === 400 && types.length > 0) return this.#search(withoutTypes(query), []);
      if (!result.ok) return result;
      const cursor = result.value.metadata?.nextCursor;
      if (result.value.items.length > 0 || !cursor || page >= MOST_SEARCH_PAGES) return { ...result, value: result.value.items };
      query.set('cursor', String(cursor));
    }
  }
}

function withoutTypes(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(query);
  rest.delete('types');
  rest.delete('cursor');
  return rest;
}
