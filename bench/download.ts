import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPieces } from '../lib/hub/content.ts';
import { safetensorsContent } from '../lib/hub/model-file.ts';
import { compileProgram } from '../scripts/compile.ts';
import type { FetchFiles } from './fetch-files.ts';
import type { Cost } from './measured-command.ts';
import { measureCommand, medianCost } from './measured-command.ts';
import type { RunningNginx } from './nginx.ts';
import { startNginx } from './nginx.ts';
import { Seeded } from './seeded.ts';

const MIB = 1024 * 1024;
const PATH = '/bench/models/resolve/main/';
const LIMIT_BYTES_PER_SECOND = 20_000_000;
/** Two runs of the same program differ by this much on a quiet machine: a bound of "no slower" is not judged finer. */
const NOISE = 0.03;

/** A file that the server has. */
interface ServedFile {
  name: string;
  sizeBytes: number;
  sha256: string;
}

/** Who fetches what from where. */
interface Setting {
  /** Our own, compiled. */
  program: string;
  origin: string;
  file: ServedFile;
}

/** A program that fetches a file, and what it has to keep to: a share of the wall time of the fastest of `than`. */
interface Contender {
  name: string;
  command: (folder: string) => string[];
  bound?: { most: number; than: readonly string[] };
}

interface Scenario {
  title: string;
  rounds: number;
  contenders: Contender[];
}

/**
 * The download engine against curl and aria2 in one run: whole compiled programs that fetch the same file from nginx on loopback to the
 * same disk, in interleaved rounds, medians of each. Returns 1 when a bound is not kept, 0 also where nginx or one of the others is not
 * installed, since then there is nothing to compare with.
 */
