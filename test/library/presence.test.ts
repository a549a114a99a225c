import { expect, test } from 'bun:test';
import { utimes } from 'node:fs/promises';

import { judgePresence } from '../../lib/library/presence.ts';
import type { Presence } from '../../lib/library/presence.ts';
import { StructureCache } from '../../lib/library/structure-cache.ts';
import { listModels } from '../../lib/library/walk.ts';
import { makeTree, safetensors } from '../comfy/kit.ts';

const KEYS = ['loras', 'vae', 'checkpoints', 'diffusion_models', 'embeddings', 'diffusers', 'text_encoders'];
const LORA = safetensors(['lora_unet_x.lora_up.weight', 'lora_unet_x.lora_down.weight']);
const VAE = safetensors(['encoder.conv_in.weight', 'decoder.conv_in.weight']);

interface Wanted {
  directory: string | null;
  name: string;
}

async function judge(
  files: Record<string, string | Uint8Array>,
  { directory, name }: Wanted,
): Promise<Presence & { relative: string | null }> {
  await using tree = await makeTree(files);
  const index = await listModels({ folders: new Map(KEYS.map((key) => [key, { roots: [tree.path(key)] }])) });
  const slash = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
  const wanted = { directory, filename: name.slice(slash + 1), subfolder: name.slice(0, Math.max(0, slash)) };
  const presence = await judgePresence(wanted, index, new StructureCache());
  return { ...presence, relative: presence.foundAt?.slice(tree.root.length + 1) ?? null };
}

type Case = [name: string, files: Record<string, string | Uint8Array>, wanted: Wanted, state: Presence['state'], at: string | null];

