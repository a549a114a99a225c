import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeWorkflow } from './made-workflow.ts';

const PROJECT = resolve(import.meta.dir, '..');
const FILES = 10_000;
const FOLDERS = 200;
const BYTES_PER_FILE = 30_000;
const IDLE_SECONDS = 20;
const MOST_READY_MS = 10_000;
const MOST_IDLE_SHARE = 0.01;
const MOST_MEMORY_BYTES = 200_000_000;

/**
 * What it takes to watch 10,000 workflows: the time until all are read, and then, with nothing to do, the share of a core and the memory.
 * Returns 1 when a bound is not kept. Linux only, since it reads /proc.
 */
export async function run(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'comfy-fixer-bench-'));
  makeMachine(dir);
  const began = performance.now();
  const child = Bun.spawn([process.execPath, join(PROJECT, 'scripts/cli.ts'), 'watch', '--quiet', '--config', join(dir, 'config.json')], {
    env: { PATH: process.env['PATH'] ?? '', HOME: dir },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  try {
    while (!hasRead(dir)) await Bun.sleep(20);
    const readyMs = performance.now() - began;
    await Bun.sleep(5000); // what was put off until there is nothing to do
    const before = ticksOf(child.pid);
    await Bun.sleep(IDLE_SECONDS * 1000);
    const share = (ticksOf(child.pid) - before) / 100 / IDLE_SECONDS;
    return report({ readyMs, share, bytes: memoryOf(child.pid) }) ? 0 : 1;
  } finally {
    child.kill();
    await child.exited;
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A ComfyUI with workflows, and services that nobody answers for. */
function makeMachine(dir: string): void {
  const root = join(dir, 'ComfyUI');
  mkdirSync(join(root, 'models'), { recursive: true });
  for (const name of ['nodes.py', 'main.py']) writeFileSync(join(root, name), '');
  for (let at = 0; at < FILES; at++) {
    const folder = join(root, 'user/default/workflows', `folder ${at % FOLDERS}`);
    if (at < FOLDERS) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${at}.json`), muted(makeWorkflow(at, BYTES_PER_FILE)));
  }
  const nowhere = 'http://127.0.0.1:9';
  const endpoints = {
    huggingface: nowhere,
    civitai: nowhere,
    modelscope: nowhere,
    github: nowhere,
    comfy_registry: nowhere,
    manager: nowhere,
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ comfyui_root: root, comfyui_url: nowhere, endpoints }));
}

/** With every node muted: nothing is needed, so that nothing is left to do. */
function muted(workflow: string): string {
  return workflow.replaceAll(/"mode":( ?)0/g, '"mode":$12');
}

function hasRead(dir: string): boolean {
  try {
    const status = JSON.parse(readFileSync(join(dir, 'status.json'), 'utf8')) as { data: { workflows_scanned: number } };
    return status.data.workflows_scanned === FILES;
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

function report({ readyMs, share, bytes }: { readyMs: number; share: number; bytes: number }): boolean {
  const rows = [
    { name: 'all read', value: `${(readyMs / 1000).toFixed(1)} s`, bound: `${MOST_READY_MS / 1000} s`, kept: readyMs <= MOST_READY_MS },
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
  ];
  for (const { name, value, bound, kept } of rows)
    process.stdout.write(`${name.padEnd(18)} ${value.padStart(9)}  ${kept ? 'within' : 'NOT within'} ${bound}\n`);
  return rows.every(({ kept }) => kept);
}
