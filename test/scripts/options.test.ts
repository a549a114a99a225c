import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import project from '../../package.json';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, runCli, type Sandbox } from '../helpers/sandbox.ts';
import { fingerprint, listFiles, modelContent, NO_LISTED_MODELS, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const EVERYWHERE = ['--config', '--state-dir', '--comfyui-root', '--json', '--quiet', '--verbose', '--help', '--version'];
const DOWNLOADING = ['--dry-run', '--yes'];
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  scan: ['--check', '--include-disabled', 'WORKFLOWS'],
  resolve: ['--pick', 'WORKFLOWS'],
  download: [...DOWNLOADING, 'WORKFLOWS'],
  auto: [...DOWNLOADING, 'WORKFLOWS'],
  resume: [...DOWNLOADING, 'WORKFLOWS'],
  status: [],
  watch: ['--yes', '--include-disabled', 'WORKFLOWS'],
  verify: ['--hash', 'PATHS'],
  doctor: [],
  init: ['--force'],
  demo: [],
};
const NAMES = Object.keys(COMMANDS);

const LORA = modelContent('wharf_lora');

let hub: TestHub;
let sandbox: Sandbox;
beforeAll(async () => {
  hub = await startTestHub({
    manager: NO_LISTED_MODELS,
    huggingface: [{ id: 'studio/wharf', files: [{ path: 'wharf_lora.safetensors', content: LORA }] }],
  });
  sandbox = await makeSandbox({ endpoints: hub.endpoints });
  const url = 'https://huggingface.co/studio/wharf/resolve/main/wharf_lora.safetensors';
  await sandbox.writeWorkflow(
    'wharf.json',
    workflowWith([
      { name: 'wharf_lora.safetensors', directory: 'loras', url },
      { name: 'wharf_muted.safetensors', directory: 'loras', mode: 2 },
      { name: 'wharf_bypassed.safetensors', directory: 'vae', mode: 4 },
    ]),
  );
});
afterAll(async () => {
  await hub?.stop();
  await sandbox?.[Symbol.asyncDispose]();
});

/** A state folder of its own, so that tests that share the machine do not share the state. */
function stateDir(name: string): string {
  return join(sandbox.dir, 'states', name);
}

