import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { RESOLUTION } from './contract.ts';
import { fingerprint, listFiles, modelContent, NO_LISTED_MODELS, sha256Of, statusOf, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const NEAR = modelContent('near_lora');
const WANTED = 'dusk_over_harbour_styles.safetensors';

describe('a model that only resembles what somebody has', () => {
  let hub: TestHub;
  let sandbox: Sandbox;
  const target = (): string => join(sandbox.root, 'models/loras', WANTED);
  beforeAll(async () => {
    hub = await startTestHub({
      manager: NO_LISTED_MODELS,
      civitai: [
        {
          id: 11,
          name: 'Dusk over harbour style',
          type: 'LORA',
          downloads: 900,
          versions: [{ id: 110, name: 'v1', files: [{ id: 1100, name: 'dusk_over_harbour_style.safetensors', content: NEAR }] }],
        },
      ],
    });
    sandbox = await makeSandbox({ endpoints: hub.endpoints });
    await sandbox.writeWorkflow('dusk.json', workflowWith([{ name: WANTED, directory: 'loras' }]));
  });
  afterAll(async () => {
    await hub?.stop();
    await sandbox?.[Symbol.asyncDispose]();
  });

  test('is not fetched: it waits for review with its candidates, exit code 1', async () => {
    const { exitCode, stdout } = await sandbox.run(['auto']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('  Waiting for review: 1/1\n');
    expect(stdout).toMatch(/\n {4}1\. dusk_over_harbour_style\.safetensors \(civitai: /);
    const [item] = z.array(RESOLUTION).parse(await sandbox.readState('output/resolutions.json'));
    expect(item).toMatchObject({ accepted: false, proof: 'fuzzy', candidates: [{ filename: 'dusk_over_harbour_style.safetensors' }] });
    expect(statusOf(sandbox)).toMatchObject({ phase: 'complete', data: { needs_review: 1, not_found: 0, civitai_matches: 0 } });
    expect(listFiles(join(sandbox.root, 'models'))).toEqual([]);
  });

  test('resume has nothing to do but to say who has to decide', async () => {
    const before = fingerprint(join(sandbox.stateDir, 'output'));
    const { exitCode, stdout } = await sandbox.run(['resume']);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('resolve --pick')]);
    expect(fingerprint(join(sandbox.stateDir, 'output'))).toEqual(before);
  });

  test('a pick by number settles it, and download brings it under the name that the workflow has', async () => {
    expect((await sandbox.run(['resolve', '--pick', `${WANTED}=1`])).exitCode).toBe(0);
    expect((await sandbox.run(['download'])).exitCode).toBe(0);
    expect(sha256Of(target())).toBe(NEAR.sha256);
  });

  test('--yes accepts it when it is like enough, and not otherwise', async () => {
    await rm(target(), { force: true });
    await sandbox.writeConfig({ search: { fuzzy_threshold: 1 } });
    expect((await sandbox.run(['auto', '--yes', '--state-dir', join(sandbox.dir, 'strict')])).exitCode).toBe(1);
    expect(await Bun.file(target()).exists()).toBe(false);
    await sandbox.writeConfig({ search: { fuzzy_threshold: 0.3 } });
    expect((await sandbox.run(['resume', '--yes', '--state-dir', join(sandbox.dir, 'strict')])).exitCode).toBe(0);
    expect(sha256Of(target())).toBe(NEAR.sha256);
  });

  test('an override in config.json goes before every search', async () => {
    await rm(target(), { force: true });
    await sandbox.writeConfig({ overrides: { [WANTED]: { url: 'https://civitai.com/api/download/models/110', sha256: NEAR.sha256 } } });
    expect((await sandbox.run(['auto', '--state-dir', join(sandbox.dir, 'override')])).exitCode).toBe(0);
    expect(sha256Of(target())).toBe(NEAR.sha256);
  });

  test('an override with another sha256 brings nothing', async () => {
    await rm(target(), { force: true });
    const overrides = { [WANTED]: { url: 'https://civitai.com/api/download/models/110', sha256: 'ab'.repeat(32) } };
    await sandbox.writeConfig({ overrides });
    const { exitCode } = await sandbox.run(['auto', '--state-dir', join(sandbox.dir, 'wrong')]);
    expect([exitCode, listFiles(join(sandbox.root, 'models')).filter((path) => path.endsWith(WANTED))]).toEqual([1, []]);
  });
});