export async function run(): Promise<number> {
  const lacking = ['nginx', 'curl', 'aria2c', 'openssl'].filter((name) => findProgram(name) === null);
  if (lacking.length > 0) {
    process.stdout.write(`skipped: ${lacking.join(', ')} not installed (Debian: apt-get install nginx-light curl aria2 openssl)\n`);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'download-bench-'));
  let nginx: RunningNginx | undefined;
  try {
    const served = join(folder, 'served');
    mkdirSync(served);
    nginx = await startNginx({
      program: findProgram('nginx') ?? '',
      folder: join(folder, 'nginx'),
      served,
      path: PATH,
      limitBytesPerSecond: LIMIT_BYTES_PER_SECOND,
    });
    const program = join(folder, 'fetch-files');
    await compileProgram({ entry: 'bench/fetch-files.ts', outfile: program, target: null });
    return await measureAll(nginx, { served, target: join(folder, 'target'), program });
  } finally {
    await nginx?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where things lie. */
interface Places {
  served: string;
  target: string;
  /** The compiled download phase. */
  program: string;
}

async function measureAll(nginx: RunningNginx, { served, target, program }: Places): Promise<number> {
  const free: Setting = { program, origin: nginx.origin, file: makeServed(served, 'model.safetensors', 1024 * MIB) };
  const slow: Setting = { program, origin: nginx.limitedOrigin, file: makeServed(served, 'small.safetensors', 256 * MIB) };
  let good = true;
  for (const scenario of [verified(free), unverified(free), limited(slow)]) {
    good = report(await measureRounds(scenario, target), scenario) && good;
  }
  const large: Setting = { ...free, file: makeServed(served, 'large.safetensors', 4096 * MIB) };
  return (await reportMemory(large, target)) && good ? 0 : 1;
}

function verified(setting: Setting): Scenario {
  const rivals = ['aria2c -x4 --checksum', 'aria2c -x8 --checksum'];
  return {
    title: `${setting.file.sizeBytes / MIB} MiB, verified by sha256`,
    rounds: 7,
    contenders: [
      { name: 'ours, 4 connections', command: ours(setting, { connections: 4, verify: true }), bound: { most: 0.5, than: rivals } },
      { name: 'ours, 1 connection', command: ours(setting, { connections: 1, verify: true }) },
      { name: 'aria2c -x4 --checksum', command: aria2(setting, { connections: 4, verify: true }) },
      { name: 'aria2c -x8 --checksum', command: aria2(setting, { connections: 8, verify: true }) },
      { name: 'curl, then openssl dgst', command: curl(setting, 'openssl dgst -sha256 "$target"') },
    ],
  };
}

function unverified(setting: Setting): Scenario {
  return {
    title: `${setting.file.sizeBytes / MIB} MiB, no checksum known`,
    rounds: 9,
    contenders: [
      { name: 'ours, 4 connections', command: ours(setting, { connections: 4 }), bound: { most: 1.1, than: ['curl'] } },
      { name: 'ours, 1 connection', command: ours(setting, { connections: 1 }) },
      { name: 'aria2c -x4', command: aria2(setting, { connections: 4 }) },
      { name: 'aria2c -x8', command: aria2(setting, { connections: 8 }) },
      { name: 'curl', command: curl(setting) },
      { name: 'curl, then sync', command: curl(setting, 'sync "$target"') },
    ],
  };
}

function limited(setting: Setting): Scenario {
  const pair = (connections: number): Contender[] => [
    {
      name: `ours, ${connections} connections`,
      command: ours(setting, { connections, verify: true }),
      bound: { most: 1 + NOISE, than: [`aria2c -x${connections}`] },
    },
    { name: `aria2c -x${connections}`, command: aria2(setting, { connections }) },
  ];
  return {
    title: `${setting.file.sizeBytes / MIB} MiB at ${LIMIT_BYTES_PER_SECOND / 1e6} MB/s per connection; ours verified, aria2 not`,
    rounds: 3,
    contenders: [...pair(4), ...pair(8)],
  };
}

interface Way {
  connections: number;
  verify?: boolean;
}

function ours({ program, origin, file }: Setting, way: Way & { copies?: number }): Contender['command'] {
  const { connections, verify = false, copies = 1 } = way;
  const { name, sizeBytes } = file;
  const files = Array.from({ length: copies }, (_, index) => ({
    name,
    as: `${index}-${name}`,
    sizeBytes,
    sha256: verify ? file.sha256 : null,
  }));
  return (folder) => {
    const input: FetchFiles = { origin, path: PATH, folder, files, connections };
    return [program, JSON.stringify(input)];
  };
}

/** With what makes it fastest: room reserved instead of zeros written, every connection to the one server. */
function aria2({ origin, file }: Setting, { connections, verify = false }: Way): Contender['command'] {
  const tuned = ['--file-allocation=falloc', '--min-split-size=1M', '--quiet', '--no-conf', `-x${connections}`, `-s${connections}`];
  const check = verify ? [`--checksum=sha-256=${file.sha256}`] : [];
  return (folder) => ['aria2c', ...tuned, ...check, '-d', folder, '-o', file.name, origin + PATH + file.name];
}

/** `then` is a line of shell that does something with `$target`. */
function curl({ origin, file }: Setting, then?: string): Contender['command'] {
  return (folder) => {
    const target = join(folder, file.name);
    const fetched = ['curl', '-sS', '--fail', '-o', target, origin + PATH + file.name];
    return then === undefined ? fetched : ['sh', '-c', `target="$1"; shift; "$@" && ${then}`, 'sh', target, ...fetched];
  };
}

/**
 * Interleaved, so that a slow moment of the machine is everybody's, and in another order each round, since it matters what the one before has
 * left of memory and disk; the first round warms up and does not count.
 */
async function measureRounds({ rounds, contenders }: Scenario, target: string): Promise<Map<string, Cost>> {
  const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]));
  const random = new Seeded(1);
  for (let round = 0; round <= rounds; round++) {
    for (const { name, command } of random.shuffled(contenders)) {
      const cost = await measureFresh(command, target);
      if (round > 0) costs.get(name)?.push(cost);
    }
  }
  return new Map([...costs].map(([name, measured]) => [name, medianCost(measured)]));
}

