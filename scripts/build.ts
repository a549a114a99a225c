#!/usr/bin/env bun
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { hashFile } from '../lib/download/hash-file.ts';
import { readCommit } from '../lib/cli/version.ts';
import { describeError } from '../lib/core/error.ts';
import { formatBytes } from '../lib/core/units.ts';
import { writeWhole } from '../lib/state/files.ts';
import { compileProgram, type Program, PROJECT, TARGETS } from './compile.ts';

type Build = Pick<Program, 'outfile' | 'target'>;

const USAGE = `bun run build [--all] [--outdir DIR]
  Makes dist/comfy-fixer for this machine; with --all one executable for each of ${TARGETS.join(', ')}.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean' },
      outdir: { type: 'string', default: join(PROJECT, 'dist') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const outdir = resolve(values.outdir);
  mkdirSync(outdir, { recursive: true });
  const builds = values.all ? TARGETS.map((target) => foreignBuild(outdir, target)) : [ownBuild(outdir)];
  const sums: string[] = [];
  for (const build of builds) sums.push(...(await makeAndTell(build, outdir)));
  writeWhole(join(outdir, 'SHA256SUMS'), sums.map((line) => `${line}\n`).join(''));
  return sums.length === builds.length ? 0 : 1;
}

function ownBuild(outdir: string): Build {
  return { outfile: join(outdir, process.platform === 'win32' ? 'comfy-fixer.exe' : 'comfy-fixer'), target: null };
}

function foreignBuild(outdir: string, target: (typeof TARGETS)[number]): Build {
  return { outfile: join(outdir, `comfy-fixer-${target}${target.startsWith('windows') ? '.exe' : ''}`), target };
}

/** The line of SHA256SUMS; none when the executable could not be made, and why on stderr: the others are made all the same. */
async function makeAndTell(build: Build, outdir: string): Promise<string[]> {
  const name = build.outfile.slice(outdir.length + 1);
  try {
    await make(build);
    const sha256 = await hashFile(build.outfile, new AbortController().signal);
    process.stdout.write(`${name}  ${formatBytes(Bun.file(build.outfile).size)}  sha256 ${sha256}\n`);
    return [`${sha256}  ${name}`];
  } catch (error) {
    rmSync(build.outfile, { force: true });
    process.stderr.write(`✗ ${name}: ${describeError(error)}\n  → The runtime for it comes from the package registry: check the network\n`);
    return [];
  }
}

async function make({ outfile, target }: Build): Promise<void> {
  const commit = readCommit(PROJECT) ?? 'not known';
  await compileProgram({ entry: 'scripts/cli.ts', outfile, target, define: { BUILD_COMMIT: JSON.stringify(commit) } });
}
