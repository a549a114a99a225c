import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { truncateSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { readActions, type StatusJson } from './contract.ts';
import { listFiles, modelContent, NO_LISTED_MODELS, statusOf, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

async function readLog(sandbox: Sandbox, kind: string): Promise<string> {
  const name = listFiles(join(sandbox.stateDir, 'log')).findLast((file) => file.startsWith(kind));
  return Bun.file(join(sandbox.stateDir, 'log', name ?? 'none')).text();
}

describe('no ComfyUI', () => {
  test('says where it looked and how to say where it is, exit code 2, also in status.json', async () => {
    await using sandbox = await makeSandbox();
    await using elsewhere = await makeSandbox();
    const cwd = join(elsewhere.dir, 'sub');
    await mkdir(cwd);
    await rm(elsewhere.root, { recursive: true });
    const { exitCode, stderr } = await sandbox.run(['auto'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('No ComfyUI found. Looked at:');
    for (const place of ['COMFYUI_ROOT', cwd, sandbox.home, 'desktop app', 'running ComfyUI']) expect(stderr).toContain(place);
    expect(stderr).toMatch(/→ .*comfyui_root in config\.json, --comfyui-root DIR/);
    const status = (await Bun.file(join(cwd, 'status.json')).json()) as StatusJson;
    expect(status).toMatchObject({
      phase: 'error',
      errors: [{ code: 'comfyui_not_found', hint: expect.stringContaining('--comfyui-root') }],
    });
  });
});

describe('a config.json that is wrong: the key, what was found, what to write, exit code 2', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeSandbox();
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  test.each([
    ['a mistyped key', { downlod: {} }, 'downlod is no key of config.json', 'Write "download"'],
    ['a mistyped key inside', { download: { max_concurent: 2 } }, 'download.max_concurent is no key', 'Write "max_concurrent"'],
    [
      'a wrong type',
      { download: { max_concurrent: 'three' } },
      'download.max_concurrent is "three" (a string)',
      'a whole number from 1 to 32',
    ],
    [
      'a folder that does not exist',
      { workflow_directories: ['/no/such/folder'] },
      'workflow_directories.0 is /no/such/folder',
      'a folder that exists',
    ],
    ['a root that does not exist', { comfyui_root: '/no/such/ComfyUI' }, 'comfyui_root in config.json is /no/such/ComfyUI', 'main.py'],
    ['a variable that is not set', { comfyui_root: '$NOT_SET_ANYWHERE/x' }, 'NOT_SET_ANYWHERE', 'Set NOT_SET_ANYWHERE'],
  ])('%s', async (_, changes, found, write) => {
    await sandbox.writeConfig(changes);
    const { exitCode, stderr } = await sandbox.run(['scan']);
    expect(exitCode).toBe(2);
    const [message = '', hint = ''] = stderr.split('\n');
    expect(message).toContain(found);
    expect(hint).toContain(write);
    expect(statusOf(sandbox)).toMatchObject({
      phase: 'error',
      errors: [{ code: expect.stringMatching(/^(config|comfyui_root)_invalid$/) }],
    });
  });

  test('text that is no JSON', async () => {
    await Bun.write(sandbox.configPath, '{ "comfyui_root": "x", }');
    const { exitCode, stderr } = await sandbox.run(['scan']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('config.json is no JSON');
  });
});

describe('workflows that cannot be read are named, and the others go on', () => {
  let hub: TestHub;
  let sandbox: Sandbox;
  let result: Awaited<ReturnType<Sandbox['run']>>;
  const good = JSON.stringify(workflowWith([{ name: 'good_vae.safetensors', directory: 'vae' }]));
  const nan =
    '{"nodes": [{"id": 1, "type": "VAELoader", "mode": 0, "widgets_values": ["nan_vae.safetensors", NaN]}], "links": [], "version": 0.4}';
  beforeAll(async () => {
    hub = await startTestHub({ manager: NO_LISTED_MODELS });
    sandbox = await makeSandbox({ endpoints: hub.endpoints });
    await sandbox.writeWorkflow('good.json', good);
    await sandbox.writeWorkflow('bom.json', `\uFEFF${good.replace('good_vae', 'bom_vae')}`);
    await sandbox.writeWorkflow('nan.json', nan);
    await sandbox.writeWorkflow('bad/no_json.json', 'this is { no JSON');
    await sandbox.writeWorkflow('bad/empty.json', '');
    await sandbox.writeWorkflow('bad/no_workflow.json', { a: 1 });
    truncateSync(await sandbox.writeWorkflow('bad/huge.json', '{}'), 200 * 1024 * 1024);
    result = await sandbox.run(['scan']);
  });
  afterAll(async () => {
    await hub?.stop();
    await sandbox?.[Symbol.asyncDispose]();
  });

  test('those that can be read are read, with a byte order mark and NaN too', async () => {
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('  Found 3 workflows\n');
    const missing = (await sandbox.readState('output/missing_models.json')) as { filename: string }[];
    expect(missing.map((item) => item.filename)).toEqual(['bom_vae.safetensors', 'good_vae.safetensors', 'nan_vae.safetensors']);
  });

  test.each([
    ['bad/no_json.json', 'not_json'],
    ['bad/empty.json', 'empty_file'],
    ['bad/huge.json', 'too_large'],
    ['bad/no_workflow.json', 'not_a_workflow'],
  ])('%s is named in the log', async (name, code) => {
    const failed = readActions(await readLog(sandbox, 'scan')).filter(({ action }) => action === 'workflow_failed');
    expect(failed.find(({ details }) => details['path'] === join(sandbox.workflowsDir, name))?.details).toMatchObject({
      code,
      reason: expect.any(String),
    });
  });

  test('a person reads which they are and how many', () => {
    for (const name of ['no_json', 'empty', 'huge']) expect(result.stderr).toMatch(new RegExp(`! .*bad/${name}\\.json: \\w`));
    expect(result.stdout).toMatch(/Skipped: \d files? that could not be read/);
  });

  test('a program reads which they are and why, also of a later phase', async () => {
    const failed = (name: string, code: string) => ({ path: join(sandbox.workflowsDir, name), code, reason: expect.any(String) as string });
    const expected = [
      failed('bad/empty.json', 'empty_file'),
      failed('bad/huge.json', 'too_large'),
      failed('bad/no_json.json', 'not_json'),
      failed('bad/no_workflow.json', 'not_a_workflow'),
    ];
    for (const command of [['scan'], ['resolve', '--offline']]) {
      const { stdout } = await sandbox.run([...command, '--json']);
      const { failed_workflows } = JSON.parse(stdout) as Pick<StatusJson, 'failed_workflows'>;
      expect(failed_workflows.toSorted((left, right) => (left.path < right.path ? -1 : 1))).toEqual(expected);
    }
  });

  test('the summary of a whole run names them', async () => {
    for (const command of ['auto', 'resume']) {
      await sandbox.run([command]); // resume does not read them again, and knows them still
      const summary = await Bun.file(join(sandbox.stateDir, 'output/summary_report.md')).text();
      for (const name of ['no_json', 'empty', 'huge', 'no_workflow']) expect(summary).toContain(`bad/${name}.json: `);
    }
  });
});

test('no workflow at all: No workflows found, phase error, exit code 2, and files of an earlier run stay', async () => {
  await using sandbox = await makeSandbox();
  const { exitCode, stderr, stdout } = await sandbox.run(['auto', '--json']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('No workflows found');
  expect(JSON.parse(stdout)).toMatchObject({ exit_code: 2, error: { code: 'no_workflows' } });
  expect(statusOf(sandbox)).toMatchObject({
    phase: 'error',
    errors: [{ code: 'no_workflows', error: expect.stringMatching(/^No workflows found/) }],
  });
});

describe('a model name that would leave the models folder', () => {
  test('is refused and said, and nothing is written outside', async () => {
    const content = modelContent('evil');
    await using hub = await startTestHub({
      manager: NO_LISTED_MODELS,
      huggingface: [{ id: 'studio/evil', files: [{ path: 'evil.safetensors', content }] }],
    });
    await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
    const url = 'https://huggingface.co/studio/evil/resolve/main/evil.safetensors';
    const names = [
      '../../evil.safetensors',
      '..\\..\\evil.safetensors',
      'sub/../../../evil.safetensors',
      '/tmp/comfy-fixer-evil/evil.safetensors',
    ];
    await sandbox.writeWorkflow('evil.json', workflowWith(names.map((name) => ({ name, directory: 'loras' as const, url }))));
    const before = listFiles(sandbox.root).filter((path) => !path.startsWith('models/loras/'));
    const { stderr, stdout, exitCode } = await sandbox.run(['auto']);
    expect([exitCode, stdout.includes('✓ Complete'), (await sandbox.run(['resume'])).exitCode]).toEqual([1, false, 1]);
    expect(await Bun.file(join(sandbox.stateDir, 'output/summary_report.md')).text()).toContain('## Refused');
    for (const name of names.slice(0, 3)) expect(stderr).toContain(`Model name refused: ${JSON.stringify(name)}`);
    expect(statusOf(sandbox)?.errors.filter((error) => error.code === 'unsafe_model_name')).toHaveLength(3);
    expect(listFiles(sandbox.root).filter((path) => !path.startsWith('models/loras/'))).toEqual(before);
    expect(listFiles(sandbox.dir).filter((path) => path.endsWith('evil.safetensors') && !path.startsWith('ComfyUI/models/loras/'))).toEqual(
      [],
    );
    expect(await Bun.file('/tmp/comfy-fixer-evil/evil.safetensors').exists()).toBe(false);
  });
});

describe('a service that is down', () => {
  let hub: TestHub;
  let sandbox: Sandbox;
  const other = modelContent('other_lora');
  beforeAll(async () => {
    hub = await startTestHub({
      manager: NO_LISTED_MODELS,
      releases: [{ repository: 'studio/tools', tag: 'v1', name: 'other_lora.safetensors', content: other }],
    });
    sandbox = await makeSandbox({ endpoints: hub.endpoints });
    await sandbox.writeWorkflow(
      'down.json',
      workflowWith([
        {
          name: 'other_lora.safetensors',
          directory: 'loras',
          url: 'https://github.com/studio/tools/releases/download/v1/other_lora.safetensors',
        },
        { name: 'down_hf_vae.safetensors', directory: 'vae', url: 'https://huggingface.co/studio/x/resolve/main/down_hf_vae.safetensors' },
        { name: 'down_by_name.safetensors', directory: 'loras' },
      ]),
    );
    await hub.takeDown('huggingface');
    await hub.takeDown('civitai');
  });
  afterAll(async () => {
    await hub?.stop();
    await sandbox?.[Symbol.asyncDispose]();
  });

  test('the others go on, and nothing is called not found', async () => {
    const { exitCode, stdout, stderr } = await sandbox.run(['auto']);
    expect(exitCode).toBe(1);
    expect(listFiles(join(sandbox.root, 'models'))).toEqual(['loras/other_lora.safetensors']);
    expect(stderr).toMatch(/HuggingFace API error: .*\n.*→/);
    expect(stderr).toMatch(/Civitai API error: .*\n.*→/);
    expect(stderr).not.toContain('Model not found');
    const resolutions = (await sandbox.readState('output/resolutions.json')) as {
      filename: string;
      source: string;
      unchecked: { source: string }[];
      reason: string;
    }[];
    for (const item of resolutions.filter(({ filename }) => filename.startsWith('down'))) {
      expect(item.unchecked.map((entry) => entry.source)).toContain('huggingface');
      expect(item.reason).toContain('could not be asked');
    }
    expect(statusOf(sandbox)).toMatchObject({ phase: 'complete' });
    expect(statusOf(sandbox)?.errors.map((error) => error.code)).not.toContain('model_not_found');
    expect(stdout).toContain('1/3 in place');
    const summary = await Bun.file(join(sandbox.stateDir, 'output/summary_report.md')).text();
    expect(summary).toContain('Not asked: ');
  });

  test('resume asks again', async () => {
    const { exitCode, stderr } = await sandbox.run(['resume']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('HuggingFace API error');
  });
});
