import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { corruptBytes } from '../helpers/faults.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { DOWNLOAD, LOG_LINE, LOG_NAME, MISSING_NODE, readActions, REQUIREMENT, RESOLUTION, STATUS, type StatusJson } from './contract.ts';
import { listFiles, modelContent, NO_LISTED_MODELS, sha256Of, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const LORA = modelContent('harbour_lora', 2_500_000);
const VAE = modelContent('harbour_vae', 900_000);
const CONTROL = modelContent('harbour_control', 400_000);
const STYLE = modelContent('harbour_style', 300_000);

/** What an agent sees that looks at status.json every 10 ms for as long as a run goes on. */
interface Sight {
  seen: StatusJson[];
  broken: string[];
  result: { exitCode: number; stdout: string; stderr: string };
}

async function watch(sandbox: Sandbox, args: readonly string[]): Promise<Sight> {
  const running = sandbox.start(args);
  const sight: Omit<Sight, 'result'> = { seen: [], broken: [] };
  const path = join(sandbox.stateDir, 'status.json');
  const state = { ended: false };
  const result = running.result.finally(() => {
    state.ended = true;
  });
  do {
    look(path, sight);
    await Bun.sleep(10);
  } while (!state.ended);
  look(path, sight);
  return { ...sight, result: await result };
}

function look(path: string, sight: Omit<Sight, 'result'>): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return;
  }
  try {
    sight.seen.push(JSON.parse(text) as StatusJson);
  } catch {
    sight.broken.push(text);
  }
}

function distinct<T>(values: readonly T[]): T[] {
  return values.filter((value, index) => index === 0 || value !== values[index - 1]);
}

