import { readFileSync } from 'node:fs';

/** How often a running process is asked for its peak memory. */
const LOOK_EVERY_MS = 10;

/** What one whole process took. */
export interface Cost {
  wallMs: number;
  /** User and system time, children that it waited for included. */
  cpuMs: number;
  /** The most memory that it held at once; `null` where nobody asked, or the system does not tell. */
  peakBytes: number | null;
}

export interface Measuring {
  env?: Record<string, string>;
  /** Its memory is looked at while it runs, which takes 2 % of the time of one that needs all processors. */
  withPeak?: boolean;
}

/** Runs a command to its end, in the bench's own environment and `env`. Throws, with what it said, when it fails. */
export async function measureCommand(command: readonly string[], cwd: string, { env, withPeak }: Measuring = {}): Promise<Cost> {
  const began = performance.now();
  const child = Bun.spawn([...command], { cwd, env: { ...process.env, ...env }, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  let peakBytes: number | null = null;
  // Not the peak of getrusage(2): a child's begins with what its parent held when it started it.
  const look = (): void => {
    peakBytes = readPeak(child.pid) ?? peakBytes;
  };
  const looking = withPeak ? setInterval(look, LOOK_EVERY_MS) : undefined;
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const wallMs = performance.now() - began;
  clearInterval(looking);
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  return { wallMs, cpuMs: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000, peakBytes };
}

/** The middle of several runs, each number by itself. */
export function medianCost(costs: readonly Cost[]): Cost {
  const peaks = costs.flatMap(({ peakBytes }) => peakBytes ?? []);
  return {
    wallMs: median(costs.map(({ wallMs }) => wallMs)),
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
    peakBytes: peaks.length === 0 ? null : median(peaks),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** `VmHWM` of proc(5): the most that the process has held so far. */
function readPeak(pid: number): number | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
