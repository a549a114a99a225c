import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { z } from 'zod';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { RESOLUTION } from './contract.ts';
import { listFiles, modelContent, NO_LISTED_MODELS, statusOf, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const LONG = `${'l'.repeat(232)}.safetensors`;
/** A name, the words for what is wrong with it, and one that would do. */
const NAMES = [
  ['con.safetensors', 'the name of a device on Windows', 'con_model.safetensors'],
  ['ev:il.safetensors', 'holds a colon', 'ev_il.safetensors'],
  [LONG, 'longer than 240 bytes', `${'l'.repeat(120)}.safetensors`],
] as const;
const linkOf = (name: string): string => `https://huggingface.co/studio/harbour/resolve/main/${encodeURIComponent(name)}`;

describe('models that are found and cannot be saved under their names', () => {
  let hub: TestHub;
  let sandbox: Sandbox;
  const models = (): string[] => listFiles(join(sandbox.root, 'models'));
  beforeAll(async () => {
    const files = NAMES.map(([path]) => ({ path, content: modelContent(path.slice(0, 20)) }));
    hub = await startTestHub({ manager: NO_LISTED_MODELS, huggingface: [{ id: 'studio/harbour', files }] });
    sandbox = await makeSandbox({ endpoints: hub.endpoints });
    const named = NAMES.map(([name]) => ({ name, directory: 'loras' as const, url: linkOf(name) }));
    await sandbox.writeWorkflow('harbour.json', workflowWith([...named, { name: 'nul.safetensors', directory: 'loras' }]));
  });
  afterAll(async () => {
    await hub?.stop();
    await sandbox?.[Symbol.asyncDispose]();
  });

  test('are left with exit code 1; what is wrong with each, where it is needed and what helps is said on the terminal', async () => {
    const { exitCode, stdout, stderr } = await sandbox.run(['auto']);
    expect([exitCode, models()]).toEqual([1, []]);
    for (const [name, wrong, other] of NAMES) {
      const [, said = '', hint = ''] =
        stderr
          .split(`✗ ${name}: `)[1]
          ?.split('\n')
          .slice(0, 2)
          .join('\n')
          .match(/^(.*)\n(.*)$/) ?? [];
      expect(said).toContain('Model cannot be saved under its name');
      expect(said).toContain(wrong);
      expect(said).toMatch(/needed by node \d+ \(LoraLoaderModelOnly\) of harbour\.json/);
      expect(hint).toContain(`Save ${linkOf(name)} as ${join(sandbox.root, 'models/loras', other)} yourself`);
      expect(hint).toContain(`resolve --pick "${other}=URL"`);
    }
    expect(stdout).toContain('it cannot be saved under this name');
    expect(stdout + stderr).not.toContain('--pick "con.safetensors=');
  });

  test('one that nobody has is said to have no usable name, since finding it would not help', () => {
    const errors = statusOf(sandbox)?.errors.filter(({ filename }) => filename === 'nul.safetensors');
    expect(errors?.map(({ code }) => code)).toEqual(['model_name_unusable']);
  });

  test('stand in status.json and in the summary, which sends nobody to --pick', async () => {
    for (const [name, wrong] of NAMES) {
      const error = statusOf(sandbox)?.errors.find(({ filename }) => filename === name);
      expect(error).toMatchObject({ code: 'model_name_unusable', details: expect.stringContaining(wrong) });
    }
    const summary = await Bun.file(join(sandbox.stateDir, 'output/summary_report.md')).text();
    expect(summary).toContain('## Cannot be saved');
    expect(summary).toContain('- Give 4 models that cannot be saved another name');
    expect(summary).not.toContain('## Waiting for review');
    expect(summary).not.toContain('--pick');
  });

  test('resolve alone says what is to be done, and a pick changes nothing', async () => {
    const { exitCode, stdout, stderr } = await sandbox.run(['resolve', '--pick', 'con.safetensors=1']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('Next: mend in the workflow what cannot be saved');
    expect(stdout).not.toContain('--pick "NAME');
    expect(stderr).not.toContain('leads to no file');
    const items = z.array(RESOLUTION).parse(await sandbox.readState('output/resolutions.json'));
    expect(items.map(({ accepted, save_path }) => [accepted, save_path])).toEqual(items.map(() => [false, null]));
  });

  test('what the hint says helps: another name in the node, and a pick for that', async () => {
    await sandbox.writeWorkflow('harbour.json', workflowWith([{ name: 'con_model.safetensors', directory: 'loras' }]));
    expect((await sandbox.run(['scan'])).exitCode).toBe(0);
    const pick = `con_model.safetensors=${linkOf('con.safetensors')}`;
    expect((await sandbox.run(['resolve', '--pick', pick])).exitCode).toBe(0);
    expect((await sandbox.run(['download'])).exitCode).toBe(0);
    expect(models()).toEqual(['loras/con_model.safetensors']);
  });
});
