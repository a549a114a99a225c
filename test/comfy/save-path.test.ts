import { expect, test } from 'bun:test';

import { readModelFolders } from '../../lib/comfy/model-folders.ts';
import type { ModelFolders } from '../../lib/comfy/model-folders.ts';
import { planSavePath } from '../../lib/comfy/save-path.ts';
import { makeTree } from './kit.ts';

async function folders(): Promise<{ folders: ModelFolders; root: string }> {
  await using tree = await makeTree({ 'models/sams/': '' });
  return { folders: await readModelFolders(tree.install), root: tree.root };
}

const PLACED: [directory: string, subfolder: string, filename: string, expected: string][] = [
  ['loras', '', 'a.safetensors', 'models/loras/a.safetensors'],
  ['loras', 'SDXL/styles', 'a b (1).safetensors', 'models/loras/SDXL/styles/a b (1).safetensors'],
  ['loras', String.raw`SDXL\styles`, 'ä—画.safetensors', 'models/loras/SDXL/styles/ä—画.safetensors'],
  ['unet', '', 'x.safetensors', 'models/diffusion_models/x.safetensors'],
  ['clip', '', 'x.safetensors', 'models/text_encoders/x.safetensors'],
  ['clip_gguf', '', 'x.gguf', 'models/text_encoders/x.gguf'],
  ['ultralytics_bbox', '', 'face.pt', 'models/ultralytics/bbox/face.pt'],
  ['ultralytics/bbox', '', 'face.pt', 'models/ultralytics/bbox/face.pt'],
  ['sams', '', 'sam.pth', 'models/sams/sam.pth'],
  ['LLM', 'Florence-2', 'model.safetensors', 'models/LLM/Florence-2/model.safetensors'],
  ['loras/extra', '', 'a.pt', 'models/loras/extra/a.pt'],
];

test.each(PLACED)('%s + "%s" + %s', async (directory, subfolder, filename, expected) => {
  const { folders: known, root } = await folders();
  expect(planSavePath(known, directory, subfolder, filename)).toMatchObject({ savePath: `${root}/${expected}` });
});

const REFUSED: [directory: string, subfolder: string, filename: string][] = [
  ['loras', '..', 'a.pt'],
  ['loras', 'x/../..', 'a.pt'],
  ['loras', String.raw`x\..\..`, 'a.pt'],
  ['loras', '/etc', 'a.pt'],
  ['loras', String.raw`C:\models`, 'a.pt'],
  ['loras', 'x//y', 'a.pt'],
  ['loras', '', '..'],
  ['loras', '', ''],
  ['loras', '', '../a.pt'],
  ['loras', '', String.raw`..\a.pt`],
  ['loras', '', '/etc/passwd'],
  ['loras', '', 'C:a.pt'],
  ['loras', '', 'a\u0000.pt'],
  ['loras', '', 'a\n.pt'],
  ['loras', '', 'a\u202etp.exe'],
  ['loras', '', 'a\ud800.pt'],
  ['loras', '', 'CON'],
  ['loras', '', 'nul.safetensors'],
  ['loras', 'com1', 'a.pt'],
  ['loras', '', 'a.pt.'],
  ['loras', 'x ', 'a.pt'],
  ['loras', '', '.bashrc'],
  ['loras', '.git', 'config.pt'],
  ['loras', '', `${'ä'.repeat(130)}.pt`],
  ['loras', Array.from({ length: 20 }, () => 'x').join('/'), 'a.pt'],
  ['loras', Array.from({ length: 14 }, () => 'x'.repeat(200)).join('/'), 'a.pt'],
  ['..', '', 'a.pt'],
  ['../custom_nodes', '', 'a.py'],
  ['x/../..', '', 'a.pt'],
  ['/etc', '', 'a.pt'],
  ['', '', 'a.pt'],
  ['custom_nodes', '', 'a.pt'],
  ['Custom_Nodes/x', '', 'a.pt'],
];

test.each(REFUSED)('refuses %j + %j + %j', async (directory, subfolder, filename) => {
  const plan = planSavePath((await folders()).folders, directory, subfolder, filename);
  expect(plan).toHaveProperty('refused');
  expect(plan).not.toHaveProperty('savePath');
});

test('the default folder of extra_model_paths.yaml is where files go', async () => {
  await using tree = await makeTree({ 'models/': '', 'extra_model_paths.yaml': 'a:\n  base_path: /big\n  is_default: true\n  loras: l\n' });
  const plan = planSavePath(await readModelFolders(tree.install), 'loras', 'x', 'a.pt');
  expect(plan).toEqual({ savePath: '/big/l/x/a.pt', root: '/big/l' });
});
