import { expect, test } from 'bun:test';

import { readModelFolders } from '../../lib/comfy/model-folders.ts';
import { makeTree } from './kit.ts';

test('keys have the folders of ComfyUI in its order', async () => {
  await using tree = await makeTree({ 'models/': '' });
  const { folders, problems } = await readModelFolders(tree.install);
  const roots = (key: string): string[] => (folders.get(key)?.roots ?? []).map((root) => root.slice(tree.root.length + 1));
  expect(problems).toEqual([]);
  expect(roots('diffusion_models')).toEqual(['models/unet', 'models/diffusion_models', 'output/diffusion_models']);
  expect(roots('text_encoders')).toEqual(['models/text_encoders', 'models/clip', 'output/clip']);
  expect(roots('controlnet')).toEqual(['models/controlnet', 'models/t2i_adapter']);
  expect(roots('gligen')).toEqual(['models/gligen']);
  expect(roots('unet_gguf')).toEqual(['models/unet', 'models/diffusion_models', 'output/diffusion_models']);
  expect(folders.has('unet')).toBe(false);
  expect(folders.has('custom_nodes')).toBe(false);
});

test('endings are those of the key', async () => {
  await using tree = await makeTree({ 'models/LLM/': '' });
  const { folders } = await readModelFolders(tree.install);
  expect(folders.get('loras')?.extensions.has('.safetensors')).toBe(true);
  expect(folders.get('loras')?.extensions.has('.gguf')).toBe(false);
  expect(folders.get('unet_gguf')?.extensions).toEqual(new Set(['.gguf']));
  expect(folders.get('LLM')?.extensions).toEqual(new Set());
});

test('a folder below models that nobody registers is a key of its own, and those of other keys are not', async () => {
  await using tree = await makeTree({ 'models/sams/': '', 'models/clip/': '', 'models/.cache/': '', 'models/note.txt': 'x' });
  const { folders } = await readModelFolders(tree.install);
  expect(folders.get('sams')?.downloadRoot).toBe(tree.path('models/sams'));
  expect(['clip', '.cache', 'note.txt'].some((key) => folders.has(key))).toBe(false);
});

const DIFFUSION: [name: string, folder: string, expected: string][] = [
  ['new diffusion models go to diffusion_models when neither folder is there', 'models/x/', 'models/diffusion_models'],
  ['and when it is there', 'models/diffusion_models/', 'models/diffusion_models'],
  ['and to unet when only that is there', 'models/unet/', 'models/unet'],
];

test.each(DIFFUSION)('%s', async (_, folder, expected) => {
  await using tree = await makeTree({ [folder]: '' });
  const { folders } = await readModelFolders(tree.install);
  expect(folders.get('diffusion_models')?.downloadRoot).toBe(tree.path(expected));
});

test('extra folders come after ComfyUI’s own, default ones before, the last line first', async () => {
  const yaml =
    'a:\n  base_path: /a\n  loras: |\n    one\n    two\nb:\n  base_path: /b\n  is_default: true\n  unet: |\n    three\n    four\n';
  await using tree = await makeTree({ 'models/unet/': '', 'extra_model_paths.yaml': yaml });
  const { folders } = await readModelFolders(tree.install);
  expect(folders.get('loras')?.roots).toEqual([tree.path('models/loras'), '/a/one', '/a/two', tree.path('output/loras')]);
  expect(folders.get('loras')?.downloadRoot).toBe(tree.path('models/loras'));
  expect(folders.get('diffusion_models')?.roots.slice(0, 2)).toEqual(['/b/four', '/b/three']);
  expect(folders.get('diffusion_models')?.downloadRoot).toBe('/b/four');
});

test('a folder that is named twice stands once, and moves to the front as default', async () => {
  const yaml = 'a:\n  vae: |\n    /v\n    /v\nb:\n  is_default: yes\n  vae: /v\n';
  await using tree = await makeTree({ 'models/': '', 'extra_model_paths.yaml': yaml });
  const { folders } = await readModelFolders(tree.install);
  expect(folders.get('vae')?.roots).toEqual(['/v', tree.path('models/vae'), tree.path('output/vae')]);
});

