import type { Catalogue } from '../../lib/catalog/catalogue.ts';
import { HttpClient } from '../../lib/core/http/client.ts';
import type { RunEvent } from '../../lib/core/events.ts';
import type { ProblemReport, Requirement, Resolution } from '../../lib/core/model.ts';
import type { Offer } from '../../lib/core/offer.ts';
import type { Secrets } from '../../lib/core/secrets.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import type { Endpoints } from '../../lib/core/services.ts';
import type { ResolveInput, ResolvePorts } from '../../lib/phases/resolve.ts';
import { runResolve } from '../../lib/phases/resolve.ts';

/** A missing model that nothing but its name and folder is known of. */
export function makeRequirement(filename: string, parts: Partial<Requirement> = {}): Requirement {
  return {
    filename,
    subfolder: '',
    directory: 'loras',
    expectedType: 'lora',
    state: 'missing',
    foundAt: null,
    damage: null,
    sha256: null,
    urls: [],
    workflow: 'a.json',
    nodeType: 'LoraLoader',
    nodeId: 1,
    references: [],
    ...parts,
  };
}

/** A file at a place that many use. */
export function makeOffer(filename: string, parts: Partial<Offer> = {}): Offer {
  return {
    source: 'huggingface',
    filename,
    downloadUrl: `https://huggingface.co/someone/thing/resolve/main/${filename}`,
    sizeBytes: 1000,
    sha256: null,
    modelId: null,
    versionId: null,
    repoId: 'someone/thing',
    revision: 'main',
    repoPath: filename,
    foundAt: null,
    title: 'someone/thing',
    baseModel: null,
    downloads: 5000,
    requiresAuth: false,
    gated: false,
    pickle: false,
    danger: null,
    license: null,
    knownPublisher: false,
    directories: [],
    likes: null,
    createdAt: null,
    obstacle: null,
    ...parts,
  };
}

/** A client that speaks to the hub and to nothing else. Pauses between attempts take no time, and are written down. */
function makeClient(
  endpoints: Endpoints,
  options: { secrets: Secrets; hoursLater: number },
): { http: HttpClient; ports: ResolvePorts['ports']; pausesMs: number[] } {
  const pausesMs: number[] = [];
  let offsetMs = options.hoursLater * 3600 * 1000;
  const ports = {
    fetch: async (url: string, init?: BunFetchRequestInit) => fetch(url, init),
    now: () => new Date(Date.now() + offsetMs),
    sleep: async (ms: number) => {
      pausesMs.push(ms);
      offsetMs += ms;
    },
    lookup: async () => ['93.184.215.14'],
  };
  const http = new HttpClient({ ports, endpoints, secrets: options.secrets, allowedHosts: [], userAgent: 'comfy-fixer-smart/test' });
  return { http, ports, pausesMs };
}

export interface ResolveRun {
  resolutions: Resolution[];
  events: RunEvent[];
  problems: ProblemReport[];
  pausesMs: number[];
}

/** Runs the phase against a hub, with the default search and a models folder at `/models`. */
export async function resolveWith(
  endpoints: Endpoints,
  missing: readonly Requirement[],
  options: Partial<ResolveInput> & {
    secrets?: Secrets;
    /** How long after now the run is. */
    hoursLater?: number;
    findLocal?: ResolvePorts['findLocal'];
    signal?: AbortSignal;
    catalogue?: Catalogue;
    ask?: ResolvePorts['ask'];
    patience?: ResolvePorts['patience'];
  } = {},
): Promise<ResolveRun> {
  const { secrets = NO_SECRETS, hoursLater = 0, findLocal, signal, catalogue, ask, patience, ...input } = options;
  const { http, ports, pausesMs } = makeClient(endpoints, { secrets, hoursLater });
  const events: RunEvent[] = [];
  const resolutions = await runResolve(
    {
      missing,
      search: { fuzzyThreshold: 0.7, sources: ['workflow', 'local', 'catalog', 'huggingface', 'civitai'] },
      overrides: new Map(),
      picks: new Map(),
      acceptFuzzy: false,
      planTarget: (directory, subfolder, filename) =>
        directory === null ? null : { savePath: ['/models', directory, subfolder, filename].filter((part) => part !== '').join('/') },
      ...input,
    },
    {
      http,
      ports,
      emit: (event) => events.push(event),
      signal: signal ?? new AbortController().signal,
      ...(findLocal ? { findLocal } : {}),
      ...(catalogue ? { catalogue } : {}),
      ...(ask ? { ask } : {}),
      ...(patience ? { patience } : {}),
    },
  );
  const problems = events.flatMap((event) => (event.type === 'problem' ? [event.problem] : []));
  return { resolutions, events, problems, pausesMs };
}