/** The one JSON value that stdout is to be. */
function onlyJson(stdout: string): Record<string, unknown> {
  expect(stdout.endsWith('}\n')).toBe(true);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const ESCAPE = '\u001B';

describe('help and version', () => {
  test('every command tells what it takes', async () => {
    const results = await Promise.all(NAMES.map((name) => runCli([name, '--help'])));
    for (const [index, { exitCode, stdout, stderr }] of results.entries()) {
      const name = NAMES[index] ?? '';
      expect({ name, exitCode, stderr }).toEqual({ name, exitCode: 0, stderr: '' });
      expect(stdout).toContain(`comfy-fixer ${name}`);
      for (const option of [...EVERYWHERE, ...(COMMANDS[name] ?? [])]) expect(stdout).toContain(option);
      expect(stdout).not.toContain(ESCAPE);
    }
  });

  test('without a command the tool tells which there are: asked for on stdout, else on stderr with exit code 2', async () => {
    const [asked, none] = await Promise.all([runCli(['--help']), runCli([])]);
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(none).toMatchObject({ exitCode: 2, stdout: '' });
    for (const name of NAMES) for (const text of [asked.stdout, none.stderr]) expect(text).toMatch(new RegExp(`^\\s+${name} {2,}\\w`, 'm'));
  });

  test('the version, plain and with everything that a report of a fault needs', async () => {
    const [plain, verbose, ofCommand, json] = await Promise.all([
      runCli(['--version']),
      runCli(['--version', '--verbose']),
      runCli(['scan', '--version']),
      runCli(['--version', '--json']),
    ]);
    expect([plain.stdout, ofCommand.stdout]).toEqual([`${project.version}\n`, `${project.version}\n`]);
    expect(verbose.stdout).toContain(`Bun ${Bun.version}, ${process.platform}-${process.arch}`);
    expect(onlyJson(json.stdout)).toMatchObject({ version: project.version });
  });
});

describe('what is mistyped is named, with the nearest that there is', () => {
  test.concurrent.each([
    [['auto', '--dry-runn'], 'Unknown option --dry-runn', 'Did you mean --dry-run?'],
    [['scan', '--include-disable'], 'Unknown option --include-disable', 'Did you mean --include-disabled?'],
    [['resolve', '--picks', 'a=1'], 'Unknown option --picks', 'Did you mean --pick?'],
    [['status', '--jsno'], 'Unknown option --jsno', 'Did you mean --json?'],
    [['init', '--forced=yes'], 'Unknown option --forced', 'Did you mean --force?'],
    [['--stat-dir', 'x', 'scan'], 'Unknown option --stat-dir', 'Did you mean --state-dir?'],
    [['scan', '--dry-run'], 'Unknown option --dry-run', '--help'],
    [['scna'], 'Unknown command "scna"', 'Did you mean scan?'],
    [['wholly-other-thing'], 'Unknown command "wholly-other-thing"', 'scan, resolve'],
    [['scan', '--config'], '--config', '--help'],
    [['scan', '--json=maybe'], '--json', '--help'],
    [['scan', '-x'], '-x', '--help'],
    [['status', 'a.json'], 'Unexpected argument "a.json"', '--help'],
    [['resolve', '--pick', 'nonsense', '--state-dir', '../states/pick'], '--pick nonsense is no NAME=CHOICE', '--pick'],
    [['scan', 'no/such/place', '--state-dir', '../states/place'], 'There is no ', 'path'],
  ])('%j', async (args, message, hint) => {
    const { exitCode, stderr } = await sandbox.run(args);
    expect(exitCode).toBe(2);
    const [first = '', second = ''] = stderr.split('\n');
    expect(first).toContain(message);
    expect(second).toContain('→');
    expect(second).toContain(hint);
    expect(stderr).not.toContain('    at '); // no stack
  });
});

describe('--json', () => {
  test.each([
    [['scan'], 0],
    [['auto', '--dry-run'], 0],
    [['resolve'], 0],
    [['download', '--dry-run'], 0],
    [['status'], 0],
    [['doctor'], 0],
    [['init'], 0],
    [['scan', '--bogus'], 2],
    [['bogus'], 2],
    [[], 2],
    [['scan', 'no/such/place'], 2],
    [['scan', '--config', 'none.json'], 2],
    [['scan', '--comfyui-root', 'none'], 2],
  ])('%j: one JSON value on stdout and nothing else, whatever happens', async (args, exitCode) => {
    const state = stateDir('json');
    const takesState = args.length > 0 && args[0] !== 'bogus';
    const result = await sandbox.run([...args, '--json', ...(takesState ? ['--state-dir', state] : [])]);
    expect(result.exitCode).toBe(exitCode);
    const value = onlyJson(result.stdout);
    if (args[0] !== 'status') expect(value['exit_code']).toBe(exitCode);
    if (exitCode === 2)
      expect(value['error']).toMatchObject({ code: expect.any(String), message: expect.any(String), hint: expect.any(String) });
  });

  test('--verbose puts nothing between', async () => {
    const result = await sandbox.run(['scan', '--json', '--verbose', '--state-dir', stateDir('json-verbose')]);
    expect(onlyJson(result.stdout)).toMatchObject({
      command: 'scan',
      missing_models: [{ filename: 'wharf_lora.safetensors', expected_type: 'lora' }],
      missing_nodes: [],
    });
  });
});

describe('what is shown, and where', () => {
  test('results go to stdout, and stderr stays empty while all is well', async () => {
    const result = await sandbox.run(['scan', '--state-dir', stateDir('plain')]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain('=== ComfyFixerSmart ===\nPhase: Scanning workflows...\n  Found 1 workflow\n');
    expect(result.stdout).toContain('  loras/wharf_lora.safetensors  wharf.json, LoraLoaderModelOnly\n');
  });

  test('--quiet prints only what went wrong', async () => {
    const broken = join(sandbox.dir, 'broken');
    await mkdir(broken);
    await Bun.write(join(broken, 'empty.json'), '');
    const [good, bad] = await Promise.all([
      sandbox.run(['scan', '--quiet', '--state-dir', stateDir('quiet')]),
      sandbox.run(['scan', '--quiet', broken, '--state-dir', stateDir('quiet-bad')]),
    ]);
    expect(good).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(bad).toMatchObject({ exitCode: 2, stdout: '' });
    expect(bad.stderr).toContain('No workflows found');
  });

  test('--verbose tells on stderr what is done', async () => {
    const result = await sandbox.run(['scan', '--verbose', '--state-dir', stateDir('verbose')]);
    expect(result.stderr).toContain('workflow_parsed');
    expect(result.stdout).not.toContain('workflow_parsed');
  });

  test.each([{ NO_COLOR: '1' }, { NO_COLOR: '' }])('in a pipe nothing moves and nothing has a colour: %j', async (env) => {
    const result = await sandbox.run(['scan', '--state-dir', stateDir('colour')], { env });
    expect(result.stdout + result.stderr).not.toContain(ESCAPE);
  });
});

describe('scan', () => {
  test('--check says by its exit code that something is missing; without it that is no failure', async () => {
    const args = ['--quiet', '--state-dir', stateDir('check')];
    expect((await sandbox.run(['scan', ...args])).exitCode).toBe(0);
    expect((await sandbox.run(['scan', '--check', ...args])).exitCode).toBe(1);
    const empty = await sandbox.writeWorkflow('../elsewhere/none.json', workflowWith([]));
    expect((await sandbox.run(['scan', '--check', empty, ...args])).exitCode).toBe(0);
  });

  test('muted and bypassed nodes count with --include-disabled only', async () => {
    const names = async (extra: string[]): Promise<unknown> => {
      const result = await sandbox.run(['scan', '--json', '--state-dir', stateDir('disabled'), ...extra]);
      return (onlyJson(result.stdout)['missing_models'] as { filename: string }[]).map((item) => item.filename);
    };
    expect(await names([])).toEqual(['wharf_lora.safetensors']);
    expect(await names(['--include-disabled'])).toEqual([
      'wharf_lora.safetensors',
      'wharf_muted.safetensors',
      'wharf_bypassed.safetensors',
    ]);
  });

  test('files and folders on the command line replace workflow_directories, for that run', async () => {
    const folder = join(sandbox.dir, 'mine');
    await Bun.write(join(folder, 'sub/one.json'), JSON.stringify(workflowWith([{ name: 'mine_one.safetensors', directory: 'vae' }])));
    await Bun.write(join(sandbox.dir, 'two.json'), JSON.stringify(workflowWith([{ name: 'mine_two.safetensors', directory: 'vae' }])));
    const result = await sandbox.run(['scan', '--json', folder, '../two.json', '--state-dir', stateDir('positional')]);
    const missing = onlyJson(result.stdout)['missing_models'] as { filename: string; workflow: string }[];
    expect(missing.map((item) => [item.filename, item.workflow])).toEqual([
      ['mine_one.safetensors', 'sub/one.json'],
      ['mine_two.safetensors', 'two.json'],
    ]);
  });
});

describe('where things are', () => {
  test('--config, --state-dir and --comfyui-root, relative to the working directory', async () => {
    const place = join(sandbox.dir, 'place');
    await Bun.write(join(place, 'my.json'), JSON.stringify({ comfyui_root: '/nowhere', workflow_directories: [sandbox.workflowsDir] }));
    const options = ['--config', 'my.json', '--comfyui-root', '../ComfyUI'];
    expect((await sandbox.run(['scan', ...options], { cwd: place })).exitCode).toBe(0);
    expect(existsSync(join(place, 'status.json'))).toBe(true); // the state is where the config file is
    expect((await sandbox.run(['scan', ...options, '--state-dir', 'state/deep'], { cwd: place })).exitCode).toBe(0);
    expect(existsSync(join(place, 'state/deep/output/missing_models.json'))).toBe(true);
  });

  test('options may stand before the command', async () => {
    const state = stateDir('before');
    expect((await sandbox.run(['--state-dir', state, '--quiet', 'scan', '--check'])).exitCode).toBe(1);
    expect(existsSync(join(state, 'status.json'))).toBe(true);
  });
});

describe('the flags of the older tool are the commands of the same names', () => {
  test.each([
    [['--scan'], 'scan'],
    [['--scan', '--check', '--quiet'], 'scan'],
    [['--quiet', '--auto', '--dry-run'], 'auto'],
    [['--resolve'], 'resolve'],
    [['--download', '--dry-run'], 'download'],
    [['--resume', '--dry-run'], 'resume'],
  ])('%j', async (args, command) => {
    const state = stateDir('legacy');
    const { exitCode, stderr } = await sandbox.run([...args, '--state-dir', state]);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: args.includes('--check') ? 1 : 0 });
    const status: unknown = await Bun.file(join(state, 'status.json')).json();
    expect(status).toMatchObject({ command, phase: 'complete' });
  });

  test('with workflows behind or before them', async () => {
    const workflow = join(sandbox.workflowsDir, 'wharf.json');
    for (const args of [
      ['--scan', workflow],
      [workflow, '--scan'],
    ]) {
      const { exitCode, stdout } = await sandbox.run([...args, '--state-dir', stateDir('legacy-positional')]);
      expect([exitCode, stdout.includes('Found 1 workflow')]).toEqual([0, true]);
    }
  });

  test('--status', async () => {
    const result = await sandbox.run(['--status', '--json', '--state-dir', stateDir('legacy-status')]);
    expect(onlyJson(result.stdout)).toMatchObject({ phase: 'idle' });
  });
});

describe('--dry-run', () => {
  test('shows what would be fetched from where to where and how much, and fetches nothing', async () => {
    const state = stateDir('dry');
    hub.requests.length = 0;
    const before = fingerprint(join(sandbox.root, 'models'));
    const result = await sandbox.run(['auto', '--dry-run', '--state-dir', state]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    for (const words of [
      'wharf_lora.safetensors  60 kB  https://huggingface.co/studio/wharf/resolve/',
      `to ${join(sandbox.root, 'models/loras/wharf_lora.safetensors')}`,
      '1 file, 60 kB',
      'Dry run: nothing was downloaded',
    ]) {
      expect(result.stdout).toContain(words);
    }
    expect(hub.requests.filter((request) => request.service === 'storage')).toEqual([]);
    expect(fingerprint(join(sandbox.root, 'models'))).toEqual(before);
    expect(listFiles(join(state, 'output'))).not.toContain('downloads.json');
  });
});
