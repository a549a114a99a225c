import { dirname, isAbsolute } from 'node:path';
import { z } from 'zod';
import type { Fetch } from '../core/ports.ts';

/** Where ComfyUI listens unless told otherwise (`--listen`, `--port`; comfy/cli_args.py, 2026-08). */
export const DEFAULT_COMFYUI_URL = 'http://127.0.0.1:8188';
/** A server on this machine or its network answers in milliseconds; one that is starting up may take longer and is asked again later. */
const ANSWER_MS = 1500;

/** What a running ComfyUI says of itself at `/system_stats`; only what is read. */
const statsSchema = z.looseObject({
  system: z.looseObject({ argv: z.array(z.string()).default([]), comfyui_version: z.string().optional() }),
});

export interface LiveServer {
  url: string;
  version: string | null;
  /** How it was started: the script, then its arguments. */
  argv: string[];
}

/** The ComfyUI at `url`, `null` when nobody answers there or somebody else does. Never throws. */
export async function askLiveServer(url: string, fetch: Fetch): Promise<LiveServer | null> {
  const answer = await askStats(url, fetch);
  return answer === 'untold' ? null : answer;
}

/** The same where a user says that it is one: it need not tell of itself. A recording, or a gateway, may have no more than the nodes. */
export async function askNamedServer(url: string, fetch: Fetch): Promise<LiveServer | null> {
  const answer = await askStats(url, fetch);
  if (answer !== 'untold') return answer;
  return (await hasNodes(url, fetch)) ? { url, version: null, argv: [] } : null;
}

/** What the page says is not waited for. */
async function hasNodes(url: string, fetch: Fetch): Promise<boolean> {
  try {
    const response = await fetch(`${url}/object_info`, { signal: AbortSignal.timeout(ANSWER_MS), redirect: 'error' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** `untold`: a server that has no such page. */
async function askStats(url: string, fetch: Fetch): Promise<LiveServer | 'untold' | null> {
  try {
    const response = await fetch(`${url}/system_stats`, { signal: AbortSignal.timeout(ANSWER_MS), redirect: 'error' });
    if (response.status === 404) return 'untold';
    if (!response.ok) return null;
    const { system } = statsSchema.parse(await response.json());
    return { url, version: system.comfyui_version ?? null, argv: system.argv };
  } catch {
    return null;
  }
}

/** The folders of a server that was started with absolute paths; `null` when its arguments do not tell. */
export function foldersOfServer(server: LiveServer): { root: string; baseDirectory: string | null } | null {
  const script = server.argv[0] ?? '';
  const baseDirectory = argumentAfter(server.argv, '--base-directory');
  if (isAbsolute(script)) return { root: dirname(script), baseDirectory };
  return baseDirectory !== null && isAbsolute(baseDirectory) ? { root: baseDirectory, baseDirectory } : null;
}

function argumentAfter(argv: readonly string[], name: string): string | null {
  const joined = argv.find((part) => part.startsWith(`${name}=`));
  if (joined) return joined.slice(name.length + 1);
  const at = argv.indexOf(name);
  return at === -1 ? null : (argv[at + 1] ?? null);
}
