import { z } from 'zod';

import type { HttpClient } from '../../core/http/client.ts';
import { HttpError } from '../../core/http/client.ts';
import { TransferError } from '../trouble.ts';

/** A daemon on this machine answers in milliseconds, one on a storage server little later. */
const ANSWER_TIMEOUT_MS = 15_000;

const answerSchema = z.object({ result: z.unknown().optional(), error: z.object({ code: z.number(), message: z.string() }).optional() });

/** What aria2 tells of a download (aria2's manual of version 1.36, "aria2.tellStatus"). Numbers come as texts. */
const statusSchema = z.object({
  status: z.enum(['active', 'waiting', 'paused', 'error', 'complete', 'removed']),
  completedLength: z.coerce.number(),
  totalLength: z.coerce.number(),
  errorCode: z.coerce.number().optional(),
});
export type Aria2Status = z.infer<typeof statusSchema>;

/** The settings of a daemon that send it over a proxy; it takes them from `http_proxy` and the like too ("aria2.getGlobalOption"). */
const proxySchema = z.object({
  'all-proxy': z.string().optional(),
  'http-proxy': z.string().optional(),
  'https-proxy': z.string().optional(),
  'ftp-proxy': z.string().optional(),
});

/** Where each connection of a download is now ("aria2.getServers"). */
const serversSchema = z.array(z.object({ servers: z.array(z.object({ currentUri: z.string() })) }));

/** A running aria2 that takes orders over JSON-RPC. Every method throws `TransferError` of kind `engine` when it does not answer. */
export class Aria2Daemon {
  readonly #http: HttpClient;
  readonly #url: string;

  constructor(http: HttpClient, url: string) {
    this.#http = http;
    this.#url = url;
  }

  /** Begins a download under an id of ours, 16 hexadecimal digits. */
  async add(gid: string, url: string, options: Readonly<Record<string, string>>): Promise<void> {
    const { error } = await this.#call('aria2.addUri', [[url], { ...options, gid }]);
    if (error !== undefined) throw refused(error);
  }

  /** `undefined` when the daemon does not know the id. */
  async find(gid: string): Promise<Aria2Status | undefined> {
    const { result, error } = await this.#call('aria2.tellStatus', [gid, Object.keys(statusSchema.shape)]);
    if (error !== undefined && /not found/i.test(error)) return undefined;
    const status = statusSchema.safeParse(result);
    if (!status.success) throw refused(error ?? 'an answer of another shape');
    return status.data;
  }

  /** `true` when its own settings send it over a proxy. */
  async usesProxy(): Promise<boolean> {
    const { result, error } = await this.#call('aria2.getGlobalOption', []);
    const proxies = proxySchema.safeParse(result);
    if (!proxies.success) throw refused(error ?? 'an answer of another shape');
    return Object.values(proxies.data).some((proxy) => proxy !== undefined && proxy !== '');
  }

  /** Where redirects have led each connection of a download; empty when it has none, as before its beginning and after its end. */
  async currentUrls(gid: string): Promise<string[]> {
    const { result } = await this.#call('aria2.getServers', [gid]);
    const files = serversSchema.safeParse(result);
    return files.success ? files.data.flatMap(({ servers }) => servers.map(({ currentUri }) => currentUri)) : [];
  }

  /** Stops a download and forgets it; what has arrived stays. Does nothing when there is none. */
  async drop(gid: string, pause: () => Promise<void>): Promise<void> {
    for (let status = await this.find(gid); status && isUnderWay(status); status = await this.find(gid)) {
      await this.#call('aria2.forceRemove', [gid]);
      await pause();
    }
    await this.#call('aria2.removeDownloadResult', [gid]);
  }

  async #call(method: string, params: readonly unknown[]): Promise<{ result?: unknown; error?: string }> {
    const secret = this.#http.aria2Secret;
    const body = { jsonrpc: '2.0', id: '1', method, params: secret === null ? params : [`token:${secret}`, ...params] };
    try {
      const response = await this.#http.tellDaemon(this.#url, JSON.stringify(body), AbortSignal.timeout(ANSWER_TIMEOUT_MS));
      const { result, error } = answerSchema.parse(await response.json());
      if (error?.message === 'Unauthorized') throw new TransferError({ kind: 'engine', detail: 'aria2 does not accept ARIA2_RPC_SECRET' });
      return error ? { error: error.message } : { result };
    } catch (error) {
      if (error instanceof TransferError) throw error;
      const detail = error instanceof HttpError ? error.message : 'what answers at download.aria2_rpc is no aria2';
      throw new TransferError({ kind: 'engine', detail }, { cause: error });
    }
  }
}

function isUnderWay({ status }: Aria2Status): boolean {
  return status === 'active' || status === 'waiting' || status === 'paused';
}

function refused(words: string): TransferError {
  return new TransferError({ kind: 'engine', detail: `aria2 refuses: ${words.replaceAll(/https?:\/\/\S+/g, '[URL]')}` });
}
