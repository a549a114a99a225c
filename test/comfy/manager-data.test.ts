import { expect, test } from 'bun:test';
import { utimes } from 'node:fs/promises';

import { parseManagerData, readManagerData } from '../../lib/comfy/manager-data.ts';
import { makeTree } from './kit.ts';

const MAP = {
  'https://github.com/ann/pack-a': [['A', 'Both'], { title_aux: 'Pack A', preemptions: ['Owned'], nodename_pattern: ' \\(a\\)$' }],
  'https://github.com/bob/pack-b.git': [['B', 'Both', 'Owned'], { title_aux: 'Pack B', nodename_pattern: '.*' }],
  'https://raw.githubusercontent.com/x/y/main/z.py': [['Z'], { title_aux: 'Z by X' }],
  'https://github.com/x/y/raw/refs/heads/main/sub/w.py': [['W'], {}],
  'https://raw.githubusercontent.com/x/y/main/notes.txt': [['T'], {}],
  'javascript:alert(1)': [['J'], {}],
  'https://github.com/odd/shape': 'x',
  'https://github.com/odd/pattern': [[1, null, 'C'], { nodename_pattern: '(a+)+$' }],
};

test('nodes, owners, titles and patterns are read', () => {
  const data = parseManagerData(MAP, {
    custom_nodes: [{ reference: 'https://github.com/Ann/Pack-A', title: 'A by Ann' }, 'x', { reference: 1 }],
  });
  expect(data.packsByNode.get('Both')).toEqual(['https://github.com/ann/pack-a', 'https://github.com/bob/pack-b']);
  expect(data.owners.get('Owned')).toBe('https://github.com/ann/pack-a');
  expect(data.titles.get('https://github.com/ann/pack-a')).toBe('A by Ann');
  expect(data.titles.get('https://github.com/bob/pack-b')).toBe('Pack B');
  expect(data.packsByNode.get('Z')).toEqual(['https://raw.githubusercontent.com/x/y/main/z.py']);
  expect(data.packsByNode.get('W')).toEqual(['https://raw.githubusercontent.com/x/y/refs/heads/main/sub/w.py']);
  expect(data.titles.get('https://github.com/x/y')).toBe('Z by X');
  expect(data.packsByNode.has('T')).toBe(false);
  expect(data.packsByNode.has('J')).toBe(false);
  expect(data.packsByNode.get('C')).toEqual(['https://github.com/odd/pattern']);
});

test('patterns that fit everything, or could take for ever, are left out', () => {
  const { patterns } = parseManagerData(MAP, undefined);
  expect(patterns.map((entry) => entry.repository)).toEqual(['https://github.com/ann/pack-a']);
});

test('anything else is an empty list', () => {
  for (const odd of [null, [], 'x', 1]) expect(parseManagerData(odd, odd).packsByNode.size).toBe(0);
});

test('the newest copy on this machine counts, and one that is broken is passed over', async () => {
  const copy = (name: string): string => JSON.stringify({ 'https://github.com/ann/pack': [[name], {}] });
  await using tree = await makeTree({
    'custom_nodes/ComfyUI-Manager/extension-node-map.json': copy('old'),
    'user/__manager/cache/1742_extension-node-map.json': copy('new'),
    'user/__manager/cache/77_extension-node-map.json': '{"cut',
    'user/__manager/cache/other_extension-node-map.json': copy('other'),
  });
  await utimes(tree.path('custom_nodes/ComfyUI-Manager/extension-node-map.json'), 1000, 1000);
  await utimes(tree.path('user/__manager/cache/1742_extension-node-map.json'), 2000, 2000);
  await utimes(tree.path('user/__manager/cache/77_extension-node-map.json'), 3000, 3000);
  const data = await readManagerData(tree.install, [tree.path('custom_nodes')]);
  expect([...(data?.packsByNode.keys() ?? [])]).toEqual(['new']);
});

test('the copy in a Python package is found', async () => {
  await using tree = await makeTree({
    '.venv/lib/python3.12/site-packages/comfyui_manager/extension-node-map.json': JSON.stringify(MAP),
  });
  const data = await readManagerData(tree.install, []);
  expect(data?.packsByNode.has('A')).toBe(true);
});

test('without a copy there is nothing', async () => {
  await using tree = await makeTree({});
  expect(await readManagerData(tree.install, [tree.path('custom_nodes')])).toBeUndefined();
});
