import { expect, test } from 'bun:test';

import { joinLive } from '../../lib/comfy/join-live.ts';
import { readModelFolders } from '../../lib/comfy/model-folders.ts';
import { readNodeDeclarations } from '../../lib/comfy/node-sources.ts';
import { makeTree } from './kit.ts';

test('a folder that a running ComfyUI has with and without a separator at its end is one', async () => {
  await using tree = await makeTree({ 'models/': '' });
  const reading = { nodes: await readNodeDeclarations(tree.install), folders: await readModelFolders(tree.install) };
  const roots = [tree.path('models/vae'), `${tree.path('models/vae')}/`, '/'];
  const folders = new Map([['vae', { roots, extensions: null, names: [] }]]);
  const live = { url: 'http://127.0.0.1:8188', nodes: new Map(), folders, sharesDisk: true, sharesPaths: true };
  expect(joinLive(reading, live).folders.folders.get('vae')?.roots).toEqual([tree.path('models/vae'), '/']);
});
