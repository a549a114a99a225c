import type { ZodType } from 'zod';
import type { ApiResult } from '../../core/http/json.ts';
import type { ProbeResult } from '../probe.ts';
import { ServiceSession } from '../service-session.ts';
import type { SourceContext } from '../types.ts';
import type { HuggingfaceLink } from './links.ts';
import { encodePath, huggingfaceUrl } from './links.ts';
import type { RepositoryRow, TreeRow } from './schema.ts';
import { repositoryList, treeRows } from './schema.ts';

const API = 'https://huggingface.co/api';
/** What is asked of each repository of a list; `siblings` are the names of its files. */
const EXPANDED = ['siblings', 'sha', 'downloads', 'likes', 'createdAt', 'gated', 'private', 'disabled', 'tags'] as const;
/** Repositories on a page of an account's list: the hub's own client asks for as many. */
const ACCOUNT_PAGE = 500;
/** Repositories that a search returns, by downloads; what comes later has no standing. */
const SEARCH_PAGE = 50;
/** An account with more repositories than this is not listed to the end. */
const MOST_LIST_PAGES = 4;
/** Pages of 1,000 rows; a repository with more files is no place for a single model. */
const MOST_TREE_PAGES = 10;

/** The hub's API during one run. The same question is asked once. */
export class HuggingfaceClient {
  readonly session: ServiceSession;
  readonly #lists = new Map<string, Promise<ApiResult<RepositoryRow[]>>>();
  readonly #trees = new Map<string, Promise<ApiResult<TreeRow[]>>>();

  constructor(context: SourceContext) {
    this.session = new ServiceSession('huggingface', context);
  }

  /** Every repository of an account, with the names of its files. */
  async listAccount(account: string): Promise<ApiResult<RepositoryRow[]>> {
    return this.#list({ author: account, limit: String(ACCOUNT_PAGE) }, MOST_LIST_PAGES);
  }

  /** The most downloaded repositories whose id contains the text. The hub has no search for file names (2026-11). */
  async searchRepositories(text: string): Promise<ApiResult<RepositoryRow[]>> {
    return this.#list({ search: text, sort: 'downloads', direction: '-1', limit: String(SEARCH_PAGE) }, 1);
  }

  /** Every file of a model repository, with size and sha256. */
  async listFiles(repoId: string, revision = 'main'): Promise<ApiResult<TreeRow[]>> {
    const url = `${API}/models/${encodePath(repoId)}/tree/${encodeURIComponent(revision)}?recursive=true&expand=false`;
    return remember(this.#trees, url, () => this.#pages(url, { schema: treeRows, mostPages: MOST_TREE_PAGES, open: false }));
  }

  /** One file's row; an empty list when the repository has no such file. */
  async describeFile(link: HuggingfaceLink): Promise<ApiResult<TreeRow[]>> {
    const url = `${API}/${link.kind}/${encodePath(link.repoId)}/paths-info/${encodeURIComponent(link.revision)}`;
    return this.session.ask({ url, method: 'POST', json: { paths: [link.path], expand: false }, schema: treeRows });
  }

  /** Headers of a file on the hub itself, which tell size, hash and commit. */
  async probeFile(link: HuggingfaceLink): Promise<ProbeResult> {
    return this.session.probe({ url: huggingfaceUrl(link), method: 'HEAD', trust: 'service', stayOnService: true });
  }

  async #list(parameters: Record<string, string>, mostPages: number): Promise<ApiResult<RepositoryRow[]>> {
    const query = new URLSearchParams(parameters);
    for (const field of EXPANDED) query.append('expand', field);
    const url = `${API}/models?${query.toString()}`;
    return remember(this.#lists, url, () => this.#pages(url, { schema: repositoryList, mostPages, open: true }));
  }

  /** Follows `Link: rel="next"`. A later page that fails makes the whole fail: half a list must not pass for all of it. */
  async #pages<T>(first: string, options: { schema: ZodType<T[]>; mostPages: number; open: boolean }): Promise<ApiResult<T[]>> {
    const rows: T[] = [];
    let url: string | null = first;
    for (let page = 1; ; page++) {
      const result: ApiResult<T[]> = await this.session.ask({ url, schema: options.schema, open: options.open });
      if (!result.ok) return result;
      rows.push(...result.value);
      url = nextPage(result.headers);
      if (url === null || page >= options.mostPages) return { ...result, value: rows };
    }
  }
}

function nextPage(headers: Headers): string | null {
  const next = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  return next !== undefined && URL.canParse(next) ? next : null;
}

function remember<T>(memory: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = memory.get(key);
  if (known) return known;
  const asked = ask();
  memory.set(key, asked);
  return asked;
}
