/** A process of its own that downloads one resolution and may be killed: `fetch-once.ts <json of FetchOnce>`. Prints the status. */
import type { Resolution } from '../../lib/core/model.ts';
import { HttpClient } from '../../lib/core/http/client.ts';
import { Wire } from '../../lib/core/http/wire/wire.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import type { Endpoints } from '../../lib/core/services.ts';
import { runDownload } from '../../lib/phases/download.ts';
import { CONFIG } from './sandbox.ts';

export interface FetchOnce {
  endpoints: Endpoints;
  models: string;
  resolution: Resolution;
  connectionsPerFile: number;
}

const input = JSON.parse(process.argv[2] ?? '') as FetchOnce;
const wire = new Wire();
const ports = {
  fetch,
  fetchFile: wire.fetch.bind(wire),
  now: () => new Date(),
  lookup: () => Promise.reject(new Error('no names here')),
  sleep: (ms: number) => Bun.sleep(ms),
};
const http = new HttpClient({
  ports,
  endpoints: input.endpoints,
  secrets: NO_SECRETS,
  allowedHosts: [],
  userAgent: 'comfy-fixer-smart/test',
});
const [record] = await runDownload(
  {
    resolutions: [input.resolution],
    config: { ...CONFIG, connectionsPerFile: input.connectionsPerFile },
    allowedRoots: [input.models],
  },
  { http, ports, emit: () => undefined, signal: new AbortController().signal, tuning: { smallestPieceBytes: 256 * 1024, firstLookMs: 0 } },
);
process.stdout.write(record?.status ?? 'nothing');
