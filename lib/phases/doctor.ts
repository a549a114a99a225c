import { accessSync, constants, existsSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ComfyInstall } from '../comfy/install.ts';
import type { LiveServer } from '../comfy/live-server.ts';
import { describeError, systemErrorCode } from '../core/error.ts';
import type { HttpClient } from '../core/http/client.ts';
import { HttpError } from '../core/http/client.ts';
import { fetchJson } from '../core/http/json.ts';
import type { SearchSource } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { ServiceName } from '../core/services.ts';
import { SERVICE_NAMES, SERVICE_TITLES } from '../core/services.ts';
import { plural } from '../core/text.ts';
import { formatBytes } from '../core/units.ts';

/** One line of `doctor`. `note` is worth knowing and nothing is wrong. */
export interface Finding {
  check: string;
  level: 'ok' | 'note' | 'fail';
  message: string;
  /** The mend, for `fail` and where a note has one. */
  hint: string | null;
}

/** Below this no model fits any more. */
const LEAST_FREE_BYTES = 1_000_000_000;
const PROBE_TIMEOUT_MS = 10_000;
/** The runtime whose fetch keeps back-pressure; older ones buffer a whole model in memory. */
const LEAST_BUN = '1.4.5';

export function checkBun(version: string): Finding {
  const good = Bun.semver.order(version, LEAST_BUN) >= 0;
  const message = `Bun ${version}`;
  return good ? ok('Bun', message) : fail('Bun', `${message} is older than ${LEAST_BUN}`, `Install it: npm install -g bun@${LEAST_BUN}`);
}

export interface CheckedFolders {
  workflowPaths: readonly string[];
  /** Where new models are put, absolute; a folder that is not there yet is judged by the one that it will be made in. */
  modelFolders: readonly string[];
  stateFolder: string;
}

/** The folders of the install: workflows must be readable, the folders that models are put into writable, with room on their volumes. */
export function checkFolders(install: ComfyInstall, folders: CheckedFolders): Finding[] {
  const workflows = folders.workflowPaths.map((path) => checkReadable('Workflows', path));
  const noWorkflows = note('Workflows', 'no workflow folder yet', `Save a workflow in ComfyUI, or name folders in workflow_directories`);
  const places = modelPlaces(join(install.root, 'models'), folders.modelFolders);
  return [
    ok('ComfyUI', `${install.root} (found by: ${install.foundBy})`),
    ...(workflows.length === 0 ? [noWorkflows] : workflows),
    ...checkModelPlaces(places),
    checkWritable('State folder', folders.stateFolder),
    ...firstOfEachVolume(places).map(checkSpace),
  ];
}

/** The folders that a download would write into as things are, each once. */
function modelPlaces(modelsRoot: string, modelFolders: readonly string[]): string[] {
  return [...new Set((modelFolders.length === 0 ? [modelsRoot] : modelFolders).map(nearestExisting))];
}

function checkModelPlaces(places: readonly string[]): Finding[] {
  const findings = places.map((place) => checkWritable('Models folder', place));
  const failed = findings.filter((finding) => finding.level === 'fail');
  const first = findings.find((finding) => finding.level === 'ok');
  const others = findings.length - failed.length - 1;
  return [...(first ? [others > 0 ? ok(first.check, `${first.message}, and ${plural(others, 'other')}`) : first] : []), ...failed];
}

function firstOfEachVolume(places: readonly string[]): string[] {
  const volumes = new Map<number, string>();
  for (const place of places) {
    const { dev } = statSync(place);
    if (!volumes.has(dev)) volumes.set(dev, place);
  }
  return [...volumes.values()];
}

function checkReadable(check: string, path: string): Finding {
  try {
    accessSync(path, constants.R_OK | (statSync(path).isDirectory() ? constants.X_OK : 0));
    return ok(check, path);
  } catch (error) {
    return fail(
      check,
      `${path} cannot be read: ${systemErrorCode(error) ?? describeError(error)}`,
      `Make it readable for this user: chmod -R u+rX "${path}"`,
    );
  }
}

/** Really writes a file: permissions alone do not tell of a read-only volume or a full one. */
function checkWritable(check: string, folder: string): Finding {
  const probe = join(nearestExisting(folder), `.comfy-fixer-${crypto.randomUUID()}.tmp`);
  try {
    writeFileSync(probe, 'x', { flag: 'wx' });
    rmSync(probe);
    return ok(check, `${folder} can be written`);
  } catch (error) {
    return fail(
      check,
      `${folder} cannot be written: ${systemErrorCode(error) ?? describeError(error)}`,
      `Give this user the right to write there: chmod -R u+w "${folder}"`,
    );
  }
}

/** A folder that is still to be made is judged by the one that it will be made in. */
function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}

function checkSpace(folder: string): Finding {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const message = `${formatBytes(free)} free at ${folder}`;
    return free >= LEAST_FREE_BYTES ? ok('Disk space', message) : fail('Disk space', message, 'Make room: most models have 1 to 30 GB');
  } catch (error) {
    return fail('Disk space', `cannot be told for ${folder}: ${describeError(error)}`, 'Check that the models folder exists');
  }
}