const CASES: Case[] = [
  [
    'a whole file in its folder is present',
    { 'loras/a.safetensors': LORA },
    { directory: 'loras', name: 'a.safetensors' },
    'present',
    'loras/a.safetensors',
  ],
  [
    'its subfolder with a backslash is the same',
    { 'loras/s/a.safetensors': LORA },
    { directory: 'loras', name: String.raw`s\a.safetensors` },
    'present',
    'loras/s/a.safetensors',
  ],
  [
    'a file that is cut off is damaged',
    { 'loras/a.safetensors': LORA.subarray(0, -1) },
    { directory: 'loras', name: 'a.safetensors' },
    'damaged',
    'loras/a.safetensors',
  ],
  ['nothing is missing', {}, { directory: 'loras', name: 'a.safetensors' }, 'missing', null],
  [
    'another subfolder is misplaced',
    { 'loras/old/a.safetensors': LORA },
    { directory: 'loras', name: 'a.safetensors' },
    'misplaced',
    'loras/old/a.safetensors',
  ],
  [
    'the folder above is misplaced',
    { 'loras/a.safetensors': LORA },
    { directory: 'loras', name: 'new/a.safetensors' },
    'misplaced',
    'loras/a.safetensors',
  ],
  [
    'another key is misplaced',
    { 'checkpoints/a.safetensors': LORA },
    { directory: 'loras', name: 'a.safetensors' },
    'misplaced',
    'checkpoints/a.safetensors',
  ],
  [
    'the same name with another kind of content is not',
    { 'vae/a.safetensors': VAE },
    { directory: 'loras', name: 'a.safetensors' },
    'missing',
    null,
  ],
  [
    'a damaged file elsewhere is not',
    { 'vae/a.safetensors': LORA.subarray(0, -1) },
    { directory: 'loras', name: 'a.safetensors' },
    'missing',
    null,
  ],
  [
    'a generic name elsewhere says nothing',
    { 'loras/x/model.safetensors': LORA },
    { directory: 'loras', name: 'model.safetensors' },
    'missing',
    null,
  ],
  [
    'with the same parent folder it does',
    { 'vae/x/model.safetensors': LORA },
    { directory: 'loras', name: 'y/x/model.safetensors' },
    'misplaced',
    'vae/x/model.safetensors',
  ],
  [
    'an unknown folder takes the file from any',
    { 'vae/a.safetensors': VAE },
    { directory: null, name: 'a.safetensors' },
    'present',
    'vae/a.safetensors',
  ],
  [
    'an embedding is found without its ending',
    { 'embeddings/easy.pt': new Uint8Array([0x80, 2, 1]) },
    { directory: 'embeddings', name: 'easy' },
    'present',
    'embeddings/easy.pt',
  ],
  [
    'an embedding in another subfolder is misplaced, with its ending or without',
    { 'embeddings/sd15/easy.safetensors': safetensors(['emb_params']) },
    { directory: 'embeddings', name: 'easy' },
    'misplaced',
    'embeddings/sd15/easy.safetensors',
  ],
  [
    'a file of another kind by the name of an embedding is not',
    { 'vae/easy.safetensors': VAE, 'vae/easy.txt': 'x' },
    { directory: 'embeddings', name: 'easy' },
    'missing',
    null,
  ],
  ['a lora is not', { 'loras/easy.safetensors': LORA }, { directory: 'loras', name: 'easy' }, 'missing', null],
  [
    'a folder with a model is present',
    { 'diffusers/sd/unet/m.safetensors': LORA, 'diffusers/sd/model_index.json': '{}' },
    { directory: 'diffusers', name: 'sd' },
    'present',
    'diffusers/sd',
  ],
  ['a folder without one is not', { 'diffusers/sd/model_index.json': '{}' }, { directory: 'diffusers', name: 'sd' }, 'missing', null],
  [
    'a folder with a damaged model is damaged',
    { 'diffusers/sd/m.safetensors': LORA.subarray(0, -1) },
    { directory: 'diffusers', name: 'sd' },
    'damaged',
    'diffusers/sd/m.safetensors',
  ],
  [
    'a folder that lacks a part is damaged',
    { 'diffusers/t5/model-00001-of-00002.safetensors': LORA },
    { directory: 'diffusers', name: 't5' },
    'damaged',
    'diffusers/t5',
  ],
  [
    'a folder with all parts is present',
    { 'diffusers/t5/model-00001-of-00002.safetensors': LORA, 'diffusers/t5/model-00002-of-00002.safetensors': LORA },
    { directory: 'diffusers', name: 't5' },
    'present',
    'diffusers/t5',
  ],
  [
    'a part of a model whose other parts lie beside it is present',
    { 'loras/m-00001-of-00002.safetensors': LORA, 'loras/m-00002-of-00002.safetensors': LORA },
    { directory: 'loras', name: 'm-00002-of-00002.safetensors' },
    'present',
    'loras/m-00002-of-00002.safetensors',
  ],
  [
    'a part whose other parts lie elsewhere is damaged',
    { 'loras/m-00001-of-00002.safetensors': LORA, 'loras/s/m-00002-of-00002.safetensors': LORA },
    { directory: 'loras', name: 'm-00001-of-00002.safetensors' },
    'damaged',
    'loras/m-00001-of-00002.safetensors',
  ],
];

test.each(CASES)('%s', async (_, files, wanted, state, at) => {
  const presence = await judge(files, wanted);
  expect([presence.state, presence.relative]).toEqual([state, at]);
  expect(presence.damage === null).toBe(state !== 'damaged');
});

test('the part that is missing is named', async () => {
  const presence = await judge(
    { 'diffusers/t5/m-00002-of-00003.gguf': 'GGUF', 'diffusers/t5/m-00001-of-00003.gguf': 'GGUF' },
    { directory: 'diffusers', name: 't5' },
  );
  expect(presence.damage).toBe('part 3 of 3 is not there');
  const named = await judge({ 'vae/m-00002-of-00002.safetensors': VAE }, { directory: 'vae', name: 'm-00002-of-00002.safetensors' });
  expect(named.damage).toBe('part 1 of 2 is not there');
});

test('a file is looked into once while it does not change', async () => {
  await using tree = await makeTree({ 'a.safetensors': LORA });
  const cache = new StructureCache();
  const path = tree.path('a.safetensors');
  const first = await cache.conditionOf(path);
  expect(await cache.conditionOf(path)).toBe(first);
  await Bun.write(path, LORA.subarray(0, -1));
  expect((await cache.conditionOf(path)).damage).not.toBeNull();
  await Bun.write(path, LORA);
  await utimes(path, 1, 1);
  expect((await cache.conditionOf(path)).damage).toBeNull();
});

test('a file that vanished is damaged and says why', async () => {
  await using tree = await makeTree({});
  expect((await new StructureCache().conditionOf(tree.path('a.pt'))).damage).toContain('cannot be read');
});
