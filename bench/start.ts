import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { emptyStatus, writeStatus } from '../lib/state/status.ts';

const PROJECT = resolve(import.meta.dir, '..');
const ROUNDS = 25;

/** A start that is measured, and how much longer than an empty compiled program it may take. */
interface Start {
  name: string;
  command: string[];
  mostExtraMs: number | null;
}

/**
 * How long the executable takes to start, against an empty program compiled with the same options: medians of interleaved rounds of one
 * run, since other times of the machine say nothing. Returns 1 when a bound is not kept.
 */
export async function run(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'comfy-fixer-bench-'));
  try {
    await build(dir);
    writeStatus(join(dir, 'status.json'), { ...emptyStatus({ command: 'auto', runId: 'bench', pid: 1 }), phase: 'complete' });
    const starts = listStarts(dir);
    const times = measure(starts, dir);
    return report(starts, times) ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function build(dir: string): Promise<void> {
  const made = Bun.spawnSync([process.execPath, join(PROJECT, 'scripts/build.ts'), '--outdir', dir], { stderr: 'inherit' });
  if (!made.success) throw new Error('the executable could not be built');
  await Bun.write(join(dir, 'empty.ts'), 'export {};\n');
  await Bun.build({
    entrypoints: [join(dir, 'empty.ts')],
    minify: true,
    bytecode: true,
    format: 'esm',
    target: 'bun',
    compile: { outfile: join(dir, 'empty'), autoloadBunfig: false, autoloadDotenv: false },
  });
}

function listStarts(dir: string): Start[] {
  const program = join(dir, 'comfy-fixer');
  const checkout = [process.execPath, join(PROJECT, 'scripts/cli.ts')];
  return [
    { name: 'empty program', command: [join(dir, 'empty')], mostExtraMs: null },
    { name: '--version', command: [program, '--version'], mostExtraMs: 25 },
    { name: 'status', command: [program, 'status'], mostExtraMs: 60 },
    { name: '--help', command: [program, '--help'], mostExtraMs: null },
    { name: '--version in a checkout', command: [...checkout, '--version'], mostExtraMs: null },
    { name: 'status in a checkout', command: [...checkout, 'status'], mostExtraMs: null },
  ];
}

function measure(starts: readonly Start[], cwd: string): Map<string, number[]> {
  const times = new Map<string, number[]>(starts.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, command } of starts) {
      const began = performance.now();
      const { exitCode } = Bun.spawnSync(command, { cwd, stdout: 'ignore', stderr: 'ignore' });
      if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}`);
      if (round > 0) times.get(name)?.push(performance.now() - began); // the first round fills the disk's cache
    }
  }
  return times;
}

function report(starts: readonly Start[], times: ReadonlyMap<string, number[]>): boolean {
  const medianOf = (name: string): number => median(times.get(name) ?? []);
  const base = medianOf('empty program');
  let good = true;
  for (const { name, mostExtraMs } of starts) {
    const extra = medianOf(name) - base;
    const kept = mostExtraMs === null || extra <= mostExtraMs;
    good &&= kept;
    const bound = mostExtraMs === null ? '' : `  ${kept ? 'within' : 'NOT within'} ${mostExtraMs} ms`;
    const ratio = (medianOf(name) / base).toFixed(2);
    process.stdout.write(`${name.padEnd(24)} ${medianOf(name).toFixed(1).padStart(6)} ms  ×${ratio}  +${extra.toFixed(1)} ms${bound}\n`);
  }
  return good;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
