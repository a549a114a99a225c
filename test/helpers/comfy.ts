import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a stand-in of a running ComfyUI tells. */
export interface FakeComfyOptions {
  /** ComfyUI's folder; `models` and `user` below it are real and read at every question. */
  root: string;
  /** `input` definitions by class, in the old form of combos, the new one, or with odd shapes on purpose. */
  nodes?: Readonly<Record<string, FakeNode>>;
  /** Arguments of the command line after `main.py`. */
  argv?: readonly string[];
  /** Answers `/experiment/models`; without it that path is unknown, as in old versions. */
  experimental?: boolean;
  /** `false`: it does not tell there which endings a folder lists, as before 2026. */
  tellsEndings?: boolean;
  /** What it lists in a folder, in place of what lies there: another machine's files, or a list that is not fresh. */
  lists?: Readonly<Record<string, readonly string[]>>;
  /** The start of a path in whose answer it dies. */
  diesIn?: string;
}

export interface FakeNode {
  required?: Readonly<Record<string, unknown>>;
  optional?: Readonly<Record<string, unknown>>;
  pythonModule?: string;
}

/** A running stand-in. */
export interface FakeComfy extends AsyncDisposable {
  /** Base URL. */
  url: string;
  /** Paths asked so far, with their queries. */
  requests: string[];
  stop(): Promise<void>;
}

/** Folders of models that the stand-in knows, in ComfyUI's order: `diffusion_models` looks into `unet` first. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  checkpoints: ['checkpoints'],
  loras: ['loras'],
  vae: ['vae'],
  text_encoders: ['text_encoders', 'clip'],
  diffusion_models: ['unet', 'diffusion_models'],
  clip_vision: ['clip_vision'],
  controlnet: ['controlnet'],
  upscale_models: ['upscale_models'],
  embeddings: ['embeddings'],
};

/** A stand-in of ComfyUI's HTTP API, each path also below `/api`: system_stats, object_info, models, experiment/models, userdata. */
export function startFakeComfy(options: FakeComfyOptions): FakeComfy {
  const requests: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      requests.push(url.pathname + url.search);
      const isBroken = options.diesIn !== undefined && url.pathname.startsWith(options.diesIn);
      return isBroken ? dieIn(await route(url, options), stop) : route(url, options);
    },
  });
  const stop = (): Promise<void> => server.stop(true);
  return { url: `http://127.0.0.1:${server.port}`, requests, stop, [Symbol.asyncDispose]: stop };
}

/** The first half of an answer, and then the death of the server. */
async function dieIn(answer: Response, stop: () => Promise<void>): Promise<Response> {
  const bytes = await answer.bytes();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes.subarray(0, bytes.length / 2)),
    pull: stop,
  });
  return new Response(body);
}

async function route(url: URL, options: FakeComfyOptions): Promise<Response> {
  const [first, ...rest] = url.pathname
    .replace(/^\/api(?=\/)/, '')
    .split('/')
    .slice(1)
    .map((segment) => decodeURIComponent(segment));
  if (first === 'system_stats') return Response.json(describeSystem(options));
  if (first === 'object_info') return Response.json(describeNodes(options, rest[0]));
  if (first === 'models') return answerModels(options, rest[0]);
  if (first === 'experiment' && rest[0] === 'models' && options.experimental !== false) return answerExperiment(options, rest[1]);
  if (first === 'userdata') return answerUserdata(url, options.root, rest[0]);
  return new Response('404: Not Found', { status: 404 });
}

function describeSystem({ root, argv }: FakeComfyOptions): unknown {
  return {
    system: {
      os: 'linux',
      ram_total: 64_000_000_000,
      ram_free: 32_000_000_000,
      comfyui_version: '0.38.1',
      python_version: '3.12.3',
      pytorch_version: '2.8.0+cpu',
      embedded_python: false,
      argv: argv ? ['main.py', ...argv] : [join(root, 'main.py')],
    },
    devices: [{ name: 'cpu', type: 'cpu', index: null, vram_total: 64_000_000_000, vram_free: 32_000_000_000 }],
  };
}

