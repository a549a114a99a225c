import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Config, Override } from '../core/config.ts';
import { DEFAULT_SEARCH_SOURCES, DOWNLOAD_ENGINES } from '../core/config.ts';
import { systemErrorCode, ToolkitError } from '../core/error.ts';
import { SEARCH_SOURCES } from '../core/model.ts';
import { findNearest } from '../core/nearest.ts';
import type { Environment } from '../core/ports.ts';
import type { Endpoints } from '../core/services.ts';
import { DEFAULT_ENDPOINTS, SERVICE_NAMES } from '../core/services.ts';

const httpUrl = z.string().refine((value) => /^https?:\/\/[^/\s]+/i.test(value) && URL.canParse(value), 'no http(s) URL');
const sha256 = z.string().regex(/^[0-9a-fA-F]{64}$/);
const override = z.union([httpUrl, z.strictObject({ url: httpUrl, sha256: sha256.optional() })]);

/** config.json to the letter: an unknown key is an error, a missing one has its default. */
const configSchema = z.strictObject({
  $schema: z.string().optional(),
  comfyui_root: z.string().min(1).default('auto'),
  workflow_directories: z.array(z.string().min(1)).min(1).default(['auto']),
  extra_model_paths: z.array(z.string().min(1)).default([]),
  comfyui_url: httpUrl.nullish(),
  download: z
    .strictObject({
      max_concurrent: z.number().int().min(1).max(32).default(3),
      timeout_seconds: z.number().positive().max(86_400).default(600),
      connections_per_file: z.number().int().min(1).max(16).default(4),
      max_bytes_per_second: z.number().int().positive().nullable().default(null),
      allowed_hosts: z.array(z.string().min(1)).default([]),
      allow_pickle: z.boolean().default(true),
      engine: z.enum(DOWNLOAD_ENGINES).default('builtin'),
      aria2_rpc: httpUrl.default('http://127.0.0.1:6800/jsonrpc'),
    })
    .prefault({}),
  search: z
    .strictObject({
      fuzzy_threshold: z.number().min(0).max(1).default(0.7),
      sources: z.array(z.enum(SEARCH_SOURCES)).default([...DEFAULT_SEARCH_SOURCES]),
      max_requests_per_second: z.number().positive().max(1000).nullable().default(null),
    })
    .prefault({}),
  scan: z.strictObject({ include_disabled: z.boolean().default(false) }).prefault({}),
  watch: z.strictObject({ polling: z.boolean().default(false) }).prefault({}),
  overrides: z.record(z.string(), override).default({}),
  endpoints: z
    .strictObject({
      huggingface: httpUrl.default(DEFAULT_ENDPOINTS.huggingface),
      civitai: httpUrl.default(DEFAULT_ENDPOINTS.civitai),
      modelscope: httpUrl.default(DEFAULT_ENDPOINTS.modelscope),
      github: httpUrl.default(DEFAULT_ENDPOINTS.github),
      comfy_registry: httpUrl.default(DEFAULT_ENDPOINTS.comfy_registry),
      manager: httpUrl.default(DEFAULT_ENDPOINTS.manager),
    })
    .prefault({}),
});
type ConfigFile = z.infer<typeof configSchema>;

