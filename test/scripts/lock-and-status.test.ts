import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { slowDown, stallAfter } from '../helpers/faults.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { STATUS } from './contract.ts';
import { modelContent, NO_LISTED_MODELS, statusOf, until, untilPhase, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const LORA = modelContent('quay_lora', 400_000);

describe('one state folder before, during and after a run', () => {
  let hub: TestHub;
  let sandbox: Sandbox;
  let running: ReturnType<Sandbox['start']>;
  beforeAll(async () => {
    hub = await startTestHub({
      manager: NO_LISTED_MODELS,
      huggingface: [{ id: 'studio/quay', files: [{ path: 'quay_lora.safetensors', content: LORA }] }],
    });
    sandbox = await makeSandbox({ endpoints: hub.endpoints });
    const url = 'https://huggingface.co/studio/quay/resolve/main/quay_lora.safetensors';
    await sandbox.writeWorkflow('quay.json', workflowWith([{ name: 'quay_lora.safetensors', directory: 'loras', url }]));
  });
  afterAll(async () => {
    running?.kill('SIGKILL');
    await hub?.stop();
    await sandbox?.[Symbol.asyncDispose]();
  });

  test('before the first run there is no file, and status says idle', async () => {
    const [human, json] = await Promise.all([sandbox.run(['status']), sandbox.run(['status', '--json'])]);
    expect(human).toEqual({ exitCode: 0, stdout: 'Phase: idle (no run yet)\n', stderr: '' });
    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ phase: 'idle', progress: { current: 0, total: 0, percent: 0 }, errors: [] });
    expect(existsSync(join(sandbox.stateDir, 'status.json'))).toBe(false);
  });

  test('while it runs, status shows the phase, the transfer and its size', async () => {
    hub.inject({ service: 'storage' }, (request, answer) => stallAfter(150_000)(request, () => slowDown(200_000)(request, answer)));
    running = sandbox.start(['auto']);
    await untilPhase(sandbox, 'downloading');
    await until('bytes', () => (statusOf(sandbox)?.data.bytes_done ?? 0) > 0);
    const [human, json] = await Promise.all([sandbox.run(['status']), sandbox.run(['status', '--json'])]);
    expect(STATUS.parse(JSON.parse(json.stdout))).toMatchObject({ phase: 'downloading', command: 'auto', pid: running.pid });
    expect(human.stdout).toMatch(/^Phase: downloading \(auto, \d+ s ago\)\n/);
    expect(human.stdout).toMatch(/ {4}quay_lora\.safetensors {2}\d+ kB of 400 kB\n/);
  });

  test.each(['auto', 'scan', 'resume'])('meanwhile %s exits 2, names the process, and disturbs nothing', async (command) => {
    const before = statusOf(sandbox)?.run_id ?? '';
    const { exitCode, stdout, stderr } = await sandbox.run([command]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`process ${running.pid} (auto, since `);
    expect(stderr).toContain('--state-dir');
    expect(statusOf(sandbox)).toMatchObject({ run_id: before, phase: 'downloading' });
  });

  test('another state folder is another run', async () => {
    const other = join(sandbox.dir, 'other');
    expect((await sandbox.run(['scan', '--state-dir', other])).exitCode).toBe(0);
    expect(existsSync(join(other, 'status.json'))).toBe(true);
    expect(existsSync(join(other, 'output/missing_models.json'))).toBe(true);
  });

  test('while not one byte comes the timestamp moves at least every 5 seconds', async () => {
    const ageMs = (): number => Date.now() - Date.parse(statusOf(sandbox)?.timestamp ?? '');
    await until('silence', () => ageMs() > 2500);
    await until('a sign of life', () => ageMs() < 1500, 2500);
    expect(statusOf(sandbox)?.phase).toBe('downloading');
  });

  test('after kill -9 status says interrupted, names resume, and puts the file right', async () => {
    running.kill('SIGKILL');
    await running.result;
    expect(statusOf(sandbox)?.phase).toBe('downloading');
    const human = await sandbox.run(['status']);
    expect(human.exitCode).toBe(0);
    expect(human.stdout).toMatch(/^Phase: error \(auto, \d s ago\)\n/);
    expect(human.stdout).toContain('✗ Interrupted (The run ended while it was downloading)\n    → Run resume to go on');
    expect(STATUS.parse(statusOf(sandbox))).toMatchObject({ phase: 'error', errors: [{ code: 'interrupted' }] });
    const again = await sandbox.run(['status', '--json']);
    expect(JSON.parse(again.stdout)).toEqual(statusOf(sandbox) as unknown as Record<string, unknown>);
  });

  test('the next run takes the lock of the dead process over, and status tells of its end', async () => {
    hub.heal();
    expect((await sandbox.run(['auto'])).exitCode).toBe(0);
    const human = await sandbox.run(['status']);
    expect(human.stdout).toMatch(/^Phase: complete \(auto, \d+ s ago\)\n {2}Progress: 1\/1 \(100%\)\n/);
    expect(human.stdout).toContain('Downloads: 1 done, 0 failed');
    expect(human.stdout).not.toContain('Interrupted');
  });
});

test('of several runs that start at the same moment one works, and the others say which', async () => {
  await using sandbox = await makeSandbox();
  await sandbox.writeWorkflow('quay.json', workflowWith([]));
  const results = await Promise.all(Array.from({ length: 4 }, () => sandbox.run(['scan'])));
  const codes = results.map(({ exitCode }) => exitCode);
  expect(codes.filter((code) => code !== 2)).not.toContain(1);
  expect(codes).toContain(0);
  for (const { exitCode, stderr } of results) if (exitCode === 2) expect(stderr).toMatch(/process \d+ \(scan, since /);
  expect(STATUS.parse(statusOf(sandbox))).toMatchObject({ phase: 'complete' });
});
