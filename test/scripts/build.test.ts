import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox } from '../helpers/sandbox.ts';
import { modelContent, sha256Of, until, workflowWith } from './kit.ts';

setDefaultTimeout(60_000);

const PROJECT = resolve(import.meta.dir, '../..');
/** Worth a thread, and long enough on the way to be looked at. */
const LARGE = modelContent('harbour', 48_000_000);

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

/** How often a process has a file open. */
function countOpen(pid: number, path: string): number {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((descriptor) => readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    return links.filter((link) => link === path).length;
  } catch {
    return 0; // a descriptor was closed meanwhile: the next look tells
  }
}

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

  // the thread opens the part a second time, to read behind the writer
  test.skipIf(process.platform !== 'linux')('a thread of its own hashes what comes', async () => {
    await using hub = await startTestHub({
      huggingface: [{ id: 'studio/harbour', files: [{ path: 'harbour.safetensors', content: LARGE }] }],
    });
    await using sandbox = await makeSandbox({ endpoints: hub.endpoints, config: { download: { max_bytes_per_second: 40_000_000 } } });
    const link = 'https://huggingface.co/studio/harbour/resolve/main/harbour.safetensors';
    await sandbox.writeWorkflow('harbour.json', workflowWith([{ name: 'harbour.safetensors', directory: 'loras', url: link }]));
    const child = Bun.spawn([program, 'auto'], { cwd: sandbox.stateDir, env: { HOME: sandbox.home }, stdout: 'ignore', stderr: 'ignore' });
    const part = join(sandbox.root, 'models/loras/harbour.safetensors.part');
    expect(await until('a second reader', () => countOpen(child.pid, part) === 2)).toBe(true);
    expect(await child.exited).toBe(0);
  });

  test('demo does the whole job', async () => {
    const { exitCode, stdout } = await run(['demo']);
    expect(stdout).toMatch(/✓ Complete! Downloaded (\d+)\/\1 models\n$/);
    expect(exitCode).toBe(0);
  });
});
