import { describe, expect, test } from 'bun:test';
import type { Requirement } from '../../lib/core/model.ts';
import { StructureCache } from '../../lib/library/structure-cache.ts';
import { listModels } from '../../lib/library/walk.ts';
import { judgeAll } from '../../lib/phases/assess.ts';
import { makeScanLibrary } from '../../lib/phases/scan-library.ts';
import { readInstall } from '../../lib/comfy/read-install.ts';
import { collectRequirements } from '../../lib/workflow/requirements.ts';
import { makeTree, safetensors } from '../comfy/kit.ts';
import { editorGraph, node, read } from '../workflow/graphs.ts';

const MODEL = safetensors(['image_proj.norm.weight']);
const CUT = MODEL.subarray(0, -1);
const { signal } = new AbortController();

type Files = Record<string, Uint8Array>;

/** What a workflow of these nodes needs, as it stands on a machine with these files: its state and path below `models/`, by name. */
async function judged(nodes: Record<string, unknown>[], models: Files): Promise<Record<string, [Requirement['state'], string | null]>> {
  const files = Object.fromEntries(Object.entries(models).map(([name, content]) => [`models/${name}`, content]));
  await using tree = await makeTree({ 'nodes.py': '', ...files });
  const reading = await readInstall(tree.install, { env: {}, home: tree.root, signal });
  const index = await listModels(reading.folders, signal);
  const library = makeScanLibrary({ install: tree.install, reading, index, cache: new StructureCache() });
  const workflow = { workflow: 'w.json', path: tree.path('w.json'), reading: read(editorGraph(nodes)) };
  const { requirements } = collectRequirements([workflow], { includeDisabled: false });
  const required = await judgeAll(requirements, library, signal);
  const below = (path: string | null): string | null => path?.slice(tree.path('models').length + 1) ?? null;
  return Object.fromEntries(required.map(({ filename, state, foundAt }) => [filename, [state, below(foundAt)]]));
}

describe('a node that goes by a pattern', () => {
  const XL = node('CheckpointLoaderSimple', ['juggernautXL.safetensors']);
  const plus = [XL, node('IPAdapterUnifiedLoader', ['PLUS (high strength)'])];
  const ADAPTER = 'ip-adapter-plus_sdxl_vit-h.safetensors';
  const ENCODER = 'CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors';

  test('takes files under other names and in subfolders', async () => {
    const files = { 'clip_vision/sd1.5/model.safetensors': MODEL, 'ipadapter/sdxl/IP-Adapter_Plus_SDXL_ViT-H.safetensors': MODEL };
    expect(await judged(plus, files)).toMatchObject({
      [ENCODER]: ['present', 'clip_vision/sd1.5/model.safetensors'],
      [ADAPTER]: ['present', 'ipadapter/sdxl/IP-Adapter_Plus_SDXL_ViT-H.safetensors'],
    });
  });

  test('takes the usual names in a subfolder', async () => {
    const files = { [`clip_vision/a/${ENCODER}`]: MODEL, [`ipadapter/b/${ADAPTER}`]: MODEL };
    expect(await judged(plus, files)).toMatchObject({
      [ENCODER]: ['present', `clip_vision/a/${ENCODER}`],
      [ADAPTER]: ['present', `ipadapter/b/${ADAPTER}`],
    });
  });

  test('takes nothing of another folder, of another family, or that is no whole file', async () => {
    const files = {
      [`ipadapter/${ENCODER}`]: MODEL,
      'ipadapter/ip-adapter-plus_sd15.safetensors': MODEL,
      'ipadapter/ip-adapter-plus_sdxl_vit-h.safetensors.part': MODEL,
    };
    expect(await judged(plus, files)).toMatchObject({ [ENCODER]: ['missing', null], [ADAPTER]: ['missing', null] });
  });

  test('prefers a whole file to a damaged one, and says where the damaged one lies when there is no other', async () => {
    const cut = { 'ipadapter/a_plus_sdxl_vit-h.safetensors': CUT };
    expect(await judged(plus, cut)).toMatchObject({ [ADAPTER]: ['damaged', 'ipadapter/a_plus_sdxl_vit-h.safetensors'] });
    const both = { ...cut, 'ipadapter/b_plus_sdxl_vit-h.safetensors': MODEL };
    expect(await judged(plus, both)).toMatchObject({ [ADAPTER]: ['present', 'ipadapter/b_plus_sdxl_vit-h.safetensors'] });
  });

  test('prefers the newer of two versions that will do', async () => {
    const light = [node('IPAdapterUnifiedLoader', ['LIGHT - SD1.5 only (low strength)'])];
    const old = { 'ipadapter/a_sd15_light.safetensors': MODEL };
    expect(await judged(light, old)).toMatchObject({
      'ip-adapter_sd15_light_v11.bin': ['present', 'ipadapter/a_sd15_light.safetensors'],
    });
    const both = { ...old, 'ipadapter/b_sd15_light_v11.safetensors': MODEL };
    expect(await judged(light, both)).toMatchObject({
      'ip-adapter_sd15_light_v11.bin': ['present', 'ipadapter/b_sd15_light_v11.safetensors'],
    });
  });

  test('does not speak for a node that wants the very name', async () => {
    const files = { 'ipadapter/sub/ip-adapter-plus_sdxl_vit-h.safetensors': MODEL };
    const named = [...plus, node('IPAdapterModelLoader', [ADAPTER])];
    expect(await judged(named, files)).toMatchObject({ [ADAPTER]: ['misplaced', `ipadapter/sub/${ADAPTER}`] });
  });
});
