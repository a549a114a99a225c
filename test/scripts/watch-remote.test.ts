import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeComfyOptions, startFakeComfy } from '../helpers/comfy.ts';
import { type PromptComfy, startPromptComfy } from '../helpers/comfy-prompts.ts';
import { catalogueWith, openStage, type WatchStage, workflowFor } from '../watch/kit.ts';
import { modelContent, until } from './kit.ts';

/** Downloads and pauses take their time, and the machine may have other things to do. */
setDefaultTimeout(40_000);

function putModel(path: string, name: string): Promise<number> {
  const content = modelContent(name);
  return Bun.write(path, Uint8Array.from(content.read(0, content.sizeBytes)));
}

/** Names of LoRAs that the hub was asked for. */
function asked(stage: WatchStage): string[] {
  return [...new Set(stage.hub.requests.flatMap(({ path }) => /\/([\w-]+\.safetensors)/.exec(path)?.[1] ?? []))].sort();
}

test('a ComfyUI on another machine with its models on a share sees what is fetched into the share', async () => {
  await using stage = await openStage(catalogueWith(['theirs.safetensors', 'new.safetensors']));
  const { root } = stage.sandbox;
  const share = join(root, 'models/loras');
  const remote: FakeComfyOptions = {
    root,
    argv: [],
    experimental: false,
    get nodes() {
      return { LoraLoaderModelOnly: { required: { lora_name: [readdirSync(share)] } } };
    },
  };
  await putModel(stage.loraPath('theirs.safetensors'), 'theirs.safetensors');
  await using comfy = startFakeComfy(remote);
  await stage.sandbox.writeConfig({ comfyui_url: comfy.url });
  await stage.start();
  await stage.sandbox.writeWorkflow('a.json', workflowFor('theirs.safetensors', 'new.safetensors'));
  await stage.untilLora('new.safetensors');
  await stage.untilIdle();
  await until('the node is asked', () => comfy.requests.includes('/object_info/LoraLoaderModelOnly'));
  const { stderr } = await stage.end();
  expect(stderr).toContain('ComfyUI sees it: new.safetensors');
  expect(asked(stage)).toEqual(['new.safetensors']);
});

describe.concurrent('a ComfyUI on another machine with models of its own', () => {
  /** A stage whose ComfyUI runs elsewhere and has `theirs.safetensors`, which the hub has too. */
  async function openRemote(): Promise<{ stage: WatchStage; comfy: PromptComfy; theirFolder: string } & AsyncDisposable> {
    const stage = await openStage(catalogueWith(['theirs.safetensors', 'new.safetensors']));
    const elsewhere = join(stage.sandbox.dir, 'elsewhere');
    const theirFolder = join(elsewhere, 'models/loras');
    await putModel(join(theirFolder, 'theirs.safetensors'), 'theirs.safetensors');
    const comfy = startPromptComfy(elsewhere, { LoraLoaderModelOnly: { lora_name: 'loras' } });
    await stage.sandbox.writeConfig({ comfyui_url: comfy.url });
    const dispose = async (): Promise<void> => {
      await stage[Symbol.asyncDispose]();
      await comfy.stop();
    };
    return { stage, comfy, theirFolder, [Symbol.asyncDispose]: dispose };
  }

  test('is believed on what it has; a model that it does not see where it came is told of once, until it sees it', async () => {
    await using remote = await openRemote();
    const { stage, theirFolder } = remote;
    await stage.sandbox.writeWorkflow('a.json', workflowFor('theirs.safetensors', 'new.safetensors'));
    await stage.start();
    await stage.untilLora('new.safetensors');
    const { queue, errors } = await until(
      'it is told',
      () => stage.status().errors.some(({ code }) => code === 'model_unseen') && stage.status(),
    );
    expect(errors).toMatchObject([{ filename: 'new.safetensors', details: expect.stringContaining(stage.loraPath('new.safetensors')) }]);
    expect(queue).toMatchObject([{ filename: 'new.safetensors', stage: 'retry', attempts: 1 }]);
    expect(asked(stage)).toEqual(['new.safetensors']);
    await putModel(join(theirFolder, 'new.safetensors'), 'new.safetensors');
    await putModel(stage.loraPath('other.safetensors'), 'other.safetensors');
    await stage.untilIdle();
    expect(stage.status().errors).toEqual([]);
    const { stderr } = await stage.end();
    expect(stderr.match(/does not list it/g)).toHaveLength(1);
  });

  test('that goes away has not lost its models: none of them is fetched', async () => {
    await using remote = await openRemote();
    const { stage, comfy } = remote;
    await stage.start();
    await until('watch listens', () => comfy.listeners() === 1);
    await comfy.stop();
    await stage.sandbox.writeWorkflow('a.json', workflowFor('theirs.safetensors', 'new.safetensors'));
    await stage.untilLora('new.safetensors');
    await until('nothing is under way', () => stage.status().phase === 'idle' && stage.status().data.workflows_scanned === 1);
    expect(existsSync(stage.loraPath('theirs.safetensors'))).toBe(false);
    expect(asked(stage)).toEqual(['new.safetensors']);
    const { stderr } = await stage.end();
    expect(stderr).toContain(`ComfyUI at ${comfy.url} has ended`);
  });
});
