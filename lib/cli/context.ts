import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { detectInstall } from '../comfy/detect.ts';
import type { ComfyInstall } from '../comfy/install.ts';
import { askLiveServer, DEFAULT_COMFYUI_URL, foldersOfServer } from '../comfy/live-server.ts';
import type { Machine } from '../comfy/places.ts';
import type { Config } from '../core/config.ts';
import { ToolkitError } from '../core/error.ts';
import { HttpClient } from '../core/http/client.ts';
import type { Ports } from '../core/ports.ts';
import type { Secrets } from '../core/secrets.ts';
import { defaultConfigPath, readConfig } from '../state/config.ts';
import type { StatePaths } from '../state/paths.ts';
import { statePaths } from '../state/paths.ts';
import { readSecrets } from '../state/secrets.ts';
import type { GivenOptions } from './options.ts';
import { flag, stringOption, usage } from './options.ts';
import { Report } from './report.ts';
import type { Style } from './style.ts';
import { chooseStyle } from './style.ts';
import type { Streams } from './terminal.ts';
import { Terminal } from './terminal.ts';
import { USER_AGENT } from './version.ts';

/** What a command has before it reads any configuration: who called it, from where, and where its state goes. */
export interface Context {
  command: string;
  given: GivenOptions;
  ports: Ports;
  secrets: Secrets;
  configPath: string;
  state: StatePaths;
  streams: Streams;
  terminal: Terminal;
  style: Style;
  report: Report;
  json: boolean;
  quiet: boolean;
  verbose: boolean;
}

/** Puts a command's parts together. Reads the keys, and no configuration yet: an error in it belongs into the run's status. */
export function openContext(command: string, given: GivenOptions, edge: { ports: Ports; streams: Streams }): Context {
  const { ports, streams } = edge;
  const configPath = resolve(ports.cwd, stringOption(given, 'config') ?? defaultConfigPath(ports.cwd));
  const stateFolder = stringOption(given, 'state-dir');
  const [json, quiet, verbose] = [flag(given, 'json'), flag(given, 'quiet'), flag(given, 'verbose')];
  const style = chooseStyle(streams.stdout, ports.env);
  const terminal = new Terminal(streams, { live: !quiet && !ports.env['NO_COLOR'] && ports.env['TERM'] !== 'dumb' });
  return {
    command,
    given,
    ports,
    secrets: readSecrets(ports),
    configPath,
    state: statePaths(stateFolder === undefined ? dirname(configPath) : resolve(ports.cwd, stateFolder)),
    streams,
    terminal,
    style,
    report: new Report({ terminal, style, quiet, verbose, json, now: ports.now }),
    json,
    quiet,
    verbose,
  };
}

/** config.json with what the command line says over it. Throws as `readConfig` does. */
export function openConfig(context: Context): Config {
  const { given, ports, configPath } = context;
  const config = readConfig({ path: configPath, named: stringOption(given, 'config') !== undefined, env: ports.env, home: ports.home });
  const root = stringOption(given, 'comfyui-root');
  return root === undefined ? config : { ...config, comfyuiRoot: resolve(ports.cwd, root) };
}

/** The one way out to the network, with this user's keys and endpoints. */
export function openHttp(context: Context, config: Config): HttpClient {
  return new HttpClient({
    ports: context.ports,
    endpoints: config.endpoints,
    secrets: context.secrets,
    allowedHosts: config.download.allowedHosts,
    userAgent: USER_AGENT,
    maxRequestsPerSecond: config.search.maxRequestsPerSecond ?? null,
  });
}

/** The ComfyUI that this run is about. Throws as `detectInstall` does. */
export async function findInstall(context: Context, config: Config): Promise<ComfyInstall> {
  const by = stringOption(context.given, 'comfyui-root') === undefined ? 'comfyui_root in config.json' : '--comfyui-root';
  const install = await detectInstall({
    machine: thisMachine(context.ports),
    named: config.comfyuiRoot === 'auto' ? null : { path: config.comfyuiRoot, by },
    askServer: () => askForFolders(config, context.ports),
  });
  const named = (config.extraModelPaths ?? []).map(existingFile);
  return named.length === 0 ? install : { ...install, extraPathFiles: [...(install.extraPathFiles ?? []), ...named] };
}

export function thisMachine(ports: Ports): Machine {
  return { platform: process.platform, env: ports.env, home: ports.home, cwd: ports.cwd, systemRoot: '/' };
}

/** The folders of a running ComfyUI, at the configured address or the default one. */
export async function askForFolders(config: Pick<Config, 'comfyuiUrl'>, ports: Ports): ReturnType<typeof foldersOrNull> {
  return foldersOrNull(config.comfyuiUrl ?? DEFAULT_COMFYUI_URL, ports);
}

async function foldersOrNull(url: string, ports: Ports): Promise<{ root: string; baseDirectory: string | null } | null> {
  const server = await askLiveServer(url, ports.fetch);
  return server && foldersOfServer(server);
}

/** The workflow files and folders of this run: the command line's, else config.json's, else the install's own. Absolute. */
export function findWorkflowPaths(context: Context, options: { config: Config; install: ComfyInstall }): string[] {
  const { given, ports } = context;
  if (given.positionals.length > 0) return given.positionals.map((path) => existingPath(resolve(ports.cwd, path)));
  const configured = options.config.workflowDirectories;
  return configured === 'auto' ? options.install.workflowDirectories : configured.map(existingFolder);
}

function existingPath(path: string): string {
  if (existsSync(path)) return path;
  throw usage(`There is no ${path}`, 'Give the path of a workflow file or of a folder with workflows');
}

function existingFile(path: string, position: number): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  throw new ToolkitError(
    'config_invalid',
    `extra_model_paths.${position} is ${path}, which is no file`,
    'Write the path of a file that ComfyUI is started with by --extra-model-paths-config, or take the line out',
  );
}

function existingFolder(path: string, position: number): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new ToolkitError(
    'config_invalid',
    `workflow_directories.${position} is ${path}, which is no folder`,
    'Write the path of a folder that exists, or ["auto"]',
  );
}
