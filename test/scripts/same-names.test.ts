import { expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { modelContent, NO_LISTED_MODELS, sha256Of, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const NAME = 'diffusion_pytorch_model.safetensors';
const [CONTROL, VAE] = [modelContent('quay_control'), modelContent('quay_vae')];
const linkOf = (repository: string) => `https://huggingface.co/${repository}/resolve/main/${NAME}`;
const [CONTROL_LINK, VAE_LINK] = [linkOf('one/control'), linkOf('two/vae')];

async function startWorld() {
  const hub = await startTestHub({
    manager: NO_LISTED_MODELS,
    huggingface: [
      { id: 'one/control', files: [{ path: NAME, content: CONTROL }] },
      { id: 'two/vae', files: [{ path: NAME, content: VAE }] },
    ],
  });
  const sandbox = await makeSandbox({ endpoints: hub.endpoints });
  const dispose = async (): Promise<void> => {
    await hub.stop();
    await sandbox[Symbol.asyncDispose]();
  };
  return { sandbox, [Symbol.asyncDispose]: dispose };
}

const modelAt = (sandbox: Sandbox, folder: string) => join(sandbox.root, 'models', folder, NAME);

test.each([undefined, CONTROL.sha256])('two nodes with files of one name get each its own, the hash of one being %p', async (hash) => {
  await using world = await startWorld();
  const { sandbox } = world;
  const control = { name: NAME, directory: 'controlnet' as const, url: CONTROL_LINK, ...(hash ? { hash } : {}) };
  await sandbox.writeWorkflow('both.json', workflowWith([control, { name: NAME, directory: 'vae', url: VAE_LINK }]));
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);
  expect(sha256Of(modelAt(sandbox, 'controlnet'))).toBe(CONTROL.sha256);
  expect(sha256Of(modelAt(sandbox, 'vae'))).toBe(VAE.sha256);
});

test('two workflows with different links for one file wait for review; a pick settles it', async () => {
  await using world = await startWorld();
  const { sandbox } = world;
  await sandbox.writeWorkflow('left.json', workflowWith([{ name: NAME, directory: 'vae', url: CONTROL_LINK }]));
  await sandbox.writeWorkflow('right.json', workflowWith([{ name: NAME, directory: 'vae', url: VAE_LINK }]));
  const { exitCode } = await sandbox.run(['auto', '--yes']);
  expect(exitCode).toBe(1);
  expect(existsSync(modelAt(sandbox, 'vae'))).toBeFalse();
  const [resolution] = (await sandbox.readState('output/resolutions.json')) as {
    accepted: boolean;
    reason: string;
    candidates: object[];
  }[];
  expect(resolution).toMatchObject({ accepted: false, candidates: [{ repo_id: 'one/control' }, { repo_id: 'two/vae' }] });
  expect(resolution?.reason).toContain('two workflows name different files for this name: left.json leads to one/control');
  expect((await sandbox.run(['resolve', '--pick', `${NAME}=2`])).exitCode).toBe(0);
  expect((await sandbox.run(['download'])).exitCode).toBe(0);
  expect(sha256Of(modelAt(sandbox, 'vae'))).toBe(VAE.sha256);
});
