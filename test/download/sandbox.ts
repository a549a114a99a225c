import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { DownloadConfig } from '../../lib/core/config.ts';
import type { RunEvent } from '../../lib/core/events.ts';
import { HttpClient } from '../../lib/core/http/client.ts';
import type { TransferTuning } from '../../lib/download/transfer.ts';
import { Wire } from '../../lib/core/http/wire/wire.ts';
import type { Candidate, DownloadRecord, Resolution } from '../../lib/core/model.ts';
import type { Secrets } from '../../lib/core/secrets.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import type { Content } from '../../lib/hub/content.ts';
import { safetensorsContent } from '../../lib/hub/model-file.ts';
import type { DownloadPhasePorts } from '../../lib/phases/download.ts';
import { runDownload } from '../../lib/phases/download.ts';
import type { FetchOnce } from './fetch-once.ts';
import type { TestHub } from '../helpers/hub.ts';
import { startTestHub } from '../helpers/hub.ts';

export const REPO = 'studio/models';
const KIB = 1024;

/** A small model whose pieces of 64 KiB are many. */
export const MODEL: Content = safetensorsContent({ sizeBytes: 900 * KIB + 17, seed: 7 });
/** Another file of the same size. */
export const OTHER: Content = safetensorsContent({ sizeBytes: 900 * KIB + 17, seed: 8 });

export const CONFIG: DownloadConfig = {
  maxConcurrent: 3,
  timeoutSeconds: 5,
  connectionsPerFile: 1,
  maxBytesPerSecond: null,
  allowedHosts: [],
  allowPickle: true,
  engine: 'builtin',
  aria2Rpc: '',
};

export interface Sandbox extends AsyncDisposable {
  hub: TestHub;
  /** The models folder. */
  models: string;
  events: RunEvent[];
  /** Pauses that the engine asked for, in milliseconds; none of them is waited out. */
  pauses: number[];
  /** Absolute path of a file below the models folder. */
  path: (name: string) => string;
  run: (resolutions: Resolution[], options?: RunOptions) => Promise<DownloadRecord[]>;
}

export interface RunOptions {
  config?: Partial<DownloadConfig>;
  secrets?: Secrets;
  signal?: AbortSignal;
  ports?: Pick<DownloadPhasePorts, 'hashFile' | 'findCopy'>;
  roots?: string[];
  tuning?: TransferTuning;
}

/** A models folder and a hub that holds `MODEL` as `loras/model.safetensors` on both services. */
export async function startSandbox(catalogue: HubCatalogue = defaultCatalogue()): Promise<Sandbox> {
  const hub = await startTestHub(catalogue);
  const folder = mkdtempSync(join(tmpdir(), 'download-test-'));
  const models = join(folder, 'models');
  mkdirSync(join(models, 'loras'), { recursive: true });
  const events: RunEvent[] = [];
  const pauses: number[] = [];
  const wire = new Wire();
  const ports = {
    fetch,
    fetchFile: wire.fetch.bind(wire),
    now: () => new Date(),
    lookup: () => Promise.reject(new Error('no names here')),
    sleep: async (ms: number, signal?: AbortSignal) => {
      pauses.push(ms);
      await delay(1, undefined, signal ? { signal } : {});
    },
  };
  return {
    hub,
    models,
    events,
    pauses,
    path: (name) => join(models, name),
    run: (resolutions, options = {}) => {
      const config = { ...CONFIG, ...options.config };
      const http = new HttpClient({
        ports,
        endpoints: hub.endpoints,
        secrets: options.secrets ?? NO_SECRETS,
        allowedHosts: config.allowedHosts,
        userAgent: 'comfy-fixer-smart/test',
      });
      return runDownload(
        { resolutions, config, allowedRoots: options.roots ?? [models] },
        {
          http,
          ports,
          emit: (event) => events.push(event),
          signal: options.signal ?? new AbortController().signal,
          tuning: { smallestPieceBytes: 64 * KIB, firstLookMs: 0, ...options.tuning },
          ...options.ports,
        },
      );
    },
    async [Symbol.asyncDispose]() {
      await hub.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function defaultCatalogue(): HubCatalogue {
  return {
    huggingface: [{ id: REPO, files: [{ path: 'loras/model.safetensors', content: MODEL }] }],
    civitai: [
      {
        id: 11,
        name: 'Model',
        type: 'LORA',
        versions: [{ id: 22, name: 'v1', files: [{ id: 33, name: 'model.safetensors', content: MODEL }] }],
      },
    ],
    accounts: [
      { service: 'huggingface', token: 'hf_goodtoken', username: 'ann', repositories: ['studio/gated'] },
      { service: 'civitai', token: 'goodkey', username: 'ann' },
    ],
  };
}

export const HF_URL = `https://huggingface.co/${REPO}/resolve/main/loras/model.safetensors`;
export const CIVITAI_URL = 'https://civitai.com/api/download/models/22?fileId=33';

/** A resolution of `MODEL` on Hugging Face, with what the test changes. */
export function resolutionOf(savePath: string, changes: Partial<Resolution> = {}): Resolution {
  return {
    filename: 'model.safetensors',
    directory: 'loras',
    expectedType: 'lora',
    subfolder: '',
    source: 'huggingface',
    proof: 'hash',
    accepted: true,
    reason: 'sha256 equals the one in the workflow',
    downloadUrl: HF_URL,
    sizeBytes: MODEL.sizeBytes,
    sha256: MODEL.sha256,
    modelId: null,
    versionId: null,
    repoId: REPO,
    revision: 'main',
    repoPath: 'loras/model.safetensors',
    foundAt: null,
    savePath,
    requiresAuth: null,
    gated: false,
    pickle: false,
    danger: null,
    license: null,
    chosenByUser: false,
    candidates: [],
    unchecked: [],
    workflows: ['workflow.json'],
    ...changes,
  };
}

/** Another place for the same bytes. */
export function candidateOf(changes: Partial<Candidate> = {}): Candidate {
  return {
    source: 'civitai',
    filename: 'model.safetensors',
    score: 1,
    reason: 'same sha256',
    downloadUrl: CIVITAI_URL,
    sizeBytes: MODEL.sizeBytes,
    sha256: MODEL.sha256,
    modelId: 11,
    versionId: 22,
    repoId: null,
    revision: null,
    repoPath: null,
    foundAt: null,
    title: null,
    baseModel: null,
    downloads: null,
    requiresAuth: null,
    gated: false,
    pickle: false,
    danger: null,
    license: null,
    ...changes,
  };
}

/** The argument of `fetch-once.ts`. */
export function fetchOnceInput(box: Sandbox, resolution: Resolution, connectionsPerFile = 1): string {
  const input: FetchOnce = { endpoints: box.hub.endpoints, models: box.models, resolution, connectionsPerFile };
  return JSON.stringify(input);
}
