import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Endpoints } from '../../lib/core/services.ts';
import { writeComfyTree } from '../../lib/demo/comfy-tree.ts';

const PROJECT = resolve(import.meta.dir, '../..');

/** A throw-away machine for one test: an empty home, a ComfyUI without models, a state folder with a config.json. */
export interface Sandbox extends AsyncDisposable {
  /** Holds everything else. */
  dir: string;
  home: string;
  /** The ComfyUI. */
  root: string;
  /** Holds config.json, status.json, output/ and log/; the working directory of the commands. */
  stateDir: string;
  configPath: string;
  workflowsDir: string;
  /** Writes a workflow (a value becomes JSON, a text goes out as it is) and gives its path. */
  writeWorkflow(name: string, workflow: unknown): Promise<string>;
  /** Writes a file below `models` and gives its path. */
  writeModel(path: string, bytes: Uint8Array): Promise<string>;
  /** Replaces config.json; absent keys are as in the first one. */
  writeConfig(changes: Record<string, unknown>): Promise<void>;
  /** A JSON file of the state folder, for example `output/downloads.json`. */
  readState(path: string): Promise<unknown>;
  /** Runs a command here. */
  run(args: readonly string[], options?: RunOptions): Promise<CliResult>;
  /** Starts a command here and leaves it running. */
  start(args: readonly string[], options?: RunOptions): CliProcess;
}

/** Nobody listens on this port of loopback: a hub part that a test does not have. */
const NOWHERE = 'http://127.0.0.1:9';
const NO_ENDPOINTS: Endpoints = {
  huggingface: NOWHERE,
  civitai: NOWHERE,
  modelscope: NOWHERE,
  github: NOWHERE,
  comfy_registry: NOWHERE,
  manager: NOWHERE,
};

/** Makes a sandbox; `await using` removes it. Without a hub every endpoint refuses connections. */
export async function makeSandbox(options: { endpoints?: Endpoints; config?: Record<string, unknown> } = {}): Promise<Sandbox> {
  const dir = await mkdtemp(join(tmpdir(), 'comfy-fixer-test-'));
  const [home, root, stateDir] = [join(dir, 'home'), join(dir, 'ComfyUI'), join(dir, 'state')];
  await Promise.all([mkdir(home), mkdir(stateDir), writeComfyTree(root)]);
  const workflowsDir = join(root, 'user/default/workflows');
  const configPath = join(stateDir, 'config.json');
  const first = {
    comfyui_root: root,
    workflow_directories: [workflowsDir],
    endpoints: options.endpoints ?? NO_ENDPOINTS,
    ...options.config,
  };
  const place = (runOptions: RunOptions = {}): RunOptions => ({ cwd: stateDir, home, ...runOptions });
  const sandbox: Sandbox = {
    dir,
    home,
    root,
    stateDir,
    configPath,
    workflowsDir,
    async writeWorkflow(name, workflow) {
      const path = join(workflowsDir, name);
      await Bun.write(path, typeof workflow === 'string' ? workflow : JSON.stringify(workflow));
      return path;
    },
    async writeModel(path, bytes) {
      const target = join(root, 'models', path);
      await Bun.write(target, bytes);
      return target;
    },
    async writeConfig(changes) {
      await Bun.write(configPath, JSON.stringify({ ...first, ...changes }, null, 2));
    },
    readState: (path) => Bun.file(join(stateDir, path)).json(),
    run: (args, runOptions) => runCli(args, place(runOptions)),
    start: (args, runOptions) => startCli(args, place(runOptions)),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
  await sandbox.writeConfig({});
  return sandbox;
}

/** Bun's own cache of transpiled sources, where it is for this process too: a new home each time would start every command cold. */
const TRANSPILED = join(homedir(), '.bun/install/cache/@t@');

interface RunOptions {
  /** Working directory; a sandbox's state folder there. */
  cwd?: string;
  /** Home folder; one that does not exist when absent. */
  home?: string;
  /** Variables on top of the clean environment. */
  env?: Record<string, string>;
  /** Ends the command with this signal once it has run so long. */
  killAfter?: { ms: number; signal?: NodeJS.Signals };
}

interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command that is running. */
interface CliProcess {
  pid: number;
  kill(signal?: NodeJS.Signals): void;
  /** Resolves when it has ended. */
  result: Promise<CliResult>;
}

/** Runs the real command in a process of its own, with an environment that knows nobody's keys, proxies or home. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
  return startCli(args, options).result;
}

/** Starts the real command and leaves it running. */
function startCli(args: readonly string[], options: RunOptions = {}): CliProcess {
  const child = Bun.spawn([process.execPath, join(PROJECT, 'scripts/cli.ts'), ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: cleanEnvironment(options),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { killAfter } = options;
  const timer = killAfter ? setTimeout(() => child.kill(killAfter.signal ?? 'SIGKILL'), killAfter.ms) : undefined;
  const finish = async (): Promise<CliResult> => {
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    clearTimeout(timer);
    return { exitCode, stdout, stderr };
  };
  return { pid: child.pid, kill: (signal = 'SIGTERM') => child.kill(signal), result: finish() };
}

function cleanEnvironment(options: RunOptions): Record<string, string> {
  const home = options.home ?? join(tmpdir(), 'comfy-fixer-no-home');
  return {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: tmpdir(),
    HOME: home,
    USERPROFILE: home,
    NO_COLOR: '1',
    TZ: 'UTC',
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: TRANSPILED,
    ...options.env,
  };
}
