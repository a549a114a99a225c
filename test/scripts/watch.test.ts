import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answerStatus } from '../helpers/faults.ts';
import { catalogueWith, linkOf, openStage, workflowFor } from '../watch/kit.ts';
import { LOG_LINE, readActions } from './contract.ts';
import { listFiles, modelContent, until, workflowWith } from './kit.ts';

/** Downloads and pauses take their time, and the machine may have other things to do. */
setDefaultTimeout(40_000);

describe('a workflow that is saved while watch runs', () => {
  // How soon, `bun run bench watch` measures.
  test('has its model on disk, and status, files and log tell of it', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors'], 200_000));
    await stage.start();
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.untilLora('a.safetensors');
    expect(stage.hasLora('a.safetensors', 200_000)).toBe(true);
    const status = await until('the model is counted', () => {
      const now = stage.status();
      return now.phase === 'idle' && now.data.local_models === 1 && now;
    });
    expect(status).toMatchObject({ command: 'watch', queue: [], errors: [], data: { workflows_scanned: 1, downloads_successful: 1 } });
    const ended = await stage.end();
    expect(ended).toMatchObject({ exitCode: 0, stdout: 'Watch ended; what is left goes on next time\n' });
    expect(ended.stderr).toContain('✓ downloaded a.safetensors');
    expect(await stage.sandbox.readState('output/required_models.json')).toMatchObject([{ filename: 'a.safetensors', state: 'present' }]);
    expect(await stage.sandbox.readState('output/missing_models.json')).toEqual([]);
    expect(await stage.sandbox.readState('output/downloads.json')).toMatchObject([{ status: 'downloaded', verified: 'sha256' }]);
    const [name = '', ...others] = readdirSync(join(stage.sandbox.stateDir, 'log'));
    expect([name, others]).toEqual([expect.stringMatching(/^watch_\d{8}_\d{6}\.log$/), []]);
    const log = readFileSync(join(stage.sandbox.stateDir, 'log', name), 'utf8');
    for (const line of log.trimEnd().split('\n')) expect(line).toMatch(LOG_LINE);
    const actions = readActions(log).map(({ action }) => action);
    expect(actions).toEqual(['workflow_parsed', 'model_missing', 'model_found', 'download_started', 'download_completed']);
  });

  test('in a folder that is new, too', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors']));
    await stage.start();
    await stage.sandbox.writeWorkflow('new/deeper/a.json', workflowFor('a.safetensors'));
    await stage.untilLora('a.safetensors');
    await stage.untilIdle();
    expect(stage.hasLora('a.safetensors')).toBe(true);
  });

  test('in two halves with a pause between them, is read when it is whole, and never called broken', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors']));
    await stage.sandbox.writeWorkflow('other.json', workflowFor());
    await stage.start();
    const text = JSON.stringify(workflowFor('a.safetensors'));
    const file = openSync(join(stage.sandbox.workflowsDir, 'a.json'), 'w');
    writeSync(file, text.slice(0, 200));
    await Bun.sleep(700); // the pause is what is tested
    expect(stage.status().failed_workflows).toEqual([]);
    writeSync(file, text.slice(200));
    closeSync(file);
    await stage.untilLora('a.safetensors');
    const { stderr } = await stage.end();
    expect(stderr).not.toContain('a.json:');
  });

  test('by an atomic rename, replaces what the file needed before', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors', 'b.safetensors']));
    const path = await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await stage.untilLora('a.safetensors');
    const temporary = join(stage.sandbox.dir, 'a.json.tmp');
    await writeFile(temporary, JSON.stringify(workflowFor('b.safetensors')));
    await rename(temporary, path);
    await stage.untilLora('b.safetensors');
    await stage.untilIdle();
    await stage.end();
    expect(await stage.sandbox.readState('output/required_models.json')).toMatchObject([{ filename: 'b.safetensors' }]);
  });

  test('broken for good, is said to be broken; mended, it is read', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors']));
    await stage.start();
    await stage.sandbox.writeWorkflow('a.json', '{"nodes": [');
    await until('the broken workflow is reported', () => stage.status().failed_workflows.some(({ code }) => code === 'not_json'));
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.untilLora('a.safetensors');
    await until('the report goes', () => stage.status().failed_workflows.length === 0);
  });

  test('with forty-nine others at once: every model is there, and nothing was fetched twice', async () => {
    const names = Array.from({ length: 50 }, (_, at) => `m${at}.safetensors`);
    await using stage = await openStage(catalogueWith(names));
    await stage.start();
    await Promise.all(names.map((name, at) => stage.sandbox.writeWorkflow(`w${at}.json`, workflowFor(name, names[(at + 1) % 50]!))));
    await until('all models are there', () => names.every((name) => existsSync(stage.loraPath(name))), 25_000);
    await stage.untilIdle();
    await stage.end();
    expect(names.filter((name) => !stage.hasLora(name))).toEqual([]);
    const fetched = stage.hub.requests.filter(
      ({ service, method, bytesSent }) => service === 'storage' && method === 'GET' && bytesSent >= 60_000,
    );
    expect(fetched).toHaveLength(50);
  });
});