/** What to write, by key: the hint of an error. `*` stands for any name or position. */
const WHAT_TO_WRITE: Readonly<Record<string, string>> = {
  comfyui_root: 'the path of the ComfyUI folder, or "auto"',
  workflow_directories: 'a list of folders, or ["auto"]',
  'workflow_directories.*': 'the path of a folder, or "auto"',
  extra_model_paths: 'a list of files, as ComfyUI is told of them by --extra-model-paths-config',
  'extra_model_paths.*': 'the path of a file such as "extra_model_paths.yaml"',
  comfyui_url: 'the address of a running ComfyUI, for example "http://127.0.0.1:8188"',
  download: 'an object such as { "max_concurrent": 3 }',
  'download.max_concurrent': 'a whole number from 1 to 32, for example 3',
  'download.timeout_seconds': 'a number of seconds above 0, for example 600',
  'download.connections_per_file': 'a whole number from 1 to 16, for example 4',
  'download.max_bytes_per_second': 'a whole number of bytes above 0, or null for no limit',
  'download.allowed_hosts': 'a list of host names, for example ["models.example.org"]',
  'download.allowed_hosts.*': 'a host name, for example "models.example.org"',
  'download.allow_pickle': 'true or false',
  'download.engine': `one of ${DOWNLOAD_ENGINES.map((engine) => `"${engine}"`).join(', ')}`,
  'download.aria2_rpc': 'the JSON-RPC address of a running aria2, for example "http://127.0.0.1:6800/jsonrpc"',
  search: 'an object such as { "fuzzy_threshold": 0.7 }',
  'search.fuzzy_threshold': 'a number from 0 to 1, for example 0.7',
  'search.sources': `a list of any of ${SEARCH_SOURCES.map((source) => `"${source}"`).join(', ')}`,
  'search.sources.*': `one of ${SEARCH_SOURCES.map((source) => `"${source}"`).join(', ')}`,
  'search.max_requests_per_second': 'a number of requests above 0, for example 2, or null for what each service is known to bear',
  scan: 'an object such as { "include_disabled": false }',
  'scan.include_disabled': 'true or false',
  watch: 'an object such as { "polling": true }',
  'watch.polling': 'true or false',
  overrides: 'an object such as { "some_model.safetensors": "https://..." }',
  'overrides.*': 'an http or https URL, or { "url": "https://...", "sha256": "..." }',
  endpoints: 'an object such as { "huggingface": "https://huggingface.co" }',
  'endpoints.*': 'the base URL of the service or of a mirror of it, for example "https://huggingface.co"',
};

export interface ConfigSources {
  /** Absolute path of config.json. */
  path: string;
  /** The user named the file (`--config`): then it has to exist. */
  named: boolean;
  env: Environment;
  home?: string;
}

/**
 * Reads config.json, or takes the defaults when there is none. `~` and `$VAR` are expanded, relative paths are relative to the file.
 * Whether the folders exist is not looked at here.
 *
 * Throws `ToolkitError` `config_invalid` with the key, what was found and what to write; `config_missing` for a named file that is not there.
 */
export function readConfig(sources: ConfigSources): Config {
  const text = readText(sources);
  const file = text === null ? configSchema.parse({}) : parseConfig(text, sources.path);
  return finishConfig(file, { ...sources, path: text === null ? null : sources.path, base: dirname(sources.path) });
}

function readText(sources: ConfigSources): string | null {
  try {
    return readFileSync(sources.path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const missing = systemErrorCode(error) === 'ENOENT';
    if (missing && !sources.named) return null;
    const message = missing ? `There is no ${sources.path}` : `Cannot read ${sources.path}: ${systemErrorCode(error) ?? 'it failed'}`;
    throw new ToolkitError('config_missing', message, 'Give the right path with --config, or run init to make a config.json', {
      cause: error,
    });
  }
}

/** config.json's text as it stands, checked: throws as `readConfig` does. */
export function parseConfig(text: string, path: string): ConfigFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const words = error instanceof Error ? error.message : 'it cannot be parsed';
    throw invalid(`${path} is no JSON: ${words}`, 'Mend the text: commas between entries, none after the last, double quotes', error);
  }
  const parsed = configSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw issue ? issueError(issue, { json, path }) : invalid(`${path} has another shape`, 'Compare it with the README');
}

function issueError(issue: z.core.$ZodIssue, file: { json: unknown; path: string }): ToolkitError {
  const key = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') return unknownKey(key, { file, name: issue.keys[0] ?? '' });
  const found = describeValue(valueAt(file.json, key));
  const write = WHAT_TO_WRITE[key.join('.')] ?? WHAT_TO_WRITE[[...key.slice(0, -1), '*'].join('.')];
  const name = key.join('.') || 'the whole file';
  return invalid(`${file.path}: ${name} is ${found}`, `Write ${write ?? 'an object such as { "comfyui_root": "auto" }'}`);
}

function unknownKey(parent: string[], options: { file: { json: unknown; path: string }; name: string }): ToolkitError {
  const depth = parent.length + 1;
  const siblings = Object.keys(WHAT_TO_WRITE)
    .filter((key) => key.split('.').length === depth && key.startsWith(parent.map((part) => `${part}.`).join('')) && !key.endsWith('*'))
    .map((key) => key.split('.').at(-1) ?? '');
  const names = parent[0] === 'endpoints' ? [...SERVICE_NAMES] : siblings;
  const near = findNearest(options.name, names);
  const full = [...parent, options.name].join('.');
  const hint = near ? `Write "${near}", or take the line out` : `Take the line out; the keys here are ${names.join(', ')}`;
  return invalid(`${options.file.path}: ${full} is no key of config.json`, hint);
}

