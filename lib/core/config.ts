import type { SearchSource } from './model.ts';
import type { Endpoints } from './services.ts';

/** The configuration of a run, checked and with every path absolute. Built by `lib/state/config.ts`. */
export interface Config {
  /** The config.json that was read, `null` when there is none and the defaults hold. */
  path: string | null;
  /** Absolute folder, or `auto`: look for ComfyUI. */
  comfyuiRoot: string;
  /** Absolute files that name more model folders, as ComfyUI is told of them by `--extra-model-paths-config`. */
  extraModelPaths?: readonly string[];
  /** Absolute folders, or `auto`: the install's own workflow folders. */
  workflowDirectories: string[] | 'auto';
  /** Base URL of a running ComfyUI; `null`: look at the default port and say nothing when nobody answers. */
  comfyuiUrl: string | null;
  download: DownloadConfig;
  search: SearchConfig;
  scan: { includeDisabled: boolean };
  /** `polling`: look at files again and again, for network shares that tell of no changes. */
  watch: { polling: boolean };
  /** Base name of a model → where to take it from, whatever a search would find. */
  overrides: ReadonlyMap<string, Override>;
  endpoints: Endpoints;
}

export interface DownloadConfig {
  /** Files at a time. */
  maxConcurrent: number;
  /** How long a transfer may go without a byte. */
  timeoutSeconds: number;
  connectionsPerFile: number;
  /** Over all transfers together; `null`: no limit. */
  maxBytesPerSecond: number | null;
  /** Hosts beside the known ones that a workflow's link may lead to. */
  allowedHosts: string[];
  /** Whether formats that can run code when they are loaded may be fetched. */
  allowPickle: boolean;
  /** Who does the transfers. */
  engine: DownloadEngine;
  /** JSON-RPC address of the aria2 daemon, for the engine of that name. */
  aria2Rpc: string;
}

export const DOWNLOAD_ENGINES = ['builtin', 'aria2'] as const;
export type DownloadEngine = (typeof DOWNLOAD_ENGINES)[number];

export interface SearchConfig {
  /** Score from 0 to 1 below which a similar name is no candidate for `--yes`. */
  fuzzyThreshold: number;
  /** Steps of the ladder, in order. */
  sources: SearchSource[];
  /** How often each service may be asked; `null` or absent: at the pace that each is known to bear. */
  maxRequestsPerSecond?: number | null;
}

/** The steps of the ladder where config.json names none. */
export const DEFAULT_SEARCH_SOURCES: readonly SearchSource[] = ['workflow', 'local', 'catalog', 'huggingface', 'civitai'];

/** Where the user wants a model to come from. */
export interface Override {
  url: string;
  /** Lower-case hex; the file is refused when it has another one. `null`: not given. */
  sha256: string | null;
}
