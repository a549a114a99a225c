/** The download phase as a process of its own, to be measured: `fetch-files.ts <json of FetchFiles>`. Ends with 1 when a file fails. */
import { join } from 'node:path';
import { createPorts } from '../lib/cli/ports.ts';
import { HttpClient } from '../lib/core/http/client.ts';
import type { Resolution } from '../lib/core/model.ts';
import { NO_SECRETS } from '../lib/core/secrets.ts';
import { DEFAULT_ENDPOINTS } from '../lib/core/services.ts';
import { runDownload } from '../lib/phases/download.ts';

export interface FetchFiles {
  /** Where the server stands in for Hugging Face. */
  origin: string;
  /** Path of the served folder, with `/` at its end. */
  path: string;
  /** The models folder. */
  folder: string;
  files: { name: string; as: string; sizeBytes: number; sha256: string | null }[];
  connections: number;
}

const input = JSON.parse(process.argv[2] ?? '') as FetchFiles;
const ports = createPorts();
const http = new HttpClient({
  ports,
  endpoints: { ...DEFAULT_ENDPOINTS, huggingface: input.origin },
  secrets: NO_SECRETS,
  allowedHosts: [],
  userAgent: 'comfy-fixer-smart/bench',
});
const records = await runDownload(
  {
    resolutions: input.files.map(resolutionOf),
    config: {
      maxConcurrent: 3,
      timeoutSeconds: 60,
      connectionsPerFile: input.connections,
      maxBytesPerSecond: null,
      allowedHosts: [],
      allowPickle: true,
      engine: 'builtin',
      aria2Rpc: '',
    },
    allowedRoots: [input.folder],
  },
  { http, ports, emit: () => undefined, signal: new AbortController().signal },
);
for (const { status, error } of records) {
  if (status === 'downloaded') continue;
  process.stderr.write(`${status}: ${error?.details}\n`);
  process.exitCode = 1;
}

function resolutionOf({ name, as, sizeBytes, sha256 }: FetchFiles['files'][number]): Resolution {
  return {
    filename: as,
    directory: 'loras',
    expectedType: 'lora',
    subfolder: '',
    source: 'huggingface',
    proof: 'link',
    accepted: true,
    reason: 'measured',
    downloadUrl: `https://huggingface.co${input.path}${name}`,
    sizeBytes,
    sha256,
    modelId: null,
    versionId: null,
    repoId: null,
    revision: null,
    repoPath: null,
    foundAt: null,
    savePath: join(input.folder, as),
    requiresAuth: null,
    gated: false,
    pickle: false,
    danger: null,
    license: null,
    chosenByUser: false,
    candidates: [],
    unchecked: [],
    workflows: [],
  };
}