/** One class that is unknown is an empty object, not an error. */
function describeNodes(options: FakeComfyOptions, only: string | undefined): Record<string, unknown> {
  const nodes = Object.entries(options.nodes ?? {}).filter(([type]) => only === undefined || type === only);
  return Object.fromEntries(nodes.map(([type, node]) => [type, describeNode(type, node)]));
}

function describeNode(type: string, node: FakeNode): unknown {
  const { required = {}, optional } = node;
  return {
    input: { required, ...(optional ? { optional } : {}) },
    input_order: { required: Object.keys(required), ...(optional ? { optional: Object.keys(optional) } : {}) },
    output: [],
    output_is_list: [],
    output_name: [],
    name: type,
    display_name: type,
    description: '',
    python_module: node.pythonModule ?? 'nodes',
    category: 'loaders',
    output_node: false,
  };
}

async function answerModels({ root, lists: told = {} }: FakeComfyOptions, folder: string | undefined): Promise<Response> {
  if (folder === undefined) return Response.json([...new Set([...Object.keys(FOLDERS), ...Object.keys(told)])]);
  if (told[folder]) return Response.json(told[folder]);
  const places = FOLDERS[folder];
  if (!places) return new Response('404: Not Found', { status: 404 });
  const lists = await Promise.all(places.map((place) => listFiles(join(root, 'models', place))));
  return Response.json(
    lists
      .flat()
      .filter((name) => ENDINGS.some((ending) => name.endsWith(ending)))
      .sort(),
  );
}

/** Endings that ComfyUI lists. */
const ENDINGS = ['.bin', '.ckpt', '.pkl', '.pt', '.pt2', '.pth', '.safetensors', '.sft'];

async function answerExperiment(
  { root, lists = {}, tellsEndings = true }: FakeComfyOptions,
  folder: string | undefined,
): Promise<Response> {
  if (folder === undefined) {
    const folders = (places: readonly string[]): string[] => places.map((place) => join(root, 'models', place));
    const names = [...new Set([...Object.keys(FOLDERS), ...Object.keys(lists)])];
    const endings = tellsEndings ? { extensions: ENDINGS } : {};
    return Response.json(names.map((name) => ({ name, folders: folders(FOLDERS[name] ?? [name]), ...endings })));
  }
  const places = FOLDERS[folder];
  if (!places) return new Response('404: Not Found', { status: 404 });
  const rows: unknown[] = [];
  for (const [pathIndex, place] of places.entries()) {
    const base = join(root, 'models', place);
    for (const name of await listFiles(base)) {
      const { size, mtimeMs, birthtimeMs } = await stat(join(base, name));
      rows.push({ name, pathIndex, modified: mtimeMs / 1000, created: birthtimeMs / 1000, size });
    }
  }
  return Response.json(rows);
}

/** A list of files with `dir`, or one file when its whole path stands in one encoded segment. */
async function answerUserdata(url: URL, root: string, file: string | undefined): Promise<Response> {
  const base = join(root, 'user/default');
  if (file !== undefined) {
    const found = Bun.file(join(base, file));
    return (await found.exists()) ? new Response(found) : new Response('404: Not Found', { status: 404 });
  }
  const folder = join(base, url.searchParams.get('dir') ?? '');
  if (!(await stat(folder).catch(() => undefined))) return new Response('404: Not Found', { status: 404 });
  const names = await listFiles(folder);
  if (url.searchParams.get('full_info') !== 'true') return Response.json(names);
  const rows = await Promise.all(
    names.map(async (path) => {
      const { size, mtimeMs, birthtimeMs } = await stat(join(folder, path));
      return { path, size, modified: mtimeMs / 1000, created: birthtimeMs / 1000 };
    }),
  );
  return Response.json(rows);
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}
