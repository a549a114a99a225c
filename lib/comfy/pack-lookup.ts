import { z } from 'zod';

import type { ApiContext } from '../core/http/json.ts';
import { fetchJson } from '../core/http/json.ts';
import type { LookupCache } from './lookup-cache.ts';
import type { ManagerData } from './manager-data.ts';
import { NODE_MAP, PACK_LIST, parseManagerData } from './manager-data.ts';
import { isRecord } from './narrow.ts';
import type { RegistryPack } from './node-packs.ts';

/** How services are asked about packs. */
export interface LookupContext extends ApiContext {
  cache: LookupCache;
  signal: AbortSignal;
  /** Earlier answers of any age, and nothing else. */
  offline: boolean;
  /** How long a question may take, in milliseconds; a second or so when absent. */
  patienceMs?: number;
}

/** What the services said; what could not be had is absent. */
export interface LookupAnswer<Value> {
  value: Value;
  /** What could not be asked, for the log. */
  troubles: string[];
}

/** A missing node is reported with or without its pack, so nobody waits long for it. Both questions together. */
const MANAGER_MS = 1200;
const REGISTRY_MS = 800;
const DAY_MS = 24 * 60 * 60 * 1000;
/** ComfyUI-Manager itself reads its lists anew every day. */
const MANAGER_LIFE_MS = DAY_MS;
/** Packs seldom leave the registry, and new ones come every day. */
const KNOWN_LIFE_MS = 7 * DAY_MS;
const UNKNOWN_LIFE_MS = DAY_MS;

const MANAGER_URL = 'https://raw.githubusercontent.com/Comfy-Org/ComfyUI-Manager/main';
const REGISTRY_URL = 'https://api.comfy.org';

/** ComfyUI-Manager's lists, fetched at most once a day. Rejects only with the signal's reason. */
export async function fetchManagerData(context: LookupContext): Promise<LookupAnswer<ManagerData | undefined>> {
  const [map, list] = await Promise.all([fetchList(NODE_MAP, context), fetchList(PACK_LIST, context)]);
  const troubles = [map, list].flatMap((answer) => answer.troubles);
  return { value: map.value === undefined ? undefined : parseManagerData(map.value, list.value), troubles };
}

async function fetchList(name: string, context: LookupContext): Promise<LookupAnswer<unknown>> {
  const key = `${context.http.endpoints.manager}/${name}`;
  const kept = context.cache.read(key);
  const now = context.ports.now();
  if (kept !== undefined && (context.offline || isFresh(kept.storedAt, MANAGER_LIFE_MS, now))) return { value: kept.value, troubles: [] };
  if (context.offline) return { value: undefined, troubles: [] };
  const validator = kept?.etag ? { 'if-none-match': kept.etag } : {};
  const request = { url: `${MANAGER_URL}/${name}`, service: 'manager', schema: z.unknown(), headers: validator, attempts: 1 } as const;
  const result = await inTime(context.patienceMs ?? MANAGER_MS, context, (signal) => fetchJson({ ...request, signal }, context));
  if (result?.ok) {
    const value = name === PACK_LIST ? titlesAlone(result.value) : result.value;
    context.cache.write(key, { value, etag: result.headers.get('etag'), storedAt: now });
    return { value, troubles: [] };
  }
  if (kept !== undefined && result?.status === 304) context.cache.write(key, { ...kept, storedAt: now });
  const isNews = result?.status !== 304;
  return { value: kept?.value, troubles: isNews ? [result?.problem.error ?? 'ComfyUI-Manager API error: timeout'] : [] };
}

/** The list of packs has 3 MB, of which the names are wanted. */
function titlesAlone(list: unknown): unknown {
  const rows: unknown = isRecord(list) ? list['custom_nodes'] : undefined;
  const packs = Array.isArray(rows) ? rows.filter(isRecord) : [];
  return { custom_nodes: packs.map(({ reference, title }) => ({ reference, title })) };
}

const registrySchema = z.looseObject({
  id: z.string(),
  name: z.string().nullish().catch(null),
  repository: z.string().nullish().catch(null),
  status: z.string().nullish().catch(null),
  latest_version: z.looseObject({ version: z.string() }).nullish().catch(null),
});
const keptSchema = z
  .object({
    id: z.string(),
    title: z.string().nullable(),
    repository: z.string().nullable(),
    latestVersion: z.string().nullable().default(null),
  })
  .nullable();

const MOST_TYPES = 60;
const ASKED_AT_ONCE = 8;
/** Longer than any node's name. */
const MAX_NAME = 200;

