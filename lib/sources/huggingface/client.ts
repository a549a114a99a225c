import type { ApiResult } from '../../core/http/json.ts';
import type { KnownFile } from '../../core/known-file.ts';
import { isModelFileName } from '../../core/model-file/names.ts';
import type { Offer } from '../../core/offer.ts';
import { baseName } from '../file-formats.ts';
import type { ProbeResult } from '../probe.ts';
import { ServiceSession } from '../service-session.ts';
import type { SourceContext } from '../types.ts';
import type { HuggingfaceLink } from './links.ts';
import { encodePath, huggingfaceUrl } from './links.ts';
import { lessonFiles } from './published-files.ts';
import type { ListedRepository, RepositoryRow, TreeRow } from './schema.ts';
import { listedRepository, repositoryList, treeRows } from './schema.ts';

const API = 'https://huggingface.co/api';
/** What is asked of each repository of a list; `siblings` are the names of its files. */
const EXPANDED = ['siblings', 'sha', 'downloads', 'likes', 'createdAt', 'gated', 'private', 'disabled', 'tags'] as const;
/** Repositories on a page of an account's list: the hub's own client asks for as many. */
const ACCOUNT_PAGE = 500;
/** Repositories that a search returns, by downloads; what comes later has no standing. */
export const SEARCH_PAGE = 50;
/** An account with more repositories than this is not listed to the end. */
const MOST_LIST_PAGES = 4;

/** The hub's API during one run. The same question is asked once. */
export class HuggingfaceClient {
  /** The API and the files are limited apart, the files far higher (the hub's documentation, 2025-09): one may go on without the other. */
  readonly api: ServiceSession;
  readonly files: ServiceSession;
  readonly #lists = new Map<string, Promise<ApiResult<RepositoryRow[]>>>();

  readonly #repositories = new Map<string, Promise<ApiResult<ListedRepository>>>();

  readonly #learn: SourceContext['learn'];
  readonly #heed: SourceContext['heed'];
  readonly #learnt = new Set<string>();

  constructor(context: SourceContext) {
    this.#learn = context.learn;
    this.#heed = context.heed;
    this.api = new ServiceSession('huggingface', context);
    this.files = new ServiceSession('huggingface', context);
  }

  /** Every repository of an account, with the names of its files. */
  async listAccount(account: string): Promise<ApiResult<RepositoryRow[]>> {
    const result = await this.#list({ author: account, limit: String(ACCOUNT_PAGE) }, MOST_LIST_PAGES);
    if (!result.ok || this.#learnt.has(account)) return result;
    this.#learnt.add(account);
    this.#learn([{ teacher: `https://huggingface.co/${account}`, kind: 'hub', files: result.value.flatMap(filesOf) }]);
    return result;
  }

  /** The most downloaded repositories whose id contains the text. The hub has no search for file names (2026-11). */
  async searchRepositories(text: string): Promise<ApiResult<RepositoryRow[]>> {
    return this.#list({ search: text, sort: 'downloads', direction: '-1', limit: String(SEARCH_PAGE) }, 1);
  }

  /** One repository with the sizes and sha256 of all its files. Asked once for each; what it says is learnt. */
  async listFiles(repoId: string): Promise<ApiResult<ListedRepository>> {
    const asked = this.#repositories.get(repoId) ?? this.#askRepository(repoId);
    this.#repositories.set(repoId, asked);
    return asked;
  }

  /** One file's row, with the verdict of the hub's scans; an empty list when the repository has no such file. */
  async describeFile(link: HuggingfaceLink): Promise<ApiResult<TreeRow[]>> {
    const url = `${API}/${link.kind}/${encodePath(link.repoId)}/paths-info/${encodeURIComponent(link.revision)}`;
    return this.api.ask({ url, method: 'POST', json: { paths: [link.path], expand: true }, schema: treeRows });
  }

  /** Headers of a file on the hub itself, which tell size, hash and commit. */
  async probeFile(link: HuggingfaceLink): Promise<ProbeResult> {
    return this.files.probe({ url: huggingfaceUrl(link), method: 'HEAD', trust: 'service', stayOnService: true });
  }

  /** Keeps what the hub has said of one file. */
  learnFile({ filename, downloadUrl, sha256, sizeBytes }: Offer): void {
    if (downloadUrl === null) return;
    const file = { name: filename, url: downloadUrl, directory: null, sha256, sizeBytes };
    this.#learn([{ teacher: downloadUrl, kind: 'hub', files: [file] }]);
  }

  /** Keeps what the hub's scans have said of one file. */
  heedVerdict({ downloadUrl, sha256, danger }: Offer): void {
    if (downloadUrl !== null && sha256 !== null) this.#heed([{ place: downloadUrl, sha256, danger }]);
  }

  async #askRepository(repoId: string): Promise<ApiResult<ListedRepository>> {
    const result = await this.api.ask({ url: `${API}/models/${encodePath(repoId)}?blobs=true`, schema: listedRepository });
    if (result.ok) this.#learn([{ teacher: `https://huggingface.co/${repoId}`, kind: 'hub', files: lessonFiles(result.value) }]);
    return result;
  }

  async #list(parameters: Record<string, string>, mostPages: number): Promise<ApiResult<RepositoryRow[]>> {
    const query = new URLSearchParams(parameters);
    for (const field of EXPANDED) query.append('expand', field);
    const url = `${API}/models?${query.toString()}`;
    const asked = this.#lists.get(url) ?? this.#pages(url, mostPages);
    this.#lists.set(url, asked);
    return asked;
  }

  /** Follows `Link: rel="next"`. A later page that fails makes the whole fail: half a list must not pass for all of it. */
  async #pages(first: string, mostPages: number): Promise<ApiResult<RepositoryRow[]>> {
    const rows: RepositoryRow[] = [];
    let url: string | null = first;
    for (let page = 1; ; page++) {
      const result: ApiResult<RepositoryRow[]> = await this.api.ask({ url, schema: repositoryList, open: true });
      if (!result.ok) return result;
      rows.push(...result.value);
      url = nextPage(result.headers);
      if (url === null || page >= mostPages) return { ...result, value: rows };
    }
  }
}

function filesOf(repository: RepositoryRow): KnownFile[] {
  const paths = (repository.siblings ?? []).map(({ rfilename }) => rfilename).filter(isModelFileName);
  return paths.map((path) => {
    const url = huggingfaceUrl({ kind: 'models', repoId: repository.id, revision: 'main', path });
    return { name: baseName(path), url, directory: null, sha256: null, sizeBytes: null };
  });
}

function nextPage(headers: Headers): string | null {
  const next = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  return next !== undefined && URL.canParse(next) ? next : null;
}
