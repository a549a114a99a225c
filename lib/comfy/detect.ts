import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ToolkitError } from '../core/error.ts';
import { withoutEndSeparator } from './end-separator.ts';
import type { ComfyInstall } from './install.ts';
import type { Machine, Place } from './places.ts';
import { desktopSettingsFolders, desktopSourceFolders, usualPlaces } from './places.ts';

/** What detection may ask beside the disk: the folders that a running ComfyUI tells of, `null` when none answers. */
export type AskServer = () => Promise<{ root: string; baseDirectory: string | null } | null>;

export interface DetectRequest {
  machine: Machine;
  /** An absolute folder that the user named, and what to call it in an error (`comfyui_root`, `--comfyui-root`); `null`: look for one. */
  named: { path: string; by: string } | null;
  askServer: AskServer;
}

/**
 * The ComfyUI of this machine: the folder that was named, else the first that is found. `init`, `doctor` and every run share this.
 *
 * Throws `ToolkitError`: `comfyui_root_invalid` when the named folder holds no ComfyUI, `comfyui_not_found` with the places looked at.
 */
export async function detectInstall(request: DetectRequest): Promise<ComfyInstall> {
  const named = request.named ?? namedByEnvironment(request.machine);
  if (named) return openNamed(named, request.machine);
  const [first] = await detectAll(request);
  if (first) return first;
  throw notFound(request.machine);
}

/** Every ComfyUI that detection finds without being told, likeliest first, each once. For `init`. */
export async function detectAll(request: Pick<DetectRequest, 'machine' | 'askServer'>): Promise<ComfyInstall[]> {
  const { machine } = request;
  const found = [...findUpwards(machine.cwd), ...findDesktop(machine), ...usualPlaces(machine).flatMap(openGuessed)];
  const server = await request.askServer();
  if (server) found.push(...findServer(server));
  return distinct(found);
}

function namedByEnvironment({ env, cwd }: Machine): { path: string; by: string } | null {
  for (const name of ['COMFYUI_ROOT', 'COMFYUI_PATH']) {
    const value = env[name]?.trim();
    if (value) return { path: resolve(cwd, value), by: name };
  }
  return null;
}

function openNamed(named: { path: string; by: string }, machine: Machine): ComfyInstall {
  const [install] = openPlace({ path: named.path, foundBy: named.by });
  if (install) return { ...install, sources: install.sources ?? findDesktopSources(machine), ...desktopPathFiles(install.root, machine) };
  const reason = isFolder(named.path) ? 'which holds no ComfyUI (no main.py with nodes.py, no models folder)' : 'which is no folder';
  throw new ToolkitError(
    'comfyui_root_invalid',
    `${named.by} is ${named.path}, ${reason}`,
    `Write the path of the folder that holds ComfyUI's main.py and models, or "auto"`,
  );
}

/** The working directory and its parents: each may be a ComfyUI, or hold one beside this tool. */
function findUpwards(start: string): ComfyInstall[] {
  const found: ComfyInstall[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    const foundBy = folder === start ? 'working directory' : 'parent of the working directory';
    if (isSources(folder)) found.push(...openPlace({ path: folder, foundBy }));
    else if (isSources(join(folder, 'ComfyUI'))) found.push(...openPlace({ path: join(folder, 'ComfyUI'), foundBy }));
    if (dirname(folder) === folder) return found;
  }
}

/** The desktop app keeps models and workflows in a base folder of the user's choice, and ComfyUI itself among its own files. */
function findDesktop(machine: Machine): ComfyInstall[] {
  return desktopSettingsFolders(machine).flatMap((folder) => {
    const base = readBasePath(join(folder, 'config.json'));
    if (base === null || !isFolder(base)) return [];
    const sources = isSources(base) ? base : findDesktopSources(machine);
    return [makeInstall({ root: base, sources, foundBy: 'desktop app', ...desktopPathFiles(base, machine) })];
  });
}