/** The packs that the Comfy registry has for node types, as far as it answers in time. Rejects only with the signal's reason. */
export async function fetchRegistryPacks(
  nodeTypes: readonly string[],
  context: LookupContext,
): Promise<LookupAnswer<Map<string, RegistryPack>>> {
  const found = new Map<string, RegistryPack>();
  const open: string[] = [];
  for (const nodeType of nodeTypes.filter((name) => name.length <= MAX_NAME && name.isWellFormed())) {
    const kept = recallPack(nodeType, context);
    if (kept?.pack) found.set(nodeType, kept.pack);
    if (!kept?.stands) open.push(nodeType);
  }
  if (context.offline || open.length === 0) return { value: found, troubles: [] };
  const troubles = await askRegistry(open.slice(0, MOST_TYPES), found, context);
  if (troubles.length === 0 && open.length > MOST_TYPES)
    troubles.push(`${open.length - MOST_TYPES} node types are asked about another time`);
  return { value: found, troubles };
}

/** Puts what the registry has into `found`, and returns what could not be asked. */
async function askRegistry(nodeTypes: readonly string[], found: Map<string, RegistryPack>, context: LookupContext): Promise<string[]> {
  const troubles = new Set<string>();
  const queue = nodeTypes.values();
  const asked = await inTime(context.patienceMs ?? REGISTRY_MS, context, async (signal) => {
    const lane = async (): Promise<void> => {
      for (const nodeType of queue) {
        const answer = await askPack(nodeType, { ...context, signal });
        if (answer.value) found.set(nodeType, answer.value);
        else if (answer.value === null) found.delete(nodeType);
        for (const trouble of answer.troubles) troubles.add(trouble);
        // one that is down is asked once, not sixty times
        if (troubles.size > 0) return;
      }
    };
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, lane));
    return true;
  });
  if (asked === undefined) troubles.add('Comfy Registry API error: timeout');
  return [...troubles];
}

/** An earlier answer, `undefined` when there is none; `pack` is `null` where the registry knew none. One that no longer stands is better than nothing. */
function recallPack(nodeType: string, { cache, ports, http }: LookupContext): { pack: RegistryPack | null; stands: boolean } | undefined {
  const kept = cache.read(http.endpoints.comfy_registry + registryPath(nodeType));
  const pack = keptSchema.safeParse(kept?.value).data;
  if (kept === undefined || pack === undefined) return undefined;
  return { pack, stands: isFresh(kept.storedAt, pack === null ? UNKNOWN_LIFE_MS : KNOWN_LIFE_MS, ports.now()) };
}

/** `undefined` in place of a pack when the registry could not be asked. */
async function askPack(nodeType: string, context: LookupContext): Promise<LookupAnswer<RegistryPack | null | undefined>> {
  const path = registryPath(nodeType);
  const request = { url: REGISTRY_URL + path, service: 'comfy_registry', schema: registrySchema, attempts: 1, anonymous: true } as const;
  const result = await fetchJson({ ...request, signal: context.signal }, context);
  if (!result.ok && result.status !== 404) return { value: undefined, troubles: [result.problem.error] };
  const value = result.ok ? toPack(result.value) : null;
  context.cache.write(context.http.endpoints.comfy_registry + path, { value, etag: null, storedAt: context.ports.now() });
  return { value, troubles: [] };
}

function registryPath(nodeType: string): string {
  return `/comfy-nodes/${encodeURIComponent(nodeType)}/node`;
}

/** `null` for a pack that the registry has taken away. */
function toPack({ id, name, repository, status, latest_version }: z.infer<typeof registrySchema>): RegistryPack | null {
  if (/Banned|Deleted/.test(status ?? '')) return null;
  return { id, title: name || null, repository: repository || null, latestVersion: latest_version?.version ?? null };
}

function isFresh(storedAt: Date, lifeMs: number, now: Date): boolean {
  const ageMs = now.getTime() - storedAt.getTime();
  return ageMs >= 0 && ageMs < lifeMs;
}

/** What `ask` gives within the time, `undefined` afterwards. Rejects with the reason of the caller's signal. */
async function inTime<Result>(
  ms: number,
  { signal }: LookupContext,
  ask: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const patience = AbortSignal.timeout(ms);
  try {
    return await ask(AbortSignal.any([signal, patience]));
  } catch (error) {
    signal.throwIfAborted();
    if (!patience.aborted) throw error;
    return undefined;
  }
}
