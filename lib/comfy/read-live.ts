import type { Fetch } from '../core/ports.ts';
import { describeError } from '../core/error.ts';
import type { ComfyInstall } from './install.ts';
import type { LiveFacts } from './live-declarations.ts';
import { fetchLiveFolders } from './live-folders.ts';
import { identify } from './live-identity.ts';
import { askServer } from './live-json.ts';
import { readObjectInfo } from './live-nodes.ts';
import type { LiveServer } from './live-server.ts';
import { askLiveServer, askNamedServer, DEFAULT_COMFYUI_URL } from './live-server.ts';
import type { ModelFolders } from './model-folders.ts';

/** A running ComfyUI that is believed. */
export interface LiveReading extends LiveFacts {
  url: string;
  /** What it lists are files of this disk. */
  sharesDisk: boolean;
  /** It runs from the install's own folders, so that its paths hold here. */
  sharesPaths: boolean;
}

/** What came of asking. */
export interface LiveAnswer {
  /** `null`: nobody answers, or somebody that is not to be believed. */
  live: LiveReading | null;
  /** For the log; `null` when there is nothing to say. */
  note: { level: 'info' | 'warn'; message: string } | null;
}

export interface LiveRequest {
  /** The address that the user has set; `null`: the default port is looked at. */
  configuredUrl: string | null;
  install: ComfyInstall;
  folders: ModelFolders;
}

/** A busy server answers late; one that never does must not keep anybody waiting. */
const ANSWER_MS = 10_000;

/**
 * Asks a running ComfyUI for its node classes and what they offer. One that was found by the default port is believed only when it is the
 * install on this disk; one that the user named is believed. Never throws, except with the signal's reason.
 */
export async function readLive(request: LiveRequest, ports: { fetch: Fetch; signal: AbortSignal; answerMs?: number }): Promise<LiveAnswer> {
  const url = request.configuredUrl ?? DEFAULT_COMFYUI_URL;
  const ask = request.configuredUrl === null ? askLiveServer : askNamedServer;
  const server = await ask(url, ports.fetch);
  if (server === null) {
    const message = `${url} does not answer: the files of the install are read instead`;
    return { live: null, note: request.configuredUrl === null ? null : { level: 'warn', message } };
  }
  try {
    const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(ports.answerMs ?? ANSWER_MS)]);
    const asking = { url, fetch: ports.fetch, signal };
    const [folders, info] = await Promise.all([fetchLiveFolders(asking), askServer('/object_info', asking)]);
    return judge(request, { server, facts: { folders, nodes: readObjectInfo(info) } });
  } catch (error) {
    ports.signal.throwIfAborted();
    const message = `${url} broke off (${describeError(error)}): the files of the install are read instead`;
    return { live: null, note: { level: 'warn', message } };
  }
}

function judge(request: LiveRequest, { server, facts }: { server: LiveServer; facts: LiveFacts }): LiveAnswer {
  const { url } = server;
  if (facts.nodes.size === 0) {
    return { live: null, note: { level: 'warn', message: `${url} tells of no node: the files of the install are read instead` } };
  }
  const identity = identify({ server, live: facts.folders, install: request.install, folders: request.folders });
  if (identity === 'other' && request.configuredUrl === null) {
    const message = `${url} is another ComfyUI than ${request.install.root}, and not asked; comfyui_url in config.json would have it asked`;
    return { live: null, note: { level: 'info', message } };
  }
  const live = { ...facts, url, sharesDisk: identity !== 'other', sharesPaths: identity === 'same' };
  const version = server.version === null ? '' : ` (ComfyUI ${server.version})`;
  return { live, note: { level: 'info', message: `${url}${version} tells of ${facts.nodes.size} node types and what they offer` } };
}