/** The desktop app starts ComfyUI with a file of its own that names model folders, those of an earlier install among them. */
function desktopPathFiles(base: string, machine: Machine): Pick<ComfyInstall, 'extraPathFiles'> {
  const settings = desktopSettingsFolders(machine).filter((folder) => isSame(readBasePath(join(folder, 'config.json')), base));
  const files = settings.map((folder) => join(folder, 'extra_models_config.yaml')).filter((file) => existsSync(file));
  return files.length === 0 ? {} : { extraPathFiles: files };
}

function isSame(path: string | null, other: string): boolean {
  return path !== null && withoutEndSeparator(path) === withoutEndSeparator(other);
}

function findDesktopSources(machine: Machine): string | null {
  return desktopSourceFolders(machine).find(isSources) ?? null;
}

function readBasePath(path: string): string | null {
  try {
    const settings: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof settings !== 'object' || settings === null || !('basePath' in settings)) return null;
    return typeof settings.basePath === 'string' && settings.basePath !== '' ? settings.basePath : null;
  } catch {
    return null;
  }
}

function findServer(server: { root: string; baseDirectory: string | null }): ComfyInstall[] {
  if (server.baseDirectory !== null && isFolder(server.baseDirectory)) {
    return [makeInstall({ root: server.baseDirectory, sources: isSources(server.root) ? server.root : null, foundBy: 'running ComfyUI' })];
  }
  return openPlace({ path: server.root, foundBy: 'running ComfyUI' });
}

/** The install in a folder, or in its `ComfyUI` folder as portable builds have it; nothing when there is none. */
function openPlace({ path, foundBy }: Place): ComfyInstall[] {
  const inner = join(path, 'ComfyUI');
  for (const root of [path, inner]) if (isSources(root)) return [makeInstall({ root, sources: root, foundBy })];
  return isDataFolder(path) ? [makeInstall({ root: path, sources: null, foundBy })] : [];
}

/** A `models` folder alone tells nothing in a place that nobody named: other programs have one too. */
function openGuessed(place: Place): ComfyInstall[] {
  return openPlace(place).filter(({ root, sources }) => sources !== null || isFolder(join(root, 'custom_nodes')));
}

function makeInstall(parts: Omit<ComfyInstall, 'workflowDirectories'>): ComfyInstall {
  const root = withoutEndSeparator(parts.root);
  return { ...parts, root, workflowDirectories: findWorkflowDirectories(root) };
}

/** `user/default/workflows` first, then those of other users (`--multi-user`). */
export function findWorkflowDirectories(root: string): string[] {
  const user = join(root, 'user');
  const names = listFolder(user).filter((name) => name !== 'default' && !name.startsWith('.') && !name.startsWith('__'));
  return ['default', ...names.sort()].map((name) => join(user, name, 'workflows')).filter(isFolder);
}

/** ComfyUI's own files. */
function isSources(folder: string): boolean {
  return existsSync(join(folder, 'nodes.py')) && (existsSync(join(folder, 'folder_paths.py')) || existsSync(join(folder, 'main.py')));
}

/** A base directory without sources (desktop app, `--base-directory`, a share with the models only). */
function isDataFolder(folder: string): boolean {
  return isFolder(join(folder, 'models'));
}

/** `false` also for what may not be looked at: then it is of no use here. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function distinct(installs: readonly ComfyInstall[]): ComfyInstall[] {
  const seen = new Set<string>();
  return installs.filter((install) => {
    const real = realpathSync(install.root);
    if (seen.has(real)) return false;
    seen.add(real);
    return true;
  });
}

function notFound(machine: Machine): ToolkitError {
  const looked = [
    'COMFYUI_ROOT and COMFYUI_PATH (not set)',
    `${machine.cwd} and the folders above it`,
    `the usual places of a clone below ${machine.home} (ComfyUI, comfy/ComfyUI, Documents/ComfyUI, ...)`,
    `the settings of the desktop app (${desktopSettingsFolders(machine).join(', ')})`,
    'portable builds, launchers and the usual folders of servers (/workspace, /opt, /app)',
    'a running ComfyUI on the default port',
  ];
  return new ToolkitError(
    'comfyui_not_found',
    `No ComfyUI found. Looked at:\n${looked.map((place) => `  - ${place}`).join('\n')}`,
    'Say where it is: comfyui_root in config.json, --comfyui-root DIR, or the variable COMFYUI_ROOT',
  );
}