function valueAt(json: unknown, key: readonly string[]): unknown {
  return key.reduce<unknown>((value, name) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  }, json);
}

function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return `${JSON.stringify(value)} (a ${typeof value})`;
}

function finishConfig(file: ConfigFile, options: Omit<ConfigSources, 'path'> & { base: string; path: string | null }): Config {
  const toPath = (value: string, key: string): string => expandPath(value, { ...options, home: options.home ?? homedir(), key });
  const directories = file.workflow_directories;
  return {
    path: options.path,
    comfyuiRoot: file.comfyui_root === 'auto' ? 'auto' : toPath(file.comfyui_root, 'comfyui_root'),
    extraModelPaths: file.extra_model_paths.map((entry) => toPath(entry, 'extra_model_paths')),
    workflowDirectories: directories.includes('auto')
      ? autoDirectories(directories)
      : directories.map((entry) => toPath(entry, 'workflow_directories')),
    comfyuiUrl: file.comfyui_url?.replace(/\/+$/, '') ?? null,
    download: {
      maxConcurrent: file.download.max_concurrent,
      timeoutSeconds: file.download.timeout_seconds,
      connectionsPerFile: file.download.connections_per_file,
      maxBytesPerSecond: file.download.max_bytes_per_second,
      allowedHosts: file.download.allowed_hosts,
      allowPickle: file.download.allow_pickle,
      engine: file.download.engine,
      aria2Rpc: file.download.aria2_rpc,
    },
    search: {
      fuzzyThreshold: file.search.fuzzy_threshold,
      sources: [...new Set(file.search.sources)],
      maxRequestsPerSecond: file.search.max_requests_per_second,
    },
    scan: { includeDisabled: file.scan.include_disabled },
    watch: { polling: file.watch.polling },
    overrides: new Map(Object.entries(file.overrides).map(([name, value]) => [name, toOverride(value)])),
    endpoints: finishEndpoints(file.endpoints, options.env),
  };
}

function autoDirectories(directories: readonly string[]): 'auto' {
  if (directories.length === 1) return 'auto';
  throw invalid('workflow_directories mixes "auto" with folders', 'Write ["auto"] alone, or the folders alone');
}

function toOverride(value: z.infer<typeof override>): Override {
  if (typeof value === 'string') return { url: value, sha256: null };
  return { url: value.url, sha256: value.sha256?.toLowerCase() ?? null };
}

/** `HF_ENDPOINT` goes before config.json: it is set for a shell or a machine, as for Hugging Face's own tools. */
function finishEndpoints(endpoints: Endpoints, env: Environment): Endpoints {
  const trimmed = Object.fromEntries(SERVICE_NAMES.map((name) => [name, endpoints[name].replace(/\/+$/, '')])) as Record<
    (typeof SERVICE_NAMES)[number],
    string
  >;
  const fromEnv = env['HF_ENDPOINT']?.trim().replace(/\/+$/, '');
  if (!fromEnv) return trimmed;
  if (!httpUrl.safeParse(fromEnv).success) {
    throw invalid(
      'The environment variable HF_ENDPOINT is no http(s) URL',
      'Set it to a base URL such as https://huggingface.co, or unset it',
    );
  }
  return { ...trimmed, huggingface: fromEnv };
}

/** `~`, `~/x`, `$VAR` and `${VAR}` expanded, then made absolute against the file's folder. Throws when a variable is not set. */
export function expandPath(value: string, options: { base: string; home: string; env: Environment; key: string }): string {
  const withHome = value.replace(/^~(?=$|[\\/])/, options.home);
  const expanded = withHome.replaceAll(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g, (whole, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? '';
    const found = options.env[name];
    if (found !== undefined) return found;
    throw invalid(
      `${options.key} names ${whole}, and the environment variable ${name} is not set`,
      `Set ${name}, or write the path itself`,
    );
  });
  return resolve(options.base, expanded);
}

/** The path of config.json when the user names none. */
export function defaultConfigPath(cwd: string): string {
  return join(cwd, 'config.json');
}

function invalid(message: string, hint: string, cause?: unknown): ToolkitError {
  return new ToolkitError('config_invalid', message, hint, { cause });
}
