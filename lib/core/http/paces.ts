import type { ServiceName } from '../services.ts';

/** So many requests a second, after a burst that may come at once. */
export interface Pace {
  perSecond: number;
  burst: number;
}

/** Requests of one service that are limited together. */
export interface Lane {
  name: string;
  pace: Pace;
}

/*
 * Hugging Face counts in windows of five minutes: 500 API calls and 3000 files for somebody without an account, apart from one another
 * (its documentation, 2025-09); its `RateLimit` header says what is left. None of the others publishes a limit for what is asked of it
 * here: Civitai advises only to back off (its developer documentation, 2026-08), ModelScope's SDK knows 429 (2026-07), GitHub's and the
 * Comfy Registry's documentation say nothing of files and lists. For these the pace is a guess on the careful side.
 */
const FILES: Lane = { name: 'files', pace: { perSecond: 10, burst: 40 } };
const LANES: Readonly<Record<ServiceName, Lane>> = {
  huggingface: { name: 'api', pace: { perSecond: 10, burst: 50 } },
  civitai: { name: 'all', pace: { perSecond: 5, burst: 10 } },
  modelscope: { name: 'all', pace: { perSecond: 5, burst: 10 } },
  github: { name: 'all', pace: { perSecond: 10, burst: 20 } },
  // a scan asks about up to 60 node types at once and waits less than a second for them
  comfy_registry: { name: 'all', pace: { perSecond: 10, burst: 60 } },
  manager: { name: 'all', pace: { perSecond: 5, burst: 10 } },
};

/** The lane of a request; `null` for a place that is no service. */
export function laneOf(service: ServiceName | null, url: URL): Lane | null {
  if (service === null) return null;
  if (service === 'huggingface' && (!url.pathname.includes('/api/') || url.pathname.includes('/api/resolve-cache/'))) return FILES;
  return LANES[service];
}
