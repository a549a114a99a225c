import { describe, expect, test } from 'bun:test';

import { declareLive } from '../../lib/comfy/live-declarations.ts';
import { readObjectInfo } from '../../lib/comfy/live-nodes.ts';
import type { NodeDeclaration } from '../../lib/core/model.ts';

/** The only input of a class that is described so. */
function inputOf(spec: unknown): unknown {
  return readObjectInfo({ N: { input: { required: { x: spec } } } }).get('N')?.inputs[0];
}

const SHAPES: [name: string, spec: unknown, isWidget: boolean, options: string[] | null][] = [
  ['a combo of the first kind', [['a', 'b']], true, ['a', 'b']],
  ['one with settings', [['a'], { tooltip: 'x' }], true, ['a']],
  ['one that offers nothing', [[]], true, []],
  ['one with values that are no texts', [['a', 1, true, null]], true, ['a']],
  ['one with pictures', [[{ content: 'a.safetensors', image: null }]], true, ['a.safetensors']],
  ['a combo of the newer kind', ['COMBO', { options: ['a', 'b'], multiselect: false }], true, ['a', 'b']],
  ['a remote one', ['COMBO', { remote: { route: '/r' }, options: null }], true, null],
  ['a remote one with an empty list', ['COMBO', { remote: { route: '/r' }, options: [] }], true, null],
  ['one without a word on its options', ['COMBO'], true, null],
  ['a text', ['STRING', { multiline: true }], true, null],
  ['a widget that is to be a socket', ['INT', { forceInput: true }], false, null],
  ['a socket', ['IMAGE'], false, null],
  ['a bare type', 'IMAGE', false, null],
  ['a bare type of a widget', 'INT', true, null],
  ['nothing that is known', 7, false, null],
];

describe('an input of /object_info', () => {
  test.each(SHAPES)('%s', (_, spec, isWidget, options) => {
    expect(inputOf(spec)).toEqual({ name: 'x', isWidget, options });
  });
});

test('the order is the one that the class gives, required inputs first', () => {
  const node = {
    input: { optional: { d: ['INT'], c: ['INT'] }, required: { a: ['INT'], b: ['INT'] } },
    input_order: { required: ['b', 'a'], optional: ['d', 'gone'] },
  };
  expect(
    readObjectInfo({ N: node })
      .get('N')
      ?.inputs.map((input) => input.name),
  ).toEqual(['b', 'a', 'd', 'c']);
});

test('inputs that come with a choice stand behind it, with what any choice offers', () => {
  const choice = (key: string, ...options: string[]): unknown => ({ key, inputs: { required: { file: ['COMBO', { options }] } } });
  const spec = ['COMFY_DYNAMICCOMBO_V3', { options: [choice('one', 'a.pt'), choice('two', 'b.pt', 'a.pt'), 'odd'] }];
  const node = readObjectInfo({ N: { input: { required: { mode: spec } } } }).get('N');
  expect(node).toEqual({
    isSteady: false,
    inputs: [
      { name: 'mode', isWidget: true, options: null },
      { name: 'mode.file', isWidget: true, options: ['a.pt', 'b.pt'] },
    ],
  });
});

test('answers of another shape hold no class, or a class without inputs', () => {
  expect(readObjectInfo(null).size).toBe(0);
  expect(readObjectInfo(['N']).size).toBe(0);
  const odd = readObjectInfo(JSON.parse('{"A": null, "B": {"input": 3}, "__proto__": {"input": {"required": {"x": ["INT"]}}}}'));
  expect([...odd.keys()]).toEqual(['B', '__proto__']);
  expect(odd.get('B')?.inputs).toEqual([]);
});

const folder = (...names: string[]): { roots: null; extensions: null; names: string[] } => ({ roots: null, extensions: null, names });
const FOLDERS = new Map([
  ['loras', folder('a.safetensors', 'sub/b.safetensors')],
  ['vae', folder('v.safetensors')],
  ['twin', folder('t.safetensors')],
  ['other_twin', folder('t.safetensors')],
  ['gguf', folder('g.gguf')],
  ['empty', folder()],
]);
const LORAS = ['a.safetensors', 'sub/b.safetensors'];

const FEEDS: [name: string, options: string[] | null, written: string | null, directory: string | null | undefined][] = [
  ['what a folder lists, it feeds', LORAS, null, 'loras'],
  ['whatever the sources say', LORAS, 'vae', 'loras'],
  ['an entry for none does not disturb', ['None', ...LORAS], null, 'loras'],
  ['nor do names of built-in models', ['v.safetensors', 'taesd', 'pixel_space'], null, 'vae'],
  ['another file does', ['v.safetensors', 'x.safetensors'], null, null],
  ['a part of a folder is known by the sources alone', ['a.safetensors'], 'loras', 'loras'],
  ['and two folders together', ['v.safetensors', 'g.gguf'], 'vae', 'vae'],
  ['of folders that list the same the sources choose', ['t.safetensors'], 'twin', 'twin'],
  ['and nobody else', ['t.safetensors'], null, null],
  ['a combo without a file tells nothing', [], 'empty', 'empty'],
  ['nor do words', ['fp16', 'fp32'], null, undefined],
  ['nor does a remote combo', null, 'loras', 'loras'],
];

test.each(FEEDS)('which folder feeds a combo: %s', (_, options, written, directory) => {
  const source: NodeDeclaration = { nodeType: 'N', widgets: null, loaders: written === null ? [] : [{ input: 'x', directory: written }] };
  const nodes = readObjectInfo({ N: { input: { required: { x: ['COMBO', { options }] } } } });
  const declared = declareLive({ nodes, folders: FOLDERS }, new Map([['N', source]]));
  const found = declared.get('N')?.loaders.map((loader) => loader.directory);
  expect(found).toEqual(directory === undefined ? [] : [directory]);
});

test('what a combo offers beside its folder’s files, and is none, is a choice of its own', () => {
  const options = ['None', 'a.safetensors', 'sub/b.safetensors', 'lanczos'];
  const nodes = readObjectInfo({ N: { input: { required: { x: [options], y: [['stem', 'other stem']] } } } });
  const source: NodeDeclaration = { nodeType: 'N', widgets: null, loaders: [{ input: 'y', directory: 'vae' }] };
  expect(declareLive({ nodes, folders: FOLDERS }, new Map([['N', source]])).get('N')?.loaders).toEqual([
    { input: 'x', directory: 'loras', choices: ['None', 'lanczos'] },
    { input: 'y', directory: 'vae' },
  ]);
});

test('a combo that lies on the disk as the sources say stays one where the server has nothing in it', () => {
  const nodes = readObjectInfo({ N: { input: { required: { x: [['None']], y: [['x.safetensors']] } } } });
  const source: NodeDeclaration = { nodeType: 'N', widgets: null, loaders: [], untold: [{ input: 'x' }, { input: 'y' }] };
  const declared = declareLive({ nodes, folders: FOLDERS }, new Map([['N', source]])).get('N');
  expect(declared?.untold).toEqual([{ input: 'x' }]);
  expect(declared?.loaders).toEqual([{ input: 'y', directory: null }]);
});

test('a class that the server does not have stays as its sources declare it', () => {
  const source: NodeDeclaration = { nodeType: 'Gone', widgets: ['x'], loaders: [{ input: 'x', directory: 'loras' }] };
  const declared = declareLive({ nodes: readObjectInfo({ N: {} }), folders: FOLDERS }, new Map([['Gone', source]]));
  expect(declared.get('Gone')).toBe(source);
  expect(declared.get('N')).toEqual({ nodeType: 'N', widgets: [], loaders: [] });
});
