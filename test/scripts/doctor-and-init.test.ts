import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { startFakeComfy } from '../helpers/comfy.ts';
import { answerStatus } from '../helpers/faults.ts';
import { CIVITAI_KEY, HF_KEY } from '../helpers/fixtures.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { NO_LISTED_MODELS, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

interface Check {
  check: string;
  level: 'ok' | 'note' | 'fail';
  message: string;
  hint: string | null;
}

function startHub(): Promise<TestHub> {
  return startTestHub({
    manager: NO_LISTED_MODELS,
    accounts: [
      { service: 'huggingface', token: HF_KEY, username: 'reader' },
      { service: 'civitai', token: CIVITAI_KEY, username: 'reader' },
    ],
  });
}

describe('doctor', () => {
  let hub: TestHub;
  let sandbox: Sandbox;
  beforeAll(async () => {
    hub = await startHub();
    sandbox = await makeSandbox({ endpoints: hub.endpoints });
  });
  afterAll(async () => {
    await hub?.stop();
    await sandbox?.[Symbol.asyncDispose]();
  });

  /** What doctor finds: its checks, and those that fail by name. */
  async function examine(
    options: { env?: Record<string, string>; args?: string[] } = {},
  ): Promise<{ exitCode: number; checks: Check[]; failed: Check[] }> {
    const { exitCode, stdout } = await sandbox.run(['doctor', '--json', ...(options.args ?? [])], { env: options.env ?? {} });
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    return { exitCode, checks, failed: checks.filter((check) => check.level === 'fail') };
  }

  test('all well: one line a check, exit code 0, and nothing left behind', async () => {
    await using comfy = startFakeComfy({ root: sandbox.root });
    await sandbox.writeConfig({ comfyui_url: comfy.url });
    const { exitCode, stdout, stderr } = await sandbox.run(['doctor'], { env: { HF_TOKEN: HF_KEY, CIVITAI_API_KEY: CIVITAI_KEY } });
    expect([exitCode, stderr]).toEqual([0, '']);
    const checks = stdout
      .trimEnd()
      .split('\n')
      .map((line) => /^✓ ([\w -]+): ./.exec(line)?.[1] ?? line);
    expect(checks).toEqual([
      'Bun',
      'Configuration',
      'ComfyUI',
      'Workflows',
      'Models folder',
      'State folder',
      'Disk space',
      'HuggingFace',
      'Civitai',
      'GitHub',
      'Comfy Registry',
      'ComfyUI-Manager',
      'Civitai key',
      'HuggingFace key',
      'ComfyUI live',
    ]);
    expect(stdout).toContain('0.38.1');
    await sandbox.writeConfig({});
    const left = [...new Bun.Glob('**/*.tmp').scanSync({ cwd: sandbox.dir, dot: true })];
    expect(left).toEqual([]);
  });

  test('a named address that has the nodes and nothing else answers, and one that has not even these does not', async () => {
    const info = (request: Request): Response =>
      new URL(request.url).pathname === '/object_info' ? Response.json({}) : new Response('404: Not Found', { status: 404 });
    using recording = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: info });
    using other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('404: Not Found', { status: 404 }) });
    const levels: unknown[] = [];
    for (const { port } of [recording, other]) {
      await sandbox.writeConfig({ comfyui_url: `http://127.0.0.1:${port}` });
      levels.push((await examine()).checks.at(-1)?.level);
    }
    await sandbox.writeConfig({});
    expect(levels).toEqual(['ok', 'note']);
  });

  test('without keys and with ComfyUI stopped all is well too, and it says what a key is for', async () => {
    const { exitCode, checks } = await examine();
    expect(exitCode).toBe(0);
    expect(checks.find(({ check }) => check === 'HuggingFace key')).toMatchObject({
      level: 'note',
      hint: expect.stringContaining('HF_TOKEN'),
    });
  });

  test('--quiet prints nothing while all is well', async () => {
    expect(await sandbox.run(['doctor', '--quiet'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('a wrong key: which, and where to make a new one', async () => {
    const { exitCode, failed } = await examine({ env: { HF_TOKEN: 'hf_wrongwrongwrong', CIVITAI_API_KEY: 'wrongwrongwrong' } });
    expect(exitCode).toBe(1);
    expect(failed.map(({ check, message, hint }) => [check, message, hint])).toEqual([
      ['Civitai key', expect.stringContaining('the key is not accepted'), expect.stringContaining('https://civitai.com/user/account')],
      [
        'HuggingFace key',
        expect.stringContaining('the key is not accepted'),
        expect.stringContaining('https://huggingface.co/settings/tokens'),
      ],
    ]);
  });

  test('a service with trouble of its own, and one that refuses connections: the endpoint and the key of config.json', async () => {
    await using other = await startHub();
    await sandbox.writeConfig({ endpoints: other.endpoints });
    await other.takeDown('civitai');
    other.inject({ service: 'github' }, answerStatus(503));
    const { exitCode, failed } = await examine();
    expect(exitCode).toBe(1);
    expect(failed.map(({ check }) => check)).toEqual(['Civitai', 'GitHub']);
    expect(failed[0]).toMatchObject({
      message: expect.stringContaining('connection refused'),
      hint: expect.stringContaining('endpoints.civitai'),
    });
    expect(failed[1]).toMatchObject({ message: expect.stringContaining('503') });
    await sandbox.writeConfig({});
  });

  test('a ComfyUI that is named and does not answer is worth a word, and no failure', async () => {
    await sandbox.writeConfig({ comfyui_url: 'http://127.0.0.1:9' });
    const { exitCode, checks } = await examine();
    expect(exitCode).toBe(0);
    expect(checks.at(-1)).toMatchObject({ check: 'ComfyUI live', level: 'note', hint: expect.stringContaining('comfyui_url') });
    await sandbox.writeConfig({});
  });

  test('a config.json that is wrong: the key and what to write', async () => {
    await sandbox.writeConfig({ download: { max_concurrent: 0 } });
    const { exitCode, failed } = await examine();
    expect(exitCode).toBe(1);
    expect(failed).toMatchObject([
      {
        check: 'Configuration',
        message: expect.stringContaining('download.max_concurrent is 0'),
        hint: expect.stringContaining('from 1 to 32'),
      },
    ]);
    await sandbox.writeConfig({});
  });

  test.each([
    ['no ComfyUI where config.json says', { comfyui_root: '/no/such/ComfyUI' }, 'ComfyUI', 'main.py'],
    ['a workflow folder that does not exist', { workflow_directories: ['/no/such/folder'] }, 'Workflows', 'a folder that exists'],
  ])('%s', async (_, changes, check, hint) => {
    await sandbox.writeConfig(changes);
    const { exitCode, failed } = await examine();
    expect(exitCode).toBe(1);
    expect(failed).toMatchObject([{ check, hint: expect.stringContaining(hint) }]);
    await sandbox.writeConfig({});
  });

  test('no models folder', async () => {
    await using bare = await makeSandbox({ endpoints: hub.endpoints });
    await rm(join(bare.root, 'models'), { recursive: true });
    const { exitCode, stdout } = await bare.run(['doctor']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✗ .*models.*\n {4}→ \w/);
  });

  test.skipIf(process.platform !== 'linux')('a models folder that may not be written', async () => {
    await using guarded = await makeSandbox({ endpoints: hub.endpoints });
    await rm(join(guarded.root, 'models'), { recursive: true });
    await symlink('/proc/self/fdinfo', join(guarded.root, 'models')); // not even root writes there
    const { exitCode, stdout } = await guarded.run(['doctor']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✗ Models folder: .*models cannot be written: E\w+\n {4}→ .*chmod -R u\+w/);
  });

  test('a state folder that cannot be one', async () => {
    const { exitCode, failed } = await examine({ args: ['--state-dir', join(sandbox.configPath, 'below a file')] });
    expect(exitCode).toBe(1);
    expect(failed).toMatchObject([{ check: 'State folder', message: expect.stringContaining('cannot be written') }]);
  });
});

describe('init', () => {
  /** Holds the ComfyUI. */
  let sandbox: Sandbox;
  /** Has none: from its home nothing is found. */
  let away: Sandbox;
  let bare: string;
  beforeAll(async () => {
    sandbox = await makeSandbox();
    away = await makeSandbox();
    await rm(away.root, { recursive: true });
  });
  afterAll(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    await away?.[Symbol.asyncDispose]();
  });

  /** A working directory without a config.json. */
  async function makePlace(): Promise<string> {
    bare = join(away.home, crypto.randomUUID());
    await mkdir(bare);
    return bare;
  }
  const readConfig = (): Promise<Record<string, unknown>> => Bun.file(join(bare, 'config.json')).json();

  test('finds what a variable names, writes both paths, and runs go on from there', async () => {
    const cwd = await makePlace();
    const { exitCode, stdout } = await away.run(['init'], { cwd, env: { COMFYUI_ROOT: sandbox.root } });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Found ComfyUI: ${sandbox.root} (COMFYUI_ROOT)`);
    expect(stdout).toContain(`Wrote ${join(cwd, 'config.json')}`);
    expect(await readConfig()).toEqual({ comfyui_root: sandbox.root, workflow_directories: [sandbox.workflowsDir] });
    await sandbox.writeWorkflow('one.json', workflowWith([]));
    expect((await away.run(['scan'], { cwd })).exitCode).toBe(0);
  });

  test('asks the running ComfyUI that config.json names', async () => {
    const cwd = await makePlace();
    await using comfy = startFakeComfy({ root: sandbox.root });
    await Bun.write(
      join(cwd, 'config.json'),
      JSON.stringify({ comfyui_root: 'auto', comfyui_url: comfy.url, download: { max_concurrent: 2 } }),
    );
    const { exitCode, stdout } = await away.run(['init'], { cwd });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('(running ComfyUI)')]);
    expect(await readConfig()).toEqual({
      comfyui_root: sandbox.root,
      comfyui_url: comfy.url,
      download: { max_concurrent: 2 },
      workflow_directories: [sandbox.workflowsDir],
    });
  });

  test('keeps what somebody has set; --force replaces it; other keys stay', async () => {
    const cwd = await makePlace();
    const other = join(away.home, 'Documents/ComfyUI');
    for (const folder of ['models', 'custom_nodes']) await mkdir(join(other, folder), { recursive: true });
    const overrides = { 'a.safetensors': 'https://huggingface.co/a/b/resolve/main/a.safetensors' };
    await Bun.write(join(cwd, 'config.json'), JSON.stringify({ comfyui_root: other, workflow_directories: ['~'], overrides }));
    const kept = await away.run(['init'], { cwd });
    expect([kept.exitCode, kept.stdout]).toEqual([0, expect.stringContaining('kept as it was; --force replaces it')]);
    expect(await readConfig()).toEqual({ comfyui_root: other, workflow_directories: ['~'], overrides });
    await Bun.write(join(cwd, 'config.json'), JSON.stringify({ comfyui_root: other, overrides }));
    await away.run(['init', '--comfyui-root', sandbox.root], { cwd });
    expect(await readConfig()).toEqual({ comfyui_root: other, workflow_directories: ['auto'], overrides });
    const forced = await away.run(['init', '--force', '--comfyui-root', sandbox.root], { cwd });
    expect(forced.exitCode).toBe(0);
    expect(forced.stdout).toContain(`Also found: ${other}`);
    expect(await readConfig()).toEqual({ comfyui_root: sandbox.root, workflow_directories: [sandbox.workflowsDir], overrides });
    await rm(other, { recursive: true });
  });

  test('an install without a workflow folder leaves workflow_directories on auto', async () => {
    const cwd = await makePlace();
    const root = join(away.home, 'share');
    await mkdir(join(root, 'models'), { recursive: true });
    expect((await away.run(['init', '--comfyui-root', root], { cwd })).exitCode).toBe(0);
    expect(await readConfig()).toEqual({ comfyui_root: root, workflow_directories: ['auto'] });
  });

  test('nothing found: says where it looked, exit code 2, and writes nothing', async () => {
    const cwd = await makePlace();
    const { exitCode, stderr } = await away.run(['init'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('No ComfyUI found. Looked at:');
    expect(await Bun.file(join(cwd, 'config.json')).exists()).toBe(false);
  });

  test('a config.json that is wrong is not written over', async () => {
    const cwd = await makePlace();
    await Bun.write(join(cwd, 'config.json'), '{ "comfyui_rot": 1 }');
    const { exitCode, stderr } = await away.run(['init'], { cwd, env: { COMFYUI_ROOT: sandbox.root } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('comfyui_rot');
    expect(await readConfig()).toEqual({ comfyui_rot: 1 });
  });
});
