import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type PromptComfy, startPromptComfy } from '../helpers/comfy-prompts.ts';
import { catalogueWith, openStage, type WatchStage, workflowFor } from '../watch/kit.ts';
import { until } from './kit.ts';

/** Downloads and pauses take their time, and the machine may have other things to do. */
setDefaultTimeout(40_000);

const NODES = { LoraLoaderModelOnly: { lora_name: 'loras' } };

/** A stage beside a running ComfyUI. */
async function openLive(names: readonly string[]): Promise<{ stage: WatchStage; comfy: PromptComfy } & AsyncDisposable> {
  const stage = await openStage(catalogueWith(names));
  const comfy = startPromptComfy(stage.sandbox.root, NODES);
  await stage.sandbox.writeConfig({ comfyui_url: comfy.url });
  const dispose = async (): Promise<void> => {
    await stage[Symbol.asyncDispose]();
    await comfy.stop();
  };
  return { stage, comfy, [Symbol.asyncDispose]: dispose };
}

function graphFor(name: string): Record<string, unknown> {
  return { '1': { class_type: 'LoraLoaderModelOnly', inputs: { lora_name: name, strength_model: 1 } } };
}

function promptsOf(stage: WatchStage): string[] {
  const folder = join(stage.sandbox.stateDir, '.comfy-fixer.prompts');
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe.concurrent('watch beside a running ComfyUI', () => {
  test('says that ComfyUI sees a model that was fetched', async () => {
    await using live = await openLive(['a.safetensors']);
    const { stage, comfy } = live;
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await stage.untilIdle();
    await until('the node is asked', () => comfy.requests.includes('/object_info/LoraLoaderModelOnly'));
    const { stderr } = await stage.end();
    expect(stderr).toContain(`ComfyUI runs at ${comfy.url}`);
    expect(stderr).toContain('ComfyUI sees it: a.safetensors');
  });

  test('says so when ComfyUI does not list a model that was fetched', async () => {
    await using live = await openLive(['a.safetensors']);
    const { stage, comfy } = live;
    comfy.freeze();
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await until('the node is asked often', () => comfy.requests.filter((path) => path.startsWith('/object_info/')).length >= 4);
    const { stderr } = await stage.end();
    expect(stderr).toContain('a.safetensors: ComfyUI does not list it');
  });

  test('fetches what a prompt failed for, and forgets the prompt then', async () => {
    await using live = await openLive(['a.safetensors']);
    const { stage, comfy } = live;
    const content = { 'a.safetensors': 'https://huggingface.co/studio/watched/resolve/main/a.safetensors' };
    await stage.sandbox.writeConfig({ comfyui_url: comfy.url, overrides: content });
    await stage.start();
    await until('watch listens', () => comfy.listeners() === 1);
    comfy.fail('7f0c', graphFor('a.safetensors'));
    await stage.untilLora('a.safetensors');
    await until('the prompt is forgotten', () => promptsOf(stage).length === 0);
    expect(stage.hasLora('a.safetensors')).toBe(true);
  });

  test('fetches what a prompt was refused for, as ComfyUI words it, and what failed before watch began', async () => {
    await using live = await openLive(['a.safetensors', 'b.safetensors']);
    const { stage, comfy } = live;
    const link = 'https://huggingface.co/studio/watched/resolve/main';
    await stage.sandbox.writeConfig({
      comfyui_url: comfy.url,
      overrides: { 'a.safetensors': `${link}/a.safetensors`, 'b.safetensors': `${link}/b.safetensors` },
    });
    comfy.fail('before', graphFor('b.safetensors'));
    await stage.start();
    await stage.untilLora('b.safetensors');
    await until('watch listens', () => comfy.listeners() === 1);
    const answer = await fetch(`${comfy.url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt: graphFor('a.safetensors') }) });
    expect(answer.status).toBe(400);
    comfy.send({ type: 'prompt_refused', data: await answer.json() });
    await stage.untilLora('a.safetensors');
  });

  test('finds a ComfyUI again that was restarted, without a word of complaint', async () => {
    await using live = await openLive([]);
    const { stage, comfy } = live;
    await stage.start();
    await until('watch listens', () => comfy.listeners() === 1);
    await comfy.stop();
    comfy.restart();
    await until('watch listens again', () => comfy.listeners() === 1);
    expect(stage.status().errors).toEqual([]);
    const { stderr } = await stage.end();
    expect(stderr).not.toContain('✗');
  });

  test('gets along with messages that are none, bytes, and odd shapes', async () => {
    await using live = await openLive(['a.safetensors']);
    const { stage, comfy } = live;
    await stage.start();
    await until('watch listens', () => comfy.listeners() === 1);
    for (const odd of [null, 1, 'text', [], {}, { data: { node_errors: [] } }, { node_errors: { 1: { class_type: 7, errors: {} } } }])
      comfy.send(odd);
    const unsafe = {
      class_type: 'LoraLoaderModelOnly',
      errors: [{ type: 'value_not_in_list', extra_info: { input_name: 'lora_name', received_value: '../../x.safetensors' } }],
    };
    comfy.send({ data: { prompt_id: '../../../x', node_errors: { 1: unsafe } } });
    comfy.send({ type: 'execution_error', data: { prompt_id: '../../x' } });
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.untilLora('a.safetensors');
    await until('nothing is kept of it', () => promptsOf(stage).length === 0);
  });
});