describe.concurrent('what happens to the models', () => {
  test('one that is deleted is missing again, and comes back', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors']));
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await stage.untilLora('a.safetensors');
    await stage.untilIdle();
    await rm(stage.loraPath('a.safetensors'));
    await until('it is fetched again', () => stage.status().data.downloads_successful === 2);
    expect(stage.hasLora('a.safetensors')).toBe(true);
  });

  test('one that somebody drops in by hand settles what waited for it', async () => {
    await using stage = await openStage({});
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await until('it waits', () => stage.status().queue.some(({ stage: is }) => is === 'retry'));
    const content = modelContent('a.safetensors');
    await stage.sandbox.writeModel('loras/a.safetensors', content.read(0, content.sizeBytes));
    await stage.untilIdle();
    const { stderr } = await stage.end();
    expect(stderr).toContain('a.safetensors is in place');
    expect(await stage.sandbox.readState('output/resolutions.json')).toEqual([]);
  });

  test('one that is being copied in is waited for, and not fetched beside it', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors']));
    await stage.start();
    const content = modelContent('a.safetensors');
    const bytes = Buffer.from(content.read(0, content.sizeBytes));
    await mkdir(join(stage.sandbox.root, 'models/loras'), { recursive: true });
    const file = openSync(stage.loraPath('a.safetensors'), 'w');
    writeSync(file, bytes.subarray(0, 30_000));
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await until('it is seen to arrive', () => stage.status().queue[0]?.stage === 'arriving');
    writeSync(file, bytes.subarray(30_000));
    closeSync(file);
    await stage.untilIdle();
    expect(stage.hub.requests.filter(({ service }) => service === 'storage')).toEqual([]);
    expect(stage.hasLora('a.safetensors')).toBe(true);
  });

  test('one whose workflow is deleted while it downloads leaves the queue, and goes on when the workflow is back', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors'], 4_000_000), { hub: { bytesPerSecond: 1_000_000 } });
    const path = await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await until('bytes come in', () => (stage.status().data.downloads[0]?.bytes_done ?? 0) > 400_000);
    await rm(path);
    await stage.untilIdle();
    expect(stage.status().queue).toEqual([]);
    expect(stage.hasLora('a.safetensors', 4_000_000)).toBe(false);
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.untilLora('a.safetensors');
    expect(stage.hasLora('a.safetensors', 4_000_000)).toBe(true);
    const sent = stage.hub.requests.filter(({ service }) => service === 'storage').reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    expect(sent).toBeLessThan(7_000_000);
  });

  test('the one of the workflow that just changed comes before those that waited', async () => {
    const names = ['a', 'b', 'c', 'd'].map((name) => `${name}.safetensors`);
    await using stage = await openStage(catalogueWith([...names, 'urgent.safetensors'], 400_000), {
      hub: { bytesPerSecond: 1_000_000 },
      config: { download: { max_concurrent: 1 } },
    });
    await stage.sandbox.writeWorkflow('many.json', workflowFor(...names));
    await stage.start();
    await until('the first one downloads', () => stage.status().phase === 'downloading');
    await stage.sandbox.writeWorkflow('urgent.json', workflowFor('urgent.safetensors'));
    await stage.untilLora('urgent.safetensors');
    expect(names.filter((name) => existsSync(stage.loraPath(name))).length).toBeLessThan(4);
    await stage.untilIdle();
    expect([...names, 'urgent.safetensors'].filter((name) => !stage.hasLora(name, 400_000))).toEqual([]);
  });
});

