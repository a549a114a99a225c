import type { ApiResult } from '../../core/http/json.ts';
import { ServiceSession } from '../service-session.ts';
import type { SourceContext } from '../types.ts';
import type { ModelscopeLink } from './links.ts';
import { encodePath } from './links.ts';
import { lessonOf } from './offer.ts';
import type { FileRow, RepositoryRow } from './schema.ts';
import { filesAnswer, searchAnswer } from './schema.ts';

const ORIGIN = 'https://modelscope.cn';
/** Repositories that a search returns, by downloads: the most that the service gives (its SDK, 2026-07). */
const SEARCH_PAGE = 50;

/** ModelScope's API during one run. The same question is asked once. */
export class ModelscopeClient {
  readonly session: ServiceSession;
  readonly #lists = new Map<string, Promise<ApiResult<FileRow[]>>>();
  readonly #searches = new Map<string, Promise<ApiResult<RepositoryRow[]>>>();
  readonly #context: SourceContext;

  constructor(context: SourceContext) {
    this.#context = context;
    this.session = new ServiceSession('modelscope', context);
  }

  /** `false` when a file came without a key, `null` when nothing tells whether the key was needed. */
  get needsKey(): false | null {
    return this.#context.http.hasKey('modelscope') ? null : false;
  }

  /** The most downloaded repositories that the service finds for the text. It searches names of repositories, not of files. */
  async searchRepositories(text: string): Promise<ApiResult<RepositoryRow[]>> {
    const query = new URLSearchParams({ search: text, sort: 'downloads', page_number: '1', page_size: String(SEARCH_PAGE) });
    const url = `${ORIGIN}/openapi/v1/models?${query.toString()}`;
    const asked = this.#searches.get(url) ?? this.#search(url);
    this.#searches.set(url, asked);
    return asked;
  }

  /** Every file of a repository with size and sha256. */
  async listFiles(place: Omit<ModelscopeLink, 'path'>): Promise<ApiResult<FileRow[]>> {
    const query = new URLSearchParams({ Revision: place.revision, Recursive: 'true' });
    const url = `${ORIGIN}/api/v1/models/${encodePath(place.repoId)}/repo/files?${query.toString()}`;
    const asked = this.#lists.get(url) ?? this.#list(url, place);
    this.#lists.set(url, asked);
    return asked;
  }

  async #search(url: string): Promise<ApiResult<RepositoryRow[]>> {
    const result = await this.session.ask({ url, schema: searchAnswer, open: true });
    return result.ok ? { ...result, value: result.value.data.models } : result;
  }

  async #list(url: string, place: Omit<ModelscopeLink, 'path'>): Promise<ApiResult<FileRow[]>> {
    const result = await this.session.ask({ url, schema: filesAnswer });
    if (!result.ok) return result;
    const files = result.value.Data.Files.filter(({ Type }) => Type === 'blob');
    this.#context.learn([lessonOf(place, files)]);
    return { ...result, value: files };
  }
}
