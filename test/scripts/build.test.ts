import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { sha256Of } from './kit.ts';

setDefaultTimeout(60_000);

const PROJECT = resolve(import.meta.dir, '../..');

let dir: string;
let program: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'comfy-fixer-build-'));
  const built = Bun.spawnSync([process.execPath, join(PROJECT, 'scripts/build.ts'), '--outdir', join(dir, 'dist')]);
  if (!built.success) throw new Error(built.stderr.toString());
  program = join(dir, 'dist/comfy-fixer');
  await mkdir(join(dir, 'home'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the program far from the checkout: no Bun, no other program and nobody's home are in reach. */
async function run(args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const child = Bun.spawn([program, ...args], {
    cwd: join(dir, 'home'),
    env: { PATH: join(dir, 'nothing'), HOME: join(dir, 'home'), TMPDIR: tmpdir(), NO_COLOR: '1' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr };
}

describe('the executable, with no Bun and no checkout in reach', () => {
  test('stands in SHA256SUMS', () => {
    const sums = readFileSync(join(dir, 'dist/SHA256SUMS'), 'utf8');
    expect(sums).toBe(`${sha256Of(program)}  comfy-fixer\n`);
  });

  test('names nothing of the folder that it was built in', () => {
    expect(readFileSync(program).includes(PROJECT)).toBe(false);
  });

  test('--version says the version', async () => {
    expect(await run(['--version'])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  test('--version --verbose says the commit and the Bun version too', async () => {
    const { stdout } = await run(['--version', '--verbose']);
    expect(stdout).toMatch(/^comfy-fixer \S+ \(commit ([0-9a-f]{12}\+?|not known), Bun \d+\.\d+\.\d+, \w+-\w+\)\n$/);
    expect(stdout).toContain(`Bun ${Bun.version}`);
  });

  test('status says that there was no run yet', async () => {
    expect(await run(['status'])).toEqual({ exitCode: 0, stdout: 'Phase: idle (no run yet)\n', stderr: '' });
  });

  test('a mistyped command is answered with the nearest one', async () => {
    const { exitCode, stderr } = await run(['scna']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Did you mean scan?');
  });

  test('demo does the whole job', async () => {
    const { exitCode, stdout } = await run(['demo']);
    expect(stdout).toMatch(/✓ Complete! Downloaded (\d+)\/\1 models\n$/);
    expect(exitCode).toBe(0);
  });
});