/** Whether each service answers at its endpoint as the service would; ModelScope only when somebody searches it. */
export function checkEndpoints(
  http: HttpClient,
  { signal, sources }: { signal: AbortSignal; sources: readonly SearchSource[] },
): Promise<Finding[]> {
  const services = SERVICE_NAMES.filter((service) => service !== 'modelscope' || sources.includes('modelscope'));
  return Promise.all(services.map((service) => checkEndpoint(http, { service, signal })));
}

/** A cheap address of each service. */
const PROBE_PATHS: Readonly<Record<ServiceName, string>> = {
  huggingface: '/api/models?limit=1',
  civitai: '/api/v1/models?limit=1',
  modelscope: '/openapi/v1/models?page_size=1',
  github: '/',
  comfy_registry: '/nodes?limit=1',
  manager: '/model-list.json',
};

async function checkEndpoint(http: HttpClient, options: { service: ServiceName; signal: AbortSignal }): Promise<Finding> {
  const { service } = options;
  const url = http.endpoints[service];
  const check = SERVICE_TITLES[service];
  try {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const { response } = await http.open(url + PROBE_PATHS[service], { trust: 'service', anonymous: true, signal });
    await response.body?.cancel();
    return judgeAnswer(check, { url, service, status: response.status });
  } catch (error) {
    const words = error instanceof HttpError ? error.message : `no answer within ${PROBE_TIMEOUT_MS / 1000} s`;
    return fail(check, `${url}: ${words}`, `Check the network and the proxy, or set endpoints.${service} in config.json to a mirror`);
  }
}

/** Statuses by which a service refuses or slows down, and so shows that it is there. */
const ANSWERS: ReadonlySet<number> = new Set([401, 403, 429]);

function judgeAnswer(check: string, answer: { url: string; service: ServiceName; status: number }): Finding {
  const { url, service, status } = answer;
  const isThere = (status >= 200 && status < 300) || ANSWERS.has(status);
  if (isThere || (service === 'github' && status < 500)) return ok(check, `${url} answers`);
  const words = `${url} answers with status ${status}`;
  if (status >= 500) return fail(check, words, 'Try again later; other sources are used meanwhile');
  return fail(check, words, `Check that endpoints.${service} in config.json is really the service or a mirror of it`);
}

const KEY_PROBES = [
  { service: 'civitai', path: '/api/v1/me', variable: 'CIVITAI_API_KEY', page: 'https://civitai.com/user/account' },
  { service: 'huggingface', path: '/api/whoami-v2', variable: 'HF_TOKEN', page: 'https://huggingface.co/settings/tokens' },
  {
    service: 'modelscope',
    path: '/openapi/v1/users/me',
    variable: 'MODELSCOPE_API_TOKEN',
    page: 'https://modelscope.cn/my/myaccesstoken',
  },
] as const;

/** Whether each key is accepted by its service. No key is no fault: public models need none. */
export function checkKeys(http: HttpClient, context: { ports: Pick<Ports, 'sleep' | 'now'>; signal: AbortSignal }): Promise<Finding[]> {
  // most users have never heard of ModelScope
  const probes = KEY_PROBES.filter(({ service }) => service !== 'modelscope' || http.hasKey(service));
  return Promise.all(probes.map((probe) => checkKey(probe, { http, ...context })));
}

async function checkKey(
  probe: (typeof KEY_PROBES)[number],
  context: { http: HttpClient; ports: Pick<Ports, 'sleep' | 'now'>; signal: AbortSignal },
): Promise<Finding> {
  const { service, variable, page } = probe;
  const check = `${SERVICE_TITLES[service]} key`;
  if (!context.http.hasKey(service)) return note(check, 'none: public models need none', `For gated models set ${variable} (${page})`);
  const url = context.http.endpoints[service] + probe.path;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  const answer = await fetchJson({ url, service, schema: z.unknown(), signal }, context).catch(() => null); // throws on an abort only
  if (answer === null) return note(check, `not checked (no answer within ${PROBE_TIMEOUT_MS / 1000} s)`, 'Try again later');
  if (answer.ok) return ok(check, `accepted`);
  if (answer.status === 401 || answer.status === 403)
    return fail(check, `the key is not accepted (${answer.problem.error})`, `Make a new key at ${page} and set ${variable}`);
  return note(check, `not checked (${answer.problem.error})`, answer.problem.hint);
}

/** Whether ComfyUI runs. Only one that config.json names and that does not answer is worth a hint. */
export function describeLive(server: LiveServer | null, configuredUrl: string | null): Finding {
  if (server) return ok('ComfyUI live', `${server.url} answers${server.version ? ` (ComfyUI ${server.version})` : ''}`);
  if (configuredUrl === null) return note('ComfyUI live', 'not running (it need not)', null);
  return note('ComfyUI live', `${configuredUrl} does not answer`, 'Start ComfyUI, or mend comfyui_url in config.json');
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message, hint: null };
}

export function note(check: string, message: string, hint: string | null): Finding {
  return { check, level: 'note', message, hint };
}

export function fail(check: string, message: string, hint: string): Finding {
  return { check, level: 'fail', message, hint };
}