function readLogs(sandbox: Sandbox): { name: string; text: string }[] {
  const folder = join(sandbox.stateDir, 'log');
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

describe('an agent that looks at status.json every 10 ms while auto finds and fetches everything', () => {
  let hub: TestHub;
  let sandbox: Sandbox;
  let sight: Sight;
  beforeAll(async () => {
    hub = await startTestHub(
      {
        huggingface: [
          {
            id: 'studio/harbour',
            files: [
              { path: 'loras/harbour_lora.safetensors', content: LORA },
              { path: 'harbour_style.safetensors', content: STYLE },
            ],
          },
        ],
        civitai: [
          {
            id: 7,
            name: 'Harbour VAE',
            type: 'VAE',
            versions: [{ id: 70, name: 'v1', files: [{ id: 700, name: 'harbour_vae.safetensors', content: VAE }] }],
          },
        ],
        manager: NO_LISTED_MODELS,
        releases: [{ repository: 'studio/tools', tag: 'v1', name: 'harbour_control.safetensors', content: CONTROL }],
      },
      { bytesPerSecond: 2_000_000, latencyMs: 10 },
    );
    sandbox = await makeSandbox({ endpoints: hub.endpoints });
    await sandbox.writeModel('loras/old/harbour_style.safetensors', STYLE.read(0, STYLE.sizeBytes));
    await sandbox.writeWorkflow(
      'harbour/night.json',
      workflowWith(
        [
          {
            name: 'harbour_lora.safetensors',
            directory: 'loras',
            url: 'https://huggingface.co/studio/harbour/resolve/main/loras/harbour_lora.safetensors',
          },
          { name: 'harbour_vae.safetensors', directory: 'vae', hash: VAE.sha256 },
          {
            name: 'harbour_control.safetensors',
            directory: 'controlnet',
            url: 'https://github.com/studio/tools/releases/download/v1/harbour_control.safetensors',
          },
          {
            name: 'harbour_style.safetensors',
            directory: 'loras',
            url: 'https://huggingface.co/studio/harbour/blob/main/harbour_style.safetensors',
          },
        ],
        ['HarbourFogMachine'],
      ),
    );
    sight = await watch(sandbox, ['auto']);
  });
  afterAll(async () => {
    await hub?.stop();
    await sandbox?.[Symbol.asyncDispose]();
  });

  test('sees every phase in order, and never a broken JSON', () => {
    expect(sight.broken).toEqual([]);
    expect(distinct(sight.seen.map((status) => status.phase))).toEqual(['scanning', 'resolving', 'downloading', 'complete']);
  });

  test('sees every field of the contract at every moment, of one run', () => {
    for (const status of sight.seen) STATUS.parse(status);
    expect(new Set(sight.seen.map((status) => status.run_id)).size).toBe(1);
    expect(new Set(sight.seen.map((status) => status.command))).toEqual(new Set(['auto']));
  });

  test('sees timestamps that move, and never back', () => {
    const times = sight.seen.map((status) => Date.parse(status.timestamp));
    expect(new Set(times).size).toBeGreaterThan(1);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('sees bytes come in, with their speed', () => {
    const moving = sight.seen.filter((status) => status.phase === 'downloading' && status.data.downloads.length > 0);
    const steps = distinct(moving.map((status) => status.data.bytes_done));
    expect(steps.length).toBeGreaterThanOrEqual(3);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(moving.some(({ data }) => data.bytes_per_second > 0)).toBe(true);
    expect(moving.at(-1)?.data).toMatchObject({
      current_download: 'harbour_lora.safetensors',
      downloads: [{ filename: 'harbour_lora.safetensors', bytes_total: LORA.sizeBytes }],
    });
  });

  test('sees no more than four writes a second beside the changes of phase', () => {
    const downloading = sight.seen.filter((status) => status.phase === 'downloading');
    const writes = distinct(downloading.map((status) => JSON.stringify(status))).length;
    const seconds = (downloading.length * 10) / 1000 + 1;
    expect(writes).toBeLessThanOrEqual(4 * seconds * 1.5 + 2);
  });

  test('reads the counts of the contract at the end, and exit code 0', () => {
    expect(sight.result.exitCode).toBe(0);
    expect(sight.seen.at(-1)).toMatchObject({
      phase: 'complete',
      progress: { percent: 100 },
      errors: [],
      data: {
        workflows_scanned: 1,
        local_models: 1,
        missing_models: 4,
        missing_nodes: 1,
        civitai_matches: 1,
        huggingface_matches: 1,
        direct_matches: 1,
        local_matches: 1,
        not_found: 0,
        needs_review: 0,
        downloads_successful: 4,
        downloads_failed: 0,
        current_download: null,
        bytes_per_second: 0,
        eta_seconds: null,
        downloads: [],
      },
    });
  });

  test('reads required_models.json and missing_models.json as promised, sorted', async () => {
    const required = z.array(REQUIREMENT).parse(await sandbox.readState('output/required_models.json'));
    expect(required.map((item) => `${item.directory}/${item.filename}`)).toEqual([
      'controlnet/harbour_control.safetensors',
      'loras/harbour_lora.safetensors',
      'loras/harbour_style.safetensors',
      'vae/harbour_vae.safetensors',
    ]);
    expect(required[1]).toMatchObject({
      subfolder: '',
      expected_type: 'lora',
      state: 'missing',
      urls: [{ url: 'https://huggingface.co/studio/harbour/resolve/main/loras/harbour_lora.safetensors', from: 'properties' }],
      workflow: 'harbour/night.json',
      node_type: 'LoraLoaderModelOnly',
      node_id: 1,
      references: [
        {
          workflow_path: join(sandbox.workflowsDir, 'harbour/night.json'),
          input: 'lora_name',
          written: 'harbour_lora.safetensors',
          from: 'widget',
          active: true,
        },
      ],
    });
    expect(required[2]).toMatchObject({ state: 'misplaced', found_at: join(sandbox.root, 'models/loras/old/harbour_style.safetensors') });
    expect(await sandbox.readState('output/missing_models.json')).toEqual(await sandbox.readState('output/required_models.json'));
  });

  test('reads missing_nodes.json as promised', async () => {
    const nodes = z.array(MISSING_NODE).parse(await sandbox.readState('output/missing_nodes.json'));
    expect(nodes).toMatchObject([{ node_type: 'HarbourFogMachine', workflows: ['harbour/night.json'], pack: null }]);
  });

  test('reads resolutions.json as promised: who has it, by which proof, and where it goes', async () => {
    const resolutions = z.array(RESOLUTION).parse(await sandbox.readState('output/resolutions.json'));
    const place = (path: string): string => join(sandbox.root, 'models', path);
    expect(resolutions.map(({ source, proof, accepted, save_path }) => [source, proof, accepted, save_path])).toEqual([
      ['direct', 'link', true, place('controlnet/harbour_control.safetensors')],
      ['huggingface', 'link', true, place('loras/harbour_lora.safetensors')],
      ['local', expect.stringMatching(/^(hash|link|name)$/), true, place('loras/harbour_style.safetensors')],
      ['civitai', 'hash', true, place('vae/harbour_vae.safetensors')],
    ]);
    expect(resolutions[1]).toMatchObject({
      repo_id: 'studio/harbour',
      repo_path: 'loras/harbour_lora.safetensors',
      size_bytes: LORA.sizeBytes,
      sha256: LORA.sha256,
      unchecked: [],
    });
    expect(resolutions[3]).toMatchObject({ model_id: 7, version_id: 70, sha256: VAE.sha256 });
  });

  test('reads downloads.json as promised: everything in place and verified', async () => {
    const records = z.array(DOWNLOAD).parse(await sandbox.readState('output/downloads.json'));
    expect(records.map(({ filename, status, error }) => [filename, status, error])).toEqual([
      ['harbour_control.safetensors', 'downloaded', null],
      ['harbour_lora.safetensors', 'downloaded', null],
      ['harbour_style.safetensors', 'linked', null],
      ['harbour_vae.safetensors', 'downloaded', null],
    ]);
    expect(records.map(({ verified }) => verified)).not.toContain(null);
    const contents = [CONTROL, LORA, STYLE, VAE];
    expect(records.map(({ bytes }) => bytes)).toEqual(contents.map((content) => content.sizeBytes));
    expect(records.map(({ save_path }) => sha256Of(save_path ?? ''))).toEqual(contents.map((content) => content.sha256));
    for (const [index, { sha256 }] of records.entries()) if (sha256 !== null) expect(sha256).toBe(contents[index]?.sha256 ?? '');
  });

  test('finds nothing in the models folders but whole models', () => {
    expect(listFiles(join(sandbox.root, 'models'))).toEqual([
      'controlnet/harbour_control.safetensors',
      'loras/harbour_lora.safetensors',
      'loras/harbour_style.safetensors',
      'loras/old/harbour_style.safetensors',
      'vae/harbour_vae.safetensors',
    ]);
  });

  test('finds a summary with links and sizes, and what to do next', () => {
    const summary = readFileSync(join(sandbox.stateDir, 'output/summary_report.md'), 'utf8');
    expect(summary).toContain('2.5 MB');
    expect(summary).toContain('https://huggingface.co/studio/harbour/');
    expect(summary).toContain('HarbourFogMachine');
    expect(summary).toContain('## What to do next');
  });

  test('finds one log for each phase, with lines as promised', () => {
    const logs = readLogs(sandbox);
    expect(logs.map(({ name }) => name.split('_')[0])).toEqual(['download', 'resolve', 'scan']);
    for (const { name, text } of logs) {
      expect(name).toMatch(LOG_NAME);
      for (const line of text.trimEnd().split('\n')) expect(line).toMatch(LOG_LINE);
    }
  });

  test('finds structured lines for everything that happened', () => {
    const [download, resolve, scan] = readLogs(sandbox).map(({ text }) => readActions(text).map(({ action }) => action));
    expect(scan).toEqual(['workflow_parsed', 'model_missing', 'model_missing', 'model_missing', 'model_missing']);
    expect(resolve).toEqual(['model_found', 'model_found', 'model_found', 'model_found']);
    expect(download?.filter((action) => action === 'download_started')).toHaveLength(4);
    expect(download?.filter((action) => action === 'download_completed')).toHaveLength(3);
    expect(download?.filter((action) => action === 'model_linked')).toHaveLength(1);
  });

  test('a person reads the same story on stdout', () => {
    const lines = sight.result.stdout.trimEnd().split('\n');
    expect(lines.slice(0, 10)).toEqual([
      '=== ComfyFixerSmart ===',
      'Phase: Scanning workflows...',
      '  Found 1 workflow',
      '  Found 1 local model',
      '  Missing: 4 models',
      '  Missing: 1 custom node type',
      'Phase: Resolving on Civitai/HuggingFace...',
      '  Civitai: 1/4 found',
      '  HuggingFace: 1/4 found',
      '  Other links: 1/4 found',
    ]);
    expect(sight.result.stdout).toMatch(/\n {2}\[\d\/4\] harbour_lora\.safetensors ████████ 100% {2}2\.5 MB {2}[\d.]+ [kM]B\/s\n/);
    expect(lines.at(-1)).toBe('✓ Complete! Downloaded 4/4 models');
  });
});

describe('when one model is nowhere and one comes with other bytes', () => {
  let hub: TestHub;
  let sandbox: Sandbox;
  let sight: Sight;
  beforeAll(async () => {
    hub = await startTestHub({
      manager: NO_LISTED_MODELS,
      huggingface: [
        {
          id: 'studio/harbour',
          files: [
            { path: 'harbour_lora.safetensors', content: CONTROL },
            { path: 'harbour_vae.safetensors', content: VAE },
          ],
        },
      ],
    });
    hub.inject({ service: 'storage', path: 'harbour_vae' }, corruptBytes());
    sandbox = await makeSandbox({ endpoints: hub.endpoints });
    const link = (name: string): string => `https://huggingface.co/studio/harbour/resolve/main/${name}`;
    await sandbox.writeWorkflow(
      'a.json',
      workflowWith([
        { name: 'harbour_lora.safetensors', directory: 'loras', url: link('harbour_lora.safetensors') },
        { name: 'harbour_vae.safetensors', directory: 'vae', url: link('harbour_vae.safetensors') },
        { name: 'nobody_has_this_qzx.safetensors', directory: 'loras' },
      ]),
    );
    sight = await watch(sandbox, ['auto']);
  }, 60_000);
  afterAll(async () => {
    await hub?.stop();
    await sandbox?.[Symbol.asyncDispose]();
  });

  test('the run is complete all the same, with exit code 1 and errors that say what to do', () => {
    expect(sight.result.exitCode).toBe(1);
    expect(sight.broken).toEqual([]);
    const last = STATUS.parse(sight.seen.at(-1));
    expect(last.phase).toBe('complete');
    expect(last.data).toMatchObject({
      missing_models: 3,
      huggingface_matches: 2,
      not_found: 1,
      downloads_successful: 1,
      downloads_failed: 1,
    });
    expect(last.errors.map(({ error, filename }) => [error, filename])).toEqual([
      ['Model not found on Civitai or HuggingFace', 'nobody_has_this_qzx.safetensors'],
      ['Download failed: checksum mismatch', 'harbour_vae.safetensors'],
    ]);
  });

  test('output/ tells each of the three apart, and the summary says what is left', async () => {
    const resolutions = z.array(RESOLUTION).parse(await sandbox.readState('output/resolutions.json'));
    expect(resolutions.find((item) => item.filename.startsWith('nobody'))).toMatchObject({
      source: 'not_found',
      proof: null,
      accepted: false,
      download_url: null,
      unchecked: [],
    });
    const records = z.array(DOWNLOAD).parse(await sandbox.readState('output/downloads.json'));
    expect(records.find((item) => item.filename === 'harbour_vae.safetensors')).toMatchObject({ status: 'failed', verified: null });
    expect(records.find((item) => item.filename === 'harbour_lora.safetensors')).toMatchObject({ status: 'downloaded' });
    const summary = readFileSync(join(sandbox.stateDir, 'output/summary_report.md'), 'utf8');
    expect(summary).toContain('## Not downloaded');
    expect(summary).toContain('## Unresolved');
    expect(summary).toContain('run `resume`');
  });

  test('the model that came with other bytes has no file under its name', () => {
    const files = listFiles(join(sandbox.root, 'models'));
    expect(files).toContain('loras/harbour_lora.safetensors');
    expect(files).not.toContain('vae/harbour_vae.safetensors');
  });

  test('the log has the failures as structured lines', () => {
    const [download, resolve] = readLogs(sandbox).map(({ text }) => readActions(text));
    expect(download?.filter(({ action }) => action === 'download_failed')).toMatchObject([
      { details: { filename: 'harbour_vae.safetensors' } },
    ]);
    expect(resolve?.filter(({ action }) => action === 'model_not_found')).toMatchObject([
      { details: { filename: 'nobody_has_this_qzx.safetensors' } },
    ]);
  });

  test('resume fetches what failed and nothing else, and asks again for the one that nobody had', async () => {
    hub.heal();
    hub.requests.length = 0;
    const result = await sandbox.run(['resume']);
    expect(result.exitCode).toBe(1);
    expect(sha256Of(join(sandbox.root, 'models/vae/harbour_vae.safetensors'))).toBe(VAE.sha256);
    const fetched = hub.requests.filter((request) => request.service === 'storage');
    expect(fetched.filter((request) => !request.path.includes('harbour_vae'))).toEqual([]);
    expect(hub.requests.some((request) => request.path.includes('nobody'))).toBe(true);
    expect(await sandbox.run(['status', '--json']).then(({ stdout }) => JSON.parse(stdout))).toMatchObject({
      phase: 'complete',
      command: 'resume',
    });
  });
});