/** With the disk at rest: nobody waits for what the one before has left to it. */
async function measureFresh(command: Contender['command'], target: string): Promise<Cost> {
  mkdirSync(target);
  Bun.spawnSync(['sync']);
  try {
    return await measureCommand(command(target), target, { withPeak: true });
  } finally {
    rmSync(target, { recursive: true });
  }
}

function report(costs: ReadonlyMap<string, Cost>, { title, contenders }: Scenario): boolean {
  const rows = [...costs.values()];
  const [wall, cpu, peak] = [bestOf(rows, 'wallMs'), bestOf(rows, 'cpuMs'), bestOf(rows, 'peakBytes')];
  process.stdout.write(`\n${title} (ratios to the best of each column)\n`);
  let good = true;
  for (const { name, bound } of contenders) {
    const cost = costs.get(name);
    if (!cost) continue;
    const verdict = bound && judge(cost, bound, costs);
    good &&= verdict?.kept ?? true;
    const columns = [column('wall', cost.wallMs, wall), column('cpu', cost.cpuMs, cpu), column('peak', cost.peakBytes ?? Number.NaN, peak)];
    process.stdout.write(`  ${name.padEnd(24)} ${columns.join('')}${formatCost(cost)}${verdict ? `  ${verdict.words}` : ''}\n`);
  }
  return good;
}

function judge(
  cost: Cost,
  { most, than }: NonNullable<Contender['bound']>,
  costs: ReadonlyMap<string, Cost>,
): { kept: boolean; words: string } {
  const rival = Math.min(...than.map((name) => costs.get(name)?.wallMs ?? Number.NaN));
  const share = cost.wallMs / rival;
  const kept = share <= most;
  return {
    kept,
    words: `${kept ? 'within' : 'NOT within'} ×${most} of ${than.length > 1 ? 'the faster aria2c' : than[0]}: ×${share.toFixed(2)}`,
  };
}

async function reportMemory(setting: Setting, target: string): Promise<boolean> {
  const one = await measureFresh(ours(setting, { connections: 4, verify: true }), target);
  const three = await measureFresh(ours(setting, { connections: 4, verify: true, copies: 3 }), target);
  if (one.peakBytes === null || three.peakBytes === null) return true;
  const growth = three.peakBytes / one.peakBytes;
  const good = one.peakBytes < 150e6 && growth <= 1.5;
  process.stdout.write(`\npeak memory, ${setting.file.sizeBytes / MIB} MiB files, verified by sha256\n`);
  process.stdout.write(`  one file ${formatCost(one)}  ${one.peakBytes < 150e6 ? 'within' : 'NOT within'} 150 MB\n`);
  process.stdout.write(
    `  three at once ${formatCost(three)}  ${growth <= 1.5 ? 'within' : 'NOT within'} ×1.5 of one: ×${growth.toFixed(2)}\n`,
  );
  return good;
}

function bestOf(costs: readonly Cost[], name: keyof Cost): number {
  return Math.min(...costs.flatMap((cost) => cost[name] ?? []));
}

function column(name: string, value: number, best: number): string {
  return `${name} ×${(value / best).toFixed(2)}`.padEnd(12);
}

function formatCost({ wallMs, cpuMs, peakBytes }: Cost): string {
  const peak = peakBytes === null ? '' : `, ${Math.round(peakBytes / 1e6)} MB`;
  return `(${(wallMs / 1000).toFixed(2)} s, cpu ${(cpuMs / 1000).toFixed(2)} s${peak})`;
}

function makeServed(folder: string, name: string, sizeBytes: number): ServedFile {
  const hasher = new Bun.CryptoHasher('sha256');
  const descriptor = openSync(join(folder, name), 'w');
  for (const piece of readPieces(safetensorsContent({ sizeBytes, seed: 1 }))) {
    hasher.update(piece);
    writeSync(descriptor, piece);
  }
  closeSync(descriptor);
  return { name, sizeBytes, sha256: hasher.digest('hex') };
}

/** Debian keeps servers where users' search paths do not lead. */
function findProgram(name: string): string | null {
  return Bun.which(name) ?? Bun.which(name, { PATH: '/usr/sbin:/usr/local/sbin' });
}
