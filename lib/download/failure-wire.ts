import type { FailureWords } from './failure-words.ts';
import type { Trouble } from './trouble.ts';

export type WireTrouble = Extract<Trouble, { kind: 'refused' | 'network' | 'stalled' | 'status' | 'not_found' | 'protocol' | 'engine' }>;

/** The words for links, connections and answers that do not work. */
export function wireWords(trouble: WireTrouble): FailureWords {
  switch (trouble.kind) {
    case 'refused':
      return {
        code: trouble.code,
        reason: 'link refused',
        details: trouble.detail,
        hint:
          trouble.code === 'host_not_allowed'
            ? 'Add the host to download.allowed_hosts in config.json if you trust it'
            : 'Use another source with --pick, or set an override in config.json',
      };
    case 'network':
      return {
        code: 'download_unreachable',
        reason: 'connection lost',
        details: trouble.detail,
        hint: 'Check the network and the proxy, then run resume: what has arrived is kept',
      };
    case 'stalled':
      return {
        code: 'download_timeout',
        reason: 'timeout',
        details: `No byte for ${trouble.seconds} s`,
        hint: 'Run resume: what has arrived is kept; download.timeout_seconds in config.json says how long to wait',
      };
    case 'not_found':
      return {
        code: 'download_not_found',
        reason: 'not found',
        details: trouble.detail ?? `${trouble.host} has no such file`,
        hint: 'Run resolve again: the file may have moved; else give another link with --pick',
      };
    case 'protocol':
      return {
        code: 'download_bad_answer',
        reason: 'unexpected answer',
        details: trouble.detail,
        hint: 'Run resume later, or use another source with --pick',
      };
    case 'engine':
      return {
        code: 'download_engine_failed',
        reason: 'aria2 does not work',
        details: trouble.detail,
        hint: 'Start it with aria2c --enable-rpc, check download.aria2_rpc and ARIA2_RPC_SECRET, or set download.engine to "builtin"; then run resume',
      };
    case 'status':
      return statusWords(trouble);
  }
}

function statusWords(trouble: Extract<Trouble, { kind: 'status' }>): FailureWords {
  const details = trouble.detail ?? `${trouble.host} answered with status ${trouble.status}`;
  if (trouble.status === 429) {
    return {
      code: 'download_rate_limited',
      reason: 'rate limited',
      details,
      hint: 'Run resume in a few minutes; a key of your own raises the limit',
    };
  }
  if (trouble.status >= 500) {
    return { code: 'download_server_error', reason: `server error ${trouble.status}`, details, hint: 'Run resume later' };
  }
  return { code: 'download_refused', reason: `status ${trouble.status}`, details, hint: 'Check the link, or give another one with --pick' };
}