test('a folder that is named with a separator at its end is the same one, whoever names it', async () => {
  const yaml = 'a:\n  base_path: /s/\n  is_default: true\n  vae: v/\n';
  await using tree = await makeTree({ 'models/': '', 'extra_model_paths.yaml': yaml });
  const additions = ['models/vae/', 'models/../x/'].map((name) => ({ key: 'vae', path: `${tree.root}/${name}`, isDefault: false }));
  const { folders } = await readModelFolders(tree.install, { additions: [...additions, { key: 'vae', path: '/', isDefault: false }] });
  expect(folders.get('vae')?.roots).toEqual(['/s/v', tree.path('models/vae'), tree.path('output/vae'), `${tree.root}/models/../x`, '/']);
});

test('the file beside the sources counts when the base directory is elsewhere', async () => {
  const yaml = (folder: string): string => `a:\n  vae: ${folder}\n`;
  await using tree = await makeTree({
    'data/models/': '',
    'data/extra_model_paths.yaml': yaml('/d'),
    'app/extra_model_paths.yaml': yaml('/s'),
  });
  const install = { ...tree.install, root: tree.path('data'), sources: tree.path('app') };
  const { folders } = await readModelFolders(install);
  expect(folders.get('vae')?.roots.slice(1, 3)).toEqual(['/s', '/d']);
});

test('files that ComfyUI is started with come after its own', async () => {
  await using tree = await makeTree({
    'models/': '',
    'extra_model_paths.yaml': 'a:\n  vae: /own\n',
    'more.yaml': 'a:\n  vae: /more\n  custom_nodes: /packs\n',
  });
  const install = { ...tree.install, extraPathFiles: [tree.path('more.yaml'), tree.path('none.yaml')] };
  const { folders, customNodeRoots } = await readModelFolders(install);
  expect(folders.get('vae')?.roots.slice(1, 3)).toEqual(['/own', '/more']);
  expect(customNodeRoots).toEqual([tree.path('custom_nodes'), '/packs']);
});

test('custom_nodes in the file is where packs lie, not a folder of models', async () => {
  await using tree = await makeTree({ 'models/': '', 'extra_model_paths.yaml': 'a:\n  base_path: /x\n  custom_nodes: packs/\n' });
  const { folders, customNodeRoots } = await readModelFolders(tree.install);
  expect(customNodeRoots).toEqual([tree.path('custom_nodes'), '/x/packs']);
  expect(folders.has('custom_nodes')).toBe(false);
});

test('packs of a default section are looked for first, the last line before the others', async () => {
  const yaml = 'a:\n  base_path: /x\n  is_default: true\n  custom_nodes: |\n    one\n    two\nb:\n  custom_nodes: /y\n';
  await using tree = await makeTree({ 'models/': '', 'extra_model_paths.yaml': yaml });
  const { customNodeRoots } = await readModelFolders(tree.install);
  expect(customNodeRoots).toEqual(['/x/two', '/x/one', tree.path('custom_nodes'), '/y']);
});

test('what custom nodes register is added, with their endings', async () => {
  await using tree = await makeTree({ 'models/': '' });
  const additions = [{ key: 'pulid', path: '/p', isDefault: false, extensions: new Set(['.onnx']) }];
  const { folders } = await readModelFolders(tree.install, { additions });
  expect(folders.get('pulid')).toEqual({ directory: 'pulid', roots: ['/p'], extensions: new Set(['.onnx']), downloadRoot: '/p' });
});

test('a missing models folder and a bad file are problems with a mend, not exceptions', async () => {
  await using tree = await makeTree({ 'extra_model_paths.yaml': 'a: [' });
  const { folders, problems } = await readModelFolders(tree.install);
  expect(problems.map((problem) => problem.code)).toEqual(['extra_paths_malformed', 'models_folder_missing']);
  expect(problems.every((problem) => problem.hint !== '')).toBe(true);
  expect(folders.get('loras')?.downloadRoot).toBe(tree.path('models/loras'));
});
