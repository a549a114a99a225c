import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalogue } from '../lib/catalog/catalogue.ts';
import { HttpClient } from '../lib/core/http/client.ts';
import type { Requirement, Resolution } from '../lib/core/model.ts';
import { NO_SECRETS } from '../lib/core/secrets.ts';
import type { Endpoints } from '../lib/core/services.ts';
import { startHub } from '../lib/hub/hub.ts';
import { runResolve } from '../lib/phases/resolve.ts';
import { makeRealHub } from './real-hub.ts';
import type { RealNames, WantedFile } from './real-names.ts';
import { readRealNames } from './real-names.ts';

/** What a run has to reach. */
interface Target {
  title: string;
  withLinks: boolean;
  /** The wanted files are not on the hub: whatever is accepted is wrong. */
  withoutWanted: boolean;
  leastFoundPercent: number;
  /** `null`: not bounded, since each name has a search in vain and places of strangers that are looked at. */
  mostRequestsCold: number | null;
}

const TARGETS: readonly Target[] = [
  { title: 'links stripped', withLinks: false, withoutWanted: false, leastFoundPercent: 95, mostRequestsCold: 3 },
  { title: 'links left in', withLinks: true, withoutWanted: false, leastFoundPercent: 99.5, mostRequestsCold: 3 },
  { title: 'links stripped, the files gone', withLinks: false, withoutWanted: true, leastFoundPercent: 0, mostRequestsCold: null },
];
/** ComfyUI's own loader of each folder, which most workflows take the files with. */
const LOADERS: ReadonlyMap<string, string> = new Map([
  ['checkpoints', 'CheckpointLoaderSimple'],
  ['diffusion_models', 'UNETLoader'],
  ['text_encoders', 'CLIPLoader'],
  ['clip_vision', 'CLIPVisionLoader'],
  ['vae', 'VAELoader'],
  ['loras', 'LoraLoaderModelOnly'],
  ['controlnet', 'ControlNetLoader'],
  ['style_models', 'StyleModelLoader'],
  ['upscale_models', 'UpscaleModelLoader'],
  ['latent_upscale_models', 'LatentUpscaleModelLoader'],
  ['model_patches', 'ModelPatchLoader'],
  ['audio_encoders', 'AudioEncoderLoader'],
]);

/**
 * How many real names lead to the right file, and what that costs: the names and file lists of real repositories on a hub of loopback,
 * among copies and variants that could be mistaken for them. Returns 1 when a target is missed.
 */
export async function run(): Promise<number> {
  const names = readRealNames();
  process.stdout.write(`${names.wanted.length} files from ${names.from}; how often things are downloaded is made up\n`);
  let good = true;
  for (const target of TARGETS) good = (await measureOnHub(target, names)) && good;
  return good ? 0 : 1;
}

async function measureOnHub(target: Target, names: RealNames): Promise<boolean> {
  let requests = 0;
  const hub = await startHub(makeRealHub(names, target), {
    intercept: async (_request, answer) => {
      requests++;
      return answer();
    },
  });
  const count = async (work: () => Promise<Resolution[]>): Promise<Measured> => {
    const [before, began] = [requests, performance.now()];
    const resolutions = await work();
    return { resolutions, requests: requests - before, seconds: (performance.now() - began) / 1000 };
  };
  try {
    return await measure(target, { names, endpoints: hub.endpoints, count });
  } finally {
    await hub.stop();
  }
}

interface Measured {
  resolutions: Resolution[];
  requests: number;
  seconds: number;
}

interface Bench {
  names: RealNames;
  endpoints: Endpoints;
  count: (work: () => Promise<Resolution[]>) => Promise<Measured>;
}

