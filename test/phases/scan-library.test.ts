import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { runScan } from '../../lib/phases/scan.ts';
import { makeTree, safetensors } from '../comfy/kit.ts';
import { editorGraph, node } from '../workflow/graphs.ts';

const FILE = safetensors(['model.weight']);
type Nodes = Parameters<typeof editorGraph>[0];

/** What a scan says of a machine with these files and a workflow of these nodes: `folder/name state place`. */
async function verdicts(files: readonly string[], nodes: Nodes, sources: Readonly<Record<string, string>> = {}): Promise<string[]> {
  await using tree = await makeTree({ ...Object.fromEntries(files.map((name) => [`models/${name}`, FILE])), ...sources });
  writeFileSync(tree.path('a.json'), JSON.stringify(editorGraph(nodes)));
  const ports = { emit: () => undefined, signal: new AbortController().signal, ports: { env: {}, home: tree.root } };
  const { required } = await runScan({ paths: [tree.path('a.json')], install: tree.install, includeDisabled: false }, ports);
  return required.map(({ directory, subfolder, filename, state, foundAt }) => {
    const name = [directory, subfolder, filename].filter(Boolean).join('/');
    return `${name} ${state}${foundAt === null ? '' : ` ${foundAt.slice(tree.path('models').length + 1)}`}`;
  });
}

/** A pack whose class lists two folders together. */
const TWO_FOLDERS = {
  'custom_nodes/pack/__init__.py': `
import folder_paths
class Loader:
    NAME = "name"
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {cls.NAME: (folder_paths.get_filename_list("checkpoints") + folder_paths.get_filename_list("diffusion_models"),)}}
class FluxLoader(Loader):
    NAME = "model_name"
NODE_CLASS_MAPPINGS = {"PackLoader": Loader, "FluxLoader": FluxLoader}
`,
};

test('an input that takes files of several folders finds them in each', async () => {
  const nodes = [node('PackLoader', ['a.safetensors']), node('PackLoader', ['b.safetensors']), node('PackLoader', ['c.safetensors'])];
  expect(await verdicts(['checkpoints/a.safetensors', 'unet/b.safetensors', 'loras/c.safetensors'], nodes, TWO_FOLDERS)).toEqual([
    'checkpoints/a.safetensors present checkpoints/a.safetensors',
    'checkpoints/b.safetensors present unet/b.safetensors',
    'checkpoints/c.safetensors misplaced loras/c.safetensors',
  ]);
});

test('of several folders the one counts that the node, another node of the file or the table tells', async () => {
  const entry = { name: 'own.safetensors', url: 'https://huggingface.co/a/b/resolve/main/own.safetensors', directory: 'diffusion_models' };
  const nodes = [
    node('PackLoader', ['own.safetensors'], { properties: { models: [entry] } }),
    node('PackLoader', ['shared.safetensors']),
    node('UNETLoader', ['shared.safetensors', 'default']),
    node('PackLoader', ['plain.safetensors']),
    node('FluxLoader', ['usual.safetensors']),
  ];
  expect(await verdicts([], nodes, TWO_FOLDERS)).toEqual([
    'checkpoints/plain.safetensors missing',
    'diffusion_models/own.safetensors missing',
    'diffusion_models/shared.safetensors missing',
    'diffusion_models/usual.safetensors missing',
  ]);
});

test('a file that one of its nodes takes from another folder only is not where that node looks', async () => {
  const nodes = [node('CheckpointLoaderSimple', ['a.safetensors']), node('PackLoader', ['a.safetensors'])];
  expect(await verdicts(['unet/a.safetensors'], nodes, TWO_FOLDERS)).toEqual(['checkpoints/a.safetensors misplaced unet/a.safetensors']);
});

test('without the pack the table knows the folders of its inputs', async () => {
  const nodes = [node('FluxLoader', ['a.safetensors', 'default']), node('LoadWanVideoClipTextEncoder', ['b.safetensors', 'fp16'])];
  expect(await verdicts(['checkpoints/a.safetensors', 'clip_vision/b.safetensors'], nodes)).toEqual([
    'diffusion_models/a.safetensors present checkpoints/a.safetensors',
    'text_encoders/b.safetensors present clip_vision/b.safetensors',
  ]);
});

test('an embedding of a prompt is found in any folder below its own', async () => {
  const nodes = [node('CLIPTextEncode', ['embedding:deep, embedding:b/deep, embedding:c/deep'])];
  expect(await verdicts(['embeddings/a/b/deep.safetensors'], nodes)).toEqual([
    'embeddings/deep present embeddings/a/b/deep.safetensors',
    'embeddings/b/deep present embeddings/a/b/deep.safetensors',
    'embeddings/c/deep misplaced embeddings/a/b/deep.safetensors',
  ]);
});

test('a name whose ending only its address tells is there with that ending', async () => {
  const entry = (name: string) => ({ name, url: `https://huggingface.co/o/r/resolve/main/${name}.safetensors`, directory: 'checkpoints' });
  const odd = (name: string) => node('Odd Thing', [name, 'fp16'], { properties: { models: [entry(name)] } });
  expect(await verdicts(['checkpoints/foo3.safetensors', 'checkpoints/foo4.pt'], [odd('foo3'), odd('foo4')])).toEqual([
    'checkpoints/foo3 present checkpoints/foo3.safetensors',
    'checkpoints/foo4 missing',
  ]);
});

test('nodes that look LoRAs up by their names alone find them in any folder, and the others do not', async () => {
  const present = [
    'loras/flat.safetensors',
    'loras/style/ink.safetensors',
    'loras/style/oil.safetensors',
    'loras/style/tag.safetensors',
    'loras/style/lead.safetensors',
  ];
  const rows = [{ name: 'ink', strength: 1, active: true }];
  const power = [{}, { on: true, lora: 'elsewhere/oil.safetensors', strength: 1 }];
  const nodes = [
    node('Lora Loader (LoraManager)', ['', rows]),
    node('Power Lora Loader (rgthree)', power),
    node('ImpactWildcardEncode', ['a <lora:tag:1> <lora:other/tag:1>', '', true]),
    node('LoraLoader', ['lead.safetensors', 1, 1]),
    node('Power Lora Loader (rgthree)', [{}, { on: true, lora: 'Lead.safetensors', strength: 1 }]),
    node('Power Lora Loader (rgthree)', [{}, { on: true, lora: 'sub/flat.safetensors', strength: 1 }]),
  ];
  expect(await verdicts(present, nodes)).toEqual([
    'loras/Lead.safetensors misplaced loras/style/lead.safetensors',
    'loras/ink present loras/style/ink.safetensors',
    'loras/lead.safetensors misplaced loras/style/lead.safetensors',
    'loras/tag present loras/style/tag.safetensors',
    'loras/elsewhere/oil.safetensors present loras/style/oil.safetensors',
    'loras/other/tag misplaced loras/style/tag.safetensors',
    'loras/sub/flat.safetensors present loras/flat.safetensors',
  ]);
});
