import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { GraphBuilder } from '../lib/demo/graph-builder.ts';
import { startHub } from '../lib/hub/hub.ts';
import { safetensorsContent } from '../lib/hub/model-file.ts';
import { makeWorkflow } from './made-workflow.ts';

const PROJECT = resolve(import.meta.dir, '..');
const FILES = 10_000;
const FOLDERS = 200;
const BYTES_PER_FILE = 30_000;
const IDLE_SECONDS = 20;
const MOST_READY_MS = 10_000;
const MOST_IDLE_SHARE = 0.01;
const MOST_MEMORY_BYTES = 200_000_000;
const SAVED = 9;
const MODEL_BYTES = 200_000;
const MOST_ARRIVAL_MS = 2000;

/**
 * What it takes to watch 10,000 workflows: the time until all are read, at the first start and at another one; with nothing to do, the share
 * of a core and the memory; and the time from saving one more to its small model on disk, from a hub on loopback. Returns 1 when a bound is not kept. Linux only,
 * since it reads /proc.
 */
export async function run(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'comfy-fixer-bench-'));
  const names = Array.from({ length: SAVED }, (_, at) => `arrival_${at}.safetensors`);
  const files = names.map((path, at) => ({ path, content: safetensorsContent({ sizeBytes: MODEL_BYTES, seed: at, tensors: 'lora' }) }));
  const hub = await startHub({ huggingface: [{ id: REPOSITORY, files }] });
  makeMachine(dir, hub.endpoints);
  try {
    const first = await measureWatch(dir, names);
    rmSync(join(dir, 'status.json'));
    await using again = startWatch(dir);
    return report({ ...first, againMs: await again.untilRead() }) ? 0 : 1;
  } finally {
    await hub.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A watch that has never seen these workflows. */
async function measureWatch(dir: string, names: readonly string[]): Promise<Omit<Figures, 'againMs'>> {
  await using watch = startWatch(dir);
  const readyMs = await watch.untilRead();
  await Bun.sleep(5000); // what was put off until there is nothing to do
  const before = ticksOf(watch.pid);
  await Bun.sleep(IDLE_SECONDS * 1000);
  const share = (ticksOf(watch.pid) - before) / 100 / IDLE_SECONDS;
  const bytes = memoryOf(watch.pid);
  const arrivals: number[] = [];
  for (const name of names) arrivals.push(await measureArrival(dir, name));
  arrivals.sort((left, right) => left - right);
  return { readyMs, share, bytes, arrivalMs: arrivals[Math.floor(SAVED / 2)] ?? Infinity };
}

interface Figures {
  readyMs: number;
  /** The same for a watch that is started again. */
  againMs: number;
  share: number;
  bytes: number;
  arrivalMs: number;
}

/** `untilRead` tells how many milliseconds it took from the start until all workflows were read. */
function startWatch(dir: string): AsyncDisposable & { pid: number; untilRead: () => Promise<number> } {
  const began = performance.now();
  const child = Bun.spawn([process.execPath, join(PROJECT, 'scripts/cli.ts'), 'watch', '--quiet', '--config', join(dir, 'config.json')], {
    env: { PATH: process.env['PATH'] ?? '', HOME: dir },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return {
    pid: child.pid,
    untilRead: async () => {
      while (!hasRead(dir)) await Bun.sleep(20);
      return performance.now() - began;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.exited;
    },
  };
}

const REPOSITORY = 'bench/arrivals';

/** Milliseconds from the moment a workflow is saved until its model has its name, with nothing else to do. */
async function measureArrival(dir: string, name: string): Promise<number> {
  const root = join(dir, 'ComfyUI');
  const graph = new GraphBuilder();
  const url = `https://huggingface.co/${REPOSITORY}/resolve/main/${name}`;
  graph.add('LoraLoaderModelOnly', { widgets: { lora_name: name }, models: [{ name, directory: 'loras', url }] });
  const began = performance.now();
  writeFileSync(join(root, 'user/default/workflows/folder 0', `${name}.json`), JSON.stringify(graph.toWorkflow()));
  while (!existsSync(join(root, 'models/loras', name))) await Bun.sleep(2);
  const tookMs = performance.now() - began;
  await Bun.sleep(1000); // until nothing is left to do
  return tookMs;
}

/** A ComfyUI with workflows, and services on loopback. */
function makeMachine(dir: string, endpoints: Readonly<Record<string, string>>): void {
  const root = join(dir, 'ComfyUI');
  mkdirSync(join(root, 'models'), { recursive: true });
  for (const name of ['nodes.py', 'main.py']) writeFileSync(join(root, name), '');
  for (let at = 0; at < FILES; at++) {
    const folder = join(root, 'user/default/workflows', `folder ${at % FOLDERS}`);
    if (at < FOLDERS) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${at}.json`), muted(makeWorkflow(at, BYTES_PER_FILE)));
  }
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ comfyui_root: root, comfyui_url: 'http://127.0.0.1:9', endpoints }));
}

/** With every node muted: nothing is needed, so that nothing is left to do. */
function muted(workflow: string): string {
  return workflow.replaceAll(/"mode":( ?)0/g, '"mode":$12');
}

function hasRead(dir: string): boolean {
  try {
    const status = JSON.parse(readFileSync(join(dir, 'status.json'), 'utf8')) as { data: { workflows_scanned: number } };
    return status.data.workflows_scanned >= FILES;
  } catch {
    return false; // not yet there
  }
}

/** Processor time so far, in hundredths of a second. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

function startRow(name: string, ms: number): { name: string; value: string; bound: string; kept: boolean } {
  return { name, value: `${(ms / 1000).toFixed(1)} s`, bound: `${MOST_READY_MS / 1000} s`, kept: ms <= MOST_READY_MS };
}

function report({ readyMs, againMs, share, bytes, arrivalMs }: Figures): boolean {
  const rows = [
    startRow('all read', readyMs),
    startRow('all read, again', againMs),
    {
      name: 'idle, of a core',
      value: `${(share * 100).toFixed(2)} %`,
      bound: `${MOST_IDLE_SHARE * 100} %`,
      kept: share <= MOST_IDLE_SHARE,
    },
    {
      name: 'idle, memory',
      value: `${Math.round(bytes / 1e6)} MB`,
      bound: `${MOST_MEMORY_BYTES / 1e6} MB`,
      kept: bytes <= MOST_MEMORY_BYTES,
    },
    {
      name: 'saved → on disk',
      value: `${(arrivalMs / 1000).toFixed(2)} s`,
      bound: `${MOST_ARRIVAL_MS / 1000} s`,
      kept: arrivalMs <= MOST_ARRIVAL_MS,
    },
  ];
  for (const { name, value, bound, kept } of rows)
    process.stdout.write(`${name.padEnd(18)} ${value.padStart(9)}  ${kept ? 'within' : 'NOT within'} ${bound}\n`);
  return rows.every(({ kept }) => kept);
}
