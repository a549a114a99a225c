import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeWorkflow } from './made-workflow.ts';
import { measureCommand, medianCost } from './measured-command.ts';
import type { Cost } from './measured-command.ts';

const PROJECT = resolve(import.meta.dir, '..');
const WORKFLOWS = 5_000;
const WORKFLOW_BYTES = 60_000;
const MODELS = 100_000;
const MODELS_IN_A_FOLDER = 500;
const ROUNDS = 9;

/** What a Python program would do: read every file as JSON and look at every text in it. */
const PYTHON = `
import json, os, sys
found = 0
def walk(value):
    global found
    if isinstance(value, dict):
        for inner in value.values(): walk(inner)
    elif isinstance(value, list):
        for inner in value: walk(inner)
    elif isinstance(value, str) and value.endswith('.safetensors'): found += 1
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), encoding='utf-8') as file: walk(json.load(file))
print(found)
`;

/** One of the programs that are measured; `prepare` is not. */
interface Runner {
  name: string;
  command: string[];
  prepare?: () => void;
  env?: Record<string, string>;
}

/** As package.json starts `scan`. */
const AS_STARTED = { BUN_JSC_useFTLJIT: '0', BUN_JSC_useConcurrentGC: '0', BUN_JSC_largeHeapSize: '33554432' };

/** A ratio of two runners, by their names. */
type Ratio = readonly [of: string, to: string];

const RATIOS: readonly Ratio[] = [
  ['scan, cold', 'rg'],
  ['scan, cold', 'python json'],
  ['scan, warm', 'scan, cold'],
  ['scan command, cold', 'rg'],
  ['scan command, warm', 'scan command, cold'],
  ['list models', 'find'],
];

/**
 * How long a scan takes against ripgrep, Python's json and find on the same made files: whole processes in interleaved rounds of one run,
 * since times of another run say nothing; medians, and no verdict. "scan" is the phase in a process of its own, "scan command" all of
 * `bun run scan` with its log, status and output files. Returns 0.
 */
export async function run(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'scan-bench-'));
  try {
    process.stdout.write(`${WORKFLOWS} workflows of ${WORKFLOW_BYTES} bytes, ${MODELS} model files, ${ROUNDS} rounds\n`);
    const places = makePlaces(folder);
    const runners = listRunners(places).filter(isThere);
    report(await measureRounds(runners, folder));
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Places {
  workflows: string;
  /** A ComfyUI without any models, and one with very many. */
  install: string;
  models: string;
  state: string;
  config: string;
}

function makePlaces(folder: string): Places {
  const at = (name: string): string => join(folder, name);
  const places = {
    workflows: at('workflows'),
    install: at('ComfyUI'),
    models: at('models'),
    state: at('state'),
    config: at('config.json'),
  };
  for (let i = 0; i < WORKFLOWS; i++) write(join(places.workflows, `set-${i % 50}`, `made-${i}.json`), makeWorkflow(i, WORKFLOW_BYTES));
  for (let i = 0; i < MODELS; i++)
    write(join(places.models, `part-${Math.floor(i / MODELS_IN_A_FOLDER)}`, `made_${i}.safetensors`), '\u0002\0\0\0\0\0\0\0{}');
  for (const name of ['main.py', 'folder_paths.py', 'nodes.py']) write(join(places.install, name), '');
  mkdirSync(join(places.install, 'models/loras'), { recursive: true });
  write(places.config, JSON.stringify({ comfyui_root: places.install, workflow_directories: [places.workflows] }));
  return places;
}

const made = new Set<string>();

function write(path: string, text: string): void {
  const folder = join(path, '..');
  if (!made.has(folder)) mkdirSync(folder, { recursive: true });
  made.add(folder);
  writeFileSync(path, text);
}

/** Each warm run comes right after the cold one that fills its memory. */
function listRunners({ workflows, install, models, state, config }: Places): Runner[] {
  const bun = process.execPath;
  const phase = [bun, join(import.meta.dir, 'scan-once.ts'), workflows, install, state];
  const command = [bun, join(PROJECT, 'scripts/cli.ts'), 'scan', '--quiet', '--config', config, '--state-dir', state];
  const prepare = (): void => {
    rmSync(state, { recursive: true, force: true });
    mkdirSync(state);
  };
  return [
    { name: 'rg', command: ['rg', '--no-config', '-o', '[^"]*\\.safetensors', workflows] },
    { name: 'python json', command: ['python3', '-c', PYTHON, workflows] },
    { name: 'scan, cold', command: phase, prepare, env: AS_STARTED },
    { name: 'scan, warm', command: phase, env: AS_STARTED },
    { name: 'scan command, cold', command, prepare, env: AS_STARTED },
    { name: 'scan command, warm', command, env: AS_STARTED },
    { name: 'find', command: ['find', models, '-type', 'f', '-printf', '%s\\n'] },
    { name: 'list models', command: [bun, join(import.meta.dir, 'list-models.ts'), models] },
  ];
}

function isThere({ name, command }: Runner): boolean {
  const found = Bun.which(command[0] ?? '') !== null;
  if (!found) process.stdout.write(`${name}: skipped, ${command[0]} is not installed\n`);
  return found;
}

/** The first round fills the disk's cache, and does not count. */
async function measureRounds(runners: readonly Runner[], cwd: string): Promise<Map<string, Cost>> {
  const costs = new Map<string, Cost[]>(runners.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, command, prepare, env } of runners) {
      prepare?.();
      const cost = await measureCommand(command, cwd, env && { env });
      if (round > 0) costs.get(name)?.push(cost);
    }
  }
  return new Map([...costs].map(([name, all]) => [name, medianCost(all)]));
}

function report(costs: ReadonlyMap<string, Cost>): void {
  for (const [name, { wallMs, cpuMs }] of costs)
    process.stdout.write(`${name.padEnd(20)} ${wallMs.toFixed(0).padStart(6)} ms  ${cpuMs.toFixed(0).padStart(6)} ms of processor time\n`);
  for (const [of, to] of RATIOS) {
    const [left, right] = [costs.get(of), costs.get(to)];
    const shown = left && right ? `×${(left.wallMs / right.wallMs).toFixed(2)}` : 'skipped';
    process.stdout.write(`${`${of} : ${to}`.padEnd(42)} ${shown}\n`);
  }
}
