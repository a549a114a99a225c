import type { Endpoints } from '../core/services.ts';
import type { HubCatalogue } from './catalogue.ts';
import { makeCivitai } from './civitai.ts';
import { makeComfyRegistry } from './comfy-registry.ts';
import { HUB_SERVICES, type HubAnswer, type HubHandler, type HubRequest, type HubService } from './exchange.ts';
import { makeGithub } from './github.ts';
import { makeHuggingface } from './huggingface.ts';
import { type Listener, listen } from './listener.ts';
import { makeManager, MANAGER_PATH } from './manager.ts';
import { makeModelscope } from './modelscope.ts';
import { makeStorage } from './storage.ts';

/** The answer that a part gives by itself: to the request at hand, or to another one. */
export type OwnAnswer = (request?: HubRequest) => Promise<HubAnswer>;

export interface HubOptions {
  /** Told of every request before it is answered. */
  onRequest?: (request: HubRequest) => void;
  /**
   * Stands before every part: may answer by itself, change the part's own answer, or leave it alone with `undefined`.
   * `answer` gives the part's own answer, to another request when one is given.
   */
  intercept?: (request: HubRequest, answer: OwnAnswer) => Promise<HubAnswer | undefined>;
  /** How long every answer waits, in milliseconds. */
  latencyMs?: number;
  /** How fast each connection to the storage part delivers. */
  bytesPerSecond?: number;
  /** How long the links to the storage part are good, in seconds; an hour when absent. */
  linkLifetimeSeconds?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export interface Hub {
  /** Base URLs, as `endpoints` in config.json has them. */
  endpoints: Endpoints;
  /** Origin of every part, with the storage that the others redirect to. */
  origins: Readonly<Record<HubService, string>>;
  /** Stops one part, so that its port refuses connections, or all. */
  stop(service?: HubService): Promise<void>;
}

/** Starts every part of the hub on loopback. It serves until `stop`. */
export async function startHub(catalogue: HubCatalogue, options: HubOptions = {}): Promise<Hub> {
  const now = options.now ?? Date.now;
  const listeners = new Map<HubService, Listener>();
  const originOf = (service: HubService): string => listeners.get(service)?.origin ?? '';
  const storage = makeStorage({ origin: () => originOf('storage'), now, lifetimeSeconds: options.linkLifetimeSeconds });
  const parts: Record<HubService, HubHandler> = {
    huggingface: makeHuggingface(catalogue, { storage, now }),
    civitai: makeCivitai(catalogue, { storage, now }),
    modelscope: makeModelscope(catalogue, storage),
    github: makeGithub(catalogue, storage),
    comfy_registry: makeComfyRegistry(catalogue),
    manager: makeManager(catalogue),
    storage: pace((request) => storage.answer(request), options.bytesPerSecond),
  };
  for (const service of HUB_SERVICES) listeners.set(service, await listen(service, withHooks(parts[service], options)));

  return {
    endpoints: {
      huggingface: originOf('huggingface'),
      civitai: originOf('civitai'),
      modelscope: originOf('modelscope'),
      github: originOf('github'),
      comfy_registry: originOf('comfy_registry'),
      manager: `${originOf('manager')}${MANAGER_PATH}`,
    },
    origins: {
      huggingface: originOf('huggingface'),
      civitai: originOf('civitai'),
      modelscope: originOf('modelscope'),
      github: originOf('github'),
      comfy_registry: originOf('comfy_registry'),
      manager: originOf('manager'),
      storage: originOf('storage'),
    },
    async stop(service) {
      const ending = service === undefined ? [...listeners.values()] : [listeners.get(service)];
      await Promise.all(ending.map(async (listener) => listener?.stop()));
    },
  };
}

function withHooks(part: HubHandler, options: HubOptions): HubHandler {
  return async (request) => {
    options.onRequest?.(request);
    if (options.latencyMs) await Bun.sleep(options.latencyMs);
    const answer: OwnAnswer = async (other = request) => part(other);
    return (await options.intercept?.(request, answer)) ?? answer();
  };
}

function pace(part: HubHandler, bytesPerSecond: number | undefined): HubHandler {
  if (!bytesPerSecond) return part;
  return async (request) => {
    const answer = await part(request);
    if (typeof answer.body === 'string' || answer.body === null) return answer;
    return { ...answer, body: pacePieces(answer.body, bytesPerSecond) };
  };
}

/** The same bytes, no faster than so many a second. */
export async function* pacePieces(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesPerSecond: number,
): AsyncGenerator<Uint8Array> {
  const started = performance.now();
  const step = Math.max(1, Math.floor(bytesPerSecond / 20));
  let sent = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += step) {
      const part = piece.subarray(at, at + step);
      sent += part.byteLength;
      yield part;
      const ahead = (sent / bytesPerSecond) * 1000 - (performance.now() - started);
      if (ahead > 1) await Bun.sleep(ahead);
    }
  }
}