async function measure(target: Target, { names, endpoints, count }: Bench): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'comfy-fixer-bench-'));
  const missing = names.wanted.map((file) => requirementOf(file, target.withLinks));
  const once = async (): Promise<Resolution[]> => {
    using catalogue = Catalogue.open(join(folder, 'catalogue.sqlite'));
    return await resolveAll(missing, endpoints, catalogue);
  };
  try {
    const [cold, warm] = [await count(once), await count(once)];
    return report(target, { wanted: names.wanted, cold, warm });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function resolveAll(missing: readonly Requirement[], endpoints: Endpoints, catalogue: Catalogue): Promise<Resolution[]> {
  const ports = {
    fetch: async (url: string, init?: BunFetchRequestInit) => fetch(url, init),
    now: () => new Date(),
    sleep: async (ms: number) => Bun.sleep(ms),
    lookup: async () => ['93.184.215.14'],
  };
  const http = new HttpClient({ ports, endpoints, secrets: NO_SECRETS, allowedHosts: [], userAgent: 'comfy-fixer-smart/bench' });
  return runResolve(
    {
      missing,
      search: { fuzzyThreshold: 0.7, sources: ['workflow', 'local', 'catalog', 'huggingface', 'civitai'] },
      overrides: new Map(),
      picks: new Map(),
      acceptFuzzy: false,
      planTarget: (directory, subfolder, filename) =>
        directory === null ? null : { savePath: join('/models', directory, subfolder, filename) },
    },
    { http, ports, emit: () => undefined, signal: new AbortController().signal, catalogue },
  );
}

function requirementOf({ filename, directory, places }: WantedFile, withLink: boolean): Requirement {
  const [place] = places;
  const url = place && `https://huggingface.co/${place.repoId}/resolve/main/${place.path.split('/').map(encodeURIComponent).join('/')}`;
  return {
    filename,
    subfolder: '',
    directory,
    expectedType: directory ?? 'model',
    state: 'missing',
    foundAt: null,
    damage: null,
    sha256: null,
    urls: withLink && url ? [{ url, from: 'properties' }] : [],
    workflow: 'bench.json',
    nodeType: LOADERS.get(directory ?? '') ?? 'Loader',
    nodeId: 1,
    references: [],
  };
}

function report(target: Target, measured: { wanted: readonly WantedFile[]; cold: Measured; warm: Measured }): boolean {
  const { wanted, cold, warm } = measured;
  const verdicts = cold.resolutions.map((resolution, index) => judge(resolution, target.withoutWanted ? undefined : wanted[index]));
  const [right, wrong] = [
    verdicts.filter((verdict) => verdict === 'right').length,
    verdicts.filter((verdict) => verdict === 'wrong').length,
  ];
  const percent = (100 * right) / wanted.length;
  const [coldEach, warmEach] = [cold.requests / wanted.length, warm.requests / wanted.length];
  const good =
    percent >= target.leastFoundPercent && wrong === 0 && coldEach <= (target.mostRequestsCold ?? Infinity) && warm.requests === 0;
  const lines = [
    `${target.title}: ${right} of ${wanted.length} found (${percent.toFixed(1)} %, at least ${target.leastFoundPercent}), ${wrong} wrong`,
    `  cold ${coldEach.toFixed(2)} requests a model, ${cold.seconds.toFixed(1)} s; warm ${warmEach.toFixed(2)}, ${warm.seconds.toFixed(1)} s`,
    ...verdicts.flatMap((verdict, index) => {
      return verdict === 'right' || (target.withoutWanted && verdict === 'open') ? [] : [describe(verdict, cold.resolutions[index])];
    }),
    good ? '  within the targets' : '  NOT within the targets',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return good;
}

type Verdict = 'right' | 'wrong' | 'open';

function judge({ accepted, repoId, repoPath }: Resolution, file: WantedFile | undefined): Verdict {
  if (!accepted) return 'open';
  return file?.places.some((place) => place.repoId === repoId && place.path === repoPath) ? 'right' : 'wrong';
}

function describe(verdict: Verdict, resolution: Resolution | undefined): string {
  return `  ${verdict}: ${resolution?.directory}/${resolution?.filename}: ${resolution?.reason} (${resolution?.repoId ?? resolution?.source})`;
}
