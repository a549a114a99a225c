import { expect, test } from 'bun:test';
import { chmod, symlink } from 'node:fs/promises';

import { listModels } from '../../lib/library/walk.ts';
import { makeTree } from '../comfy/kit.ts';
import type { Tree } from '../comfy/kit.ts';

function foldersOf(tree: Tree, table: Record<string, string[]>): { folders: Map<string, { roots: string[] }> } {
  return { folders: new Map(Object.entries(table).map(([key, roots]) => [key, { roots: roots.map((root) => tree.path(root)) }])) };
}

test('files are found by folder key and name, with either separator', async () => {
  await using tree = await makeTree({ 'm/loras/SDXL/a.safetensors': 'x', 'm/loras/b.pt': 'x' });
  const index = await listModels(foldersOf(tree, { loras: ['m/loras'] }));
  expect(index.find('loras', 'SDXL/a.safetensors')?.path).toBe(tree.path('m/loras/SDXL/a.safetensors'));
  expect(index.find('loras', String.raw`SDXL\a.safetensors`)?.name).toBe('SDXL/a.safetensors');
  expect(index.find('loras', 'a.safetensors')).toBeUndefined();
  expect(index.find('vae', 'b.pt')).toBeUndefined();
  expect(index.findFolder('loras', 'SDXL')).toBe(tree.path('m/loras/SDXL'));
});

test('the first root wins, and a root that is not there holds nothing', async () => {
  await using tree = await makeTree({ 'a/x.pt': '1', 'b/x.pt': '2', 'b/y.pt': '3' });
  const index = await listModels(foldersOf(tree, { vae: ['none', 'b', 'a'] }));
  expect(index.find('vae', 'x.pt')?.path).toBe(tree.path('b/x.pt'));
  expect(index.problems).toEqual([]);
});

test('a key below a folder that somebody else owns is found in it', async () => {
  await using tree = await makeTree({ 'm/ultralytics/bbox/face.pt': 'x' });
  const index = await listModels(foldersOf(tree, { ultralytics: ['m/ultralytics'] }));
  expect(index.find('ultralytics/bbox', 'face.pt')?.path).toBe(tree.path('m/ultralytics/bbox/face.pt'));
});

test('base names are found in any letters under every key', async () => {
  await using tree = await makeTree({ 'a/x/Model.SAFETENSORS': '1', 'b/model.safetensors': '2' });
  const index = await listModels(foldersOf(tree, { loras: ['a'], vae: ['b'] }));
  expect(index.findByBaseName('MODEL.safetensors').map((hit) => `${hit.directory}:${hit.file.name}`)).toEqual([
    'loras:x/Model.SAFETENSORS',
    'vae:model.safetensors',
  ]);
});

test('hidden folders are walked as ComfyUI walks them, and only .git is not', async () => {
  await using tree = await makeTree({ 'm/.hid/a.safetensors': '1', 'm/x/.git/b.pt': '2', 'disk/c.pt': '3' });
  await symlink(tree.path('disk'), tree.path('m/.linked'));
  await symlink(tree.path('disk'), tree.path('m/.git'));
  const index = await listModels(foldersOf(tree, { loras: ['m'] }));
  expect([...index.filesIn('loras')].map((file) => file.name).sort()).toEqual(['.hid/a.safetensors', '.linked/c.pt']);
  expect(index.find('loras', String.raw`.hid\a.safetensors`)?.path).toBe(tree.path('m/.hid/a.safetensors'));
});

test('a file that two keys share counts once, and only model files count', async () => {
  await using tree = await makeTree({ 'u/a.gguf': '1', 'u/b.safetensors': '2', 'u/readme.md': '3' });
  const index = await listModels(foldersOf(tree, { diffusion_models: ['u'], unet_gguf: ['u'] }));
  expect(index.modelCount).toBe(2);
  expect([...index.filesIn('unet_gguf')].map((file) => file.name).sort()).toEqual(['a.gguf', 'b.safetensors', 'readme.md']);
});

test('linked folders and files are followed, and loops end', async () => {
  await using tree = await makeTree({ 'm/loras/a.pt': '1', 'disk/big/b.pt': '2', 'disk/c.pt': '3' });
  await symlink(tree.path('disk/big'), tree.path('m/loras/linked'));
  await symlink(tree.path('disk/c.pt'), tree.path('m/loras/c.pt'));
  await symlink(tree.path('m'), tree.path('m/loras/loop'));
  await symlink('.', tree.path('disk/big/self'));
  await symlink(tree.path('nowhere'), tree.path('m/loras/broken'));
  const index = await listModels(foldersOf(tree, { loras: ['m/loras'] }));
  expect([...index.filesIn('loras')].map((file) => file.name).sort()).toEqual(['a.pt', 'c.pt', 'linked/b.pt']);
  expect(index.problems.map((problem) => problem.code)).toEqual(['link_broken']);
});

test('folders that link to each other in every way end as well', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  await using tree = await makeTree(Object.fromEntries(names.map((name) => [`m/${name}/x.pt`, '1'])));
  for (const from of names) for (const to of names) if (from !== to) await symlink(tree.path('m', to), tree.path('m', from, `to-${to}`));
  const index = await listModels(foldersOf(tree, { loras: ['m'] }));
  expect(index.find('loras', 'a/to-b/x.pt')).toBeDefined();
  expect([...index.filesIn('loras')].length).toBeLessThan(100);
});

test('a root that is itself a link is walked', async () => {
  await using tree = await makeTree({ 'disk/a.pt': '1' });
  await symlink(tree.path('disk'), tree.path('loras'));
  const index = await listModels(foldersOf(tree, { loras: ['loras'] }));
  expect(index.find('loras', 'a.pt')?.path).toBe(tree.path('loras/a.pt'));
});

test.skipIf(process.getuid?.() === 0)('a folder that cannot be read is named, and the others go on', async () => {
  await using tree = await makeTree({ 'm/closed/a.pt': '1', 'm/open/b.pt': '2' });
  await chmod(tree.path('m/closed'), 0);
  const index = await listModels(foldersOf(tree, { loras: ['m'] }));
  await chmod(tree.path('m/closed'), 0o755);
  expect(index.find('loras', 'open/b.pt')).toBeDefined();
  expect(index.problems.map((problem) => problem.path)).toEqual([tree.path('m/closed')]);
});

test('a file in the place of a root holds nothing', async () => {
  await using tree = await makeTree({ loras: 'x' });
  const index = await listModels(foldersOf(tree, { loras: ['loras'] }));
  expect(index.modelCount).toBe(0);
});

test('an aborted walk rejects with the reason', async () => {
  await using tree = await makeTree({ 'm/a.pt': '1' });
  const reason = new Error('stop');
  const walk = listModels(foldersOf(tree, { loras: ['m'] }), AbortSignal.abort(reason));
  expect(await walk.catch((error: unknown) => error)).toBe(reason);
});

test('letters’ case counts as it does on this disk', async () => {
  await using tree = await makeTree({ 'models/A.pt': '1' });
  const isSame = await Bun.file(tree.path('models/a.PT')).exists();
  const index = await listModels(foldersOf(tree, { loras: ['models'] }));
  expect(index.find('loras', 'a.PT') !== undefined).toBe(isSame);
});