describe.concurrent('config.json and extra_model_paths.yaml', () => {
  test('a broken configuration is reported and the last good one stays; a mended one is taken over', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors', 'b.safetensors']));
    await stage.start();
    await writeFile(stage.sandbox.configPath, '{ "comfyui_root": ');
    await until('the fault is reported', () => stage.status().errors.some(({ code }) => code === 'config_invalid'));
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.untilLora('a.safetensors');
    const elsewhere = join(stage.sandbox.dir, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'b.json'), JSON.stringify(workflowFor('b.safetensors')));
    await stage.sandbox.writeConfig({ workflow_directories: [stage.sandbox.workflowsDir, elsewhere], comfyui_url: 'http://127.0.0.1:9' });
    await stage.untilLora('b.safetensors');
    await until('the fault is no longer reported', () => stage.status().errors.length === 0);
    await writeFile(join(elsewhere, 'b.json'), JSON.stringify(workflowFor()));
    await until('the new folder is watched', () => stage.status().data.workflows_scanned === 2 && stage.status().data.missing_models === 0);
  });

  test('an override settles what nobody had', async () => {
    await using stage = await openStage(catalogueWith(['other_name.safetensors']));
    await stage.sandbox.writeWorkflow('a.json', workflowWith([{ name: 'mine.safetensors', directory: 'loras' }]));
    await stage.start();
    await until('it is open', () => (stage.status().queue[0]?.attempts ?? 0) > 0);
    await stage.sandbox.writeConfig({
      overrides: { 'mine.safetensors': linkOf('other_name.safetensors') },
      comfyui_url: 'http://127.0.0.1:9',
    });
    await stage.untilLora('mine.safetensors');
  });

  test('a folder in extra_model_paths.yaml counts as soon as it is written there', async () => {
    await using stage = await openStage({});
    const shelf = join(stage.sandbox.dir, 'shelf');
    const content = modelContent('a.safetensors');
    await Bun.write(join(shelf, 'a.safetensors'), content.read(0, content.sizeBytes));
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await until('it is missing', () => stage.status().data.missing_models === 1);
    await writeFile(join(stage.sandbox.root, 'extra_model_paths.yaml'), `shelf:\n  base_path: ${stage.sandbox.dir}\n  loras: shelf\n`);
    await stage.untilIdle();
  });
});

describe.concurrent('what survives', () => {
  test('kill -9 in the middle of a download: the next watch goes on where it was, and the lock is free', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors'], 4_000_000), { hub: { bytesPerSecond: 1_500_000 } });
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await until('bytes come in', () => (stage.status().data.downloads[0]?.bytes_done ?? 0) > 800_000);
    await stage.end('SIGKILL');
    const asked = stage.hub.requests.length;
    await stage.start();
    await stage.untilLora('a.safetensors');
    expect(stage.hasLora('a.safetensors', 4_000_000)).toBe(true);
    const later = stage.hub.requests.slice(asked);
    expect(later.filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
    expect(later.every(({ service, range }) => service !== 'storage' || range !== null)).toBe(true);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s in the middle of a download ends it within two seconds, idle', async (signal) => {
    await using stage = await openStage(catalogueWith(['a.safetensors'], 4_000_000), { hub: { bytesPerSecond: 500_000 } });
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await until('bytes come in', () => (stage.status().data.downloads[0]?.bytes_done ?? 0) > 100_000);
    const { exitCode, ms } = await stage.end(signal);
    expect([exitCode, ms < 2000]).toEqual([0, true]);
    expect(stage.status()).toMatchObject({ phase: 'idle', data: { current_download: null, downloads: [] } });
    expect(listFiles(join(stage.sandbox.root, 'models/loras')).every((name) => name.includes('.part'))).toBe(true);
  });

  test('a hub that is away: it is asked again by itself until it is back', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors']));
    stage.hub.inject({}, answerStatus(503));
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await until('the failure is reported', () => stage.status().errors.length > 0, 20_000);
    stage.hub.heal();
    await stage.untilLora('a.safetensors', 20_000);
    await until('the report goes', () => stage.status().errors.length === 0);
  });

  test('a key that is set while watch runs is used at once, and stands in no file', async () => {
    const key = 'hf_a_key_that_is_set_later';
    const { huggingface } = catalogueWith(['a.safetensors']);
    await using stage = await openStage({
      ...catalogueWith([]),
      accounts: [{ service: 'huggingface', token: key, username: 'reader', repositories: ['studio/watched'] }],
      huggingface: huggingface!.map((repository) => ({ ...repository, gated: 'manual' as const })),
    });
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await until('the model is refused', () => (stage.status().queue[0]?.attempts ?? 0) > 0);
    await writeFile(join(stage.sandbox.home, '.secrets'), `HF_TOKEN=${key}\n`);
    await stage.untilLora('a.safetensors');
    await stage.end();
    const texts = listFiles(stage.sandbox.stateDir).filter((path) => readFileSync(join(stage.sandbox.stateDir, path)).includes(key));
    expect(texts).toEqual([]);
  });
});

test('a second run in the same state folder says who holds it', async () => {
  await using stage = await openStage({});
  await stage.start();
  const { exitCode, stderr } = await stage.sandbox.run(['scan']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`process ${stage.pid()} (watch`);
});

test('the heartbeat moves the timestamp while there is nothing to do', async () => {
  await using stage = await openStage({});
  await stage.start();
  const { timestamp } = await stage.untilIdle();
  await until('the timestamp moves', () => stage.status().timestamp !== timestamp, 6000);
  expect(stage.status().phase).toBe('idle');
});
