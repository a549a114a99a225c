import { afterAll, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { READ_LIMITS } from '../../lib/workflow/containers/limits.ts';
import { findWorkflowFiles } from '../../lib/workflow/find-files.ts';
import { NodeRules } from '../../lib/workflow/loaders/rules.ts';
import { readFile } from '../../lib/workflow/read-file.ts';
import { editorGraph, node, socket } from './graphs.ts';
import { exif, png, pngChunk, textChunk, webp } from './media.ts';

const base = mkdtempSync(join(tmpdir(), 'hostile-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const MIB = 1024 * 1024;
const rules = new NodeRules(new Map());
const good = JSON.stringify(editorGraph([node('VAELoader', ['a.pt'])]));

/** What is found in a file of that content, or the code of the failure; in seconds, not minutes, and without growing for ever. */
function read(name: string, content: string | Uint8Array): string[] | string {
  const path = join(base, name);
  writeFileSync(path, content);
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const outcome = readFile(path, rules);
  expect(performance.now() - started).toBeLessThan(4_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(700 * MIB);
  return 'failure' in outcome ? outcome.failure.code : outcome.reading.findings.map((finding) => finding.written);
}

const nested = (depth: number, inner: string): string => '['.repeat(depth) + inner + ']'.repeat(depth);
const wrapped = (depth: number, inner: string): string => '{"a":'.repeat(depth) + inner + '}'.repeat(depth);

describe('JSON that is deep', () => {
  const deep = 100_000;

  test.each([
    ['lists', nested(deep, '')],
    ['objects', wrapped(deep, '1')],
    ['a workflow at the bottom of lists', nested(deep, good)],
    ['a workflow at the bottom of objects', wrapped(deep, good)],
  ])('%s are no workflow', (_, text) => expect(['not_json', 'not_a_workflow']).toContain(read('deep.json', text) as string));

  test.each([
    ['a widget', `{"nodes":[{"id":1,"type":"VAELoader","pos":0,"widgets_values":["a.pt",${nested(deep, '"b.pt"')}]}],"links":[]}`],
    ['an input', `{"nodes":[{"id":1,"type":"VAELoader","pos":0,"widgets_values":["a.pt"],"inputs":[${nested(deep, '')}]}],"links":[]}`],
    [
      'properties',
      `{"nodes":[{"id":1,"type":"VAELoader","pos":0,"widgets_values":["a.pt"],"properties":${wrapped(deep, '1')}}],"links":[]}`,
    ],
    ['the API form', `{"1":{"class_type":"VAELoader","inputs":{"vae_name":"a.pt","x":${wrapped(deep, '"b.pt"')}}}}`],
  ])('in %s does no harm', (_, text) => expect([['a.pt'], 'not_json']).toContainEqual(read('inner.json', text)));

  test('a text in a text in a text is opened a few times only', () => {
    let text = good;
    for (let i = 0; i < 12; i++) text = JSON.stringify({ workflow: text });
    expect(read('texts.json', text)).toBe('not_a_workflow');
    expect(read('text.json', JSON.stringify({ workflow: good }))).toEqual(['a.pt']);
  });

  test('definitions inside definitions are found at any depth', () => {
    const levels = 5_000;
    const open = (i: number) => `{"id":"d${i}","nodes":[],"links":[],"definitions":{"subgraphs":[`;
    const inner = Array.from({ length: levels }, (_, i) => open(i)).join('') + ']}}'.repeat(levels);
    const text = `{"nodes":[{"id":1,"type":"VAELoader","pos":0,"widgets_values":["a.pt"]}],"links":[],"definitions":{"subgraphs":[${inner}]}}`;
    expect([['a.pt'], 'not_json']).toContainEqual(read('definitions.json', text));
  });
});

describe('JSON that is wide', () => {
  const beside = (text: string): string => good.replace('{', `{"more":${text},`);

  test.each([
    ['brackets that never end', '['.repeat(60 * MIB)],
    ['ten million lists in a workflow', beside(`[${'[],'.repeat(10_000_000)}[]]`)],
    ['deep lists in a workflow', beside(`[${`${nested(5000, '')},`.repeat(500)}0]`)],
  ])('%s are not parsed', (_, text) => {
    expect(text.length).toBeGreaterThan(MIB);
    const before = process.memoryUsage().rss;
    expect(read('excess.json', text)).toBe('too_large');
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MIB);
  });

  test('brackets inside a picture, packed, are not parsed either', () => {
    expect(
      read('excess.png', png(pngChunk('zTXt', Buffer.concat([Buffer.from('workflow\0\0'), deflateSync(`{"a":${'['.repeat(9_000_000)}`)])))),
    ).toBe('workflow_damaged');
  });

  test('millions of small values', () => {
    expect(read('numbers.json', `[${'0,'.repeat(5_000_000)}0]`)).toBe('not_a_workflow');
    expect(read('objects.json', `[${'{},'.repeat(2_000_000)}{}]`)).toBe('not_a_workflow');
    expect(read('keys.json', `{${Array.from({ length: 300_000 }, (_, i) => `"${i}":{}`).join(',')}}`)).toBe('not_a_workflow');
  });

  test('words that are no JSON, in strings that never end', () => {
    expect(read('quotes.json', `{"a": NaN, "${'\\"'.repeat(4_000_000)}`)).toBe('not_json');
    expect(read('slashes.json', `{"a": NaN, "${'\\'.repeat(8_000_001)}`)).toBe('not_json');
    expect(read('many.json', `{"a": NaN, ${'"'.repeat(4_000_001)}`)).toBe('not_json');
  });

  test('a list with a hundred thousand names', () => {
    const list = Array.from({ length: 100_000 }, (_, i) => ({ on: true, lora: `${i}.pt`, strength: 1 }));
    expect(read('list.json', JSON.stringify(editorGraph([node('Power Lora Loader (rgthree)', list)])))).toBe('too_large');
  });

  test('a million tags in one text, which another node takes, are more than are taken in', () => {
    const tags = Array.from({ length: 1_000_000 }, (_, place) => `<lora:${place}>`).join('');
    const nodes = [node('ImpactWildcardProcessor', [tags]), node('ImpactWildcardEncode', [''])];
    expect(read('tags.json', JSON.stringify(editorGraph(nodes)))).toBe('too_large');
  });

  test.each([
    ['notes', 'Note', [' https://x/a.pt'.repeat(10_000)], {}],
    ['texts', 'Mystery', [' https://x/a.pt'.repeat(10_000)], {}],
    ['lists of models', 'VAELoader', ['a.pt'], { models: Array.from({ length: 10_000 }, () => ({ name: 'a.pt', url: 'https://x/a.pt' })) }],
  ])('a hundred thousand links in %s are more than are taken in', (_, type, values, properties) => {
    const nodes = Array.from({ length: 10 }, () => node(type, values, { properties }));
    expect(read('links.json', JSON.stringify(editorGraph([...nodes, node('UNETLoader', ['u.pt'])])))).toBe('too_large');
  });

  test('a prompt with a quarter of a million nodes, of as many types', () => {
    const prompt = Object.fromEntries(Array.from({ length: 250_000 }, (_, id) => [id, { class_type: `T${id}`, inputs: {} }]));
    expect(read('prompt.json', JSON.stringify(prompt))).toBe('too_large');
  });

  test('thirty thousand values of one node, and as many sockets', () => {
    const inputs = Array.from({ length: 30_000 }, (_, i) => socket(`w${i}`, 'STRING', i));
    const values = inputs.map((_, i) => (i % 2 === 0 ? `${i}.pt` : `embedding:${i}`));
    const named = Object.fromEntries(values.map((value, i) => [`w${i}`, value]));
    const contents = [
      editorGraph([node('Mystery', values, { inputs })]),
      editorGraph([node('Mystery', named, { inputs })]),
      { '1': { class_type: 'Mystery', inputs: named } },
    ];
    for (const content of contents) expect(read('values.json', JSON.stringify(content))).toBe('too_large');
  });

  test('two thousand names of one node are all read', () => {
    const list = Array.from({ length: 2000 }, (_, i) => ({ on: true, lora: `${i}.pt`, strength: 1 }));
    expect(read('list.json', JSON.stringify(editorGraph([node('Power Lora Loader (rgthree)', list)])))).toHaveLength(2000);
  });

  test('a group of thirty thousand nodes, each linked to the next', () => {
    const nodes = Array.from({ length: 30_000 }, (_, i) => ({ ...node('VAELoader', [`${i}.pt`]), inputs: [{ name: 'x', type: 'A' }] }));
    const links = nodes.map((_, i) => [i, 0, i + 1, 0, 0, 'A']);
    const extra = { groupNodes: { g: { nodes, links } } };
    expect(read('group.json', JSON.stringify(editorGraph([node('workflow>g', ['x'])], { extra })))).toHaveLength(30_000);
  });

  test('a name that a text says a million times is one', () => {
    const nodes = [
      node('ImpactWildcardEncode', ['<lora:a>'.repeat(1_000_000)]),
      node('CLIPTextEncode', ['embedding:b '.repeat(1_000_000)]),
    ];
    expect(read('again.json', JSON.stringify(editorGraph(nodes)))).toEqual(['a', 'b']);
  });

  test('ten thousand nodes with the same id, each linked to the next', () => {
    const nodes = Array.from({ length: 10_000 }, () =>
      node('Reroute', [], { id: 7, inputs: [{ name: '', type: '*', link: 1 }], outputs: [{ links: [1] }] }),
    );
    const links = [[1, 7, 0, 7, 0, '*']];
    const linked = node('VAELoader', ['b.pt'], { id: 7, inputs: [socket('vae_name', 'COMBO', 1)] });
    const loader = node('VAELoader', ['a.pt'], { id: 7 });
    expect(read('ids.json', JSON.stringify(editorGraph([...nodes, linked, loader], { links })))).toContain('a.pt');
  });
});

describe('texts that look like the beginning of a name', () => {
  const long = 200_000;

  test.each([
    ['a tag that never ends', node('ImpactWildcardEncode', [`<lora:a${' '.repeat(long)}`])],
    ['an embedding with dots inside', node('CLIPTextEncode', [`embedding:${'.'.repeat(long)}x`])],
    ['a class of many loras', node('lora'.repeat(long / 4), ['a b'])],
    ['dashes where a loader has its file', node('LoraLoader', [`${'-'.repeat(long)}x`, 1, 1])],
  ])('%s costs no more than it is long', (_, hostile) => {
    expect(read('text.json', JSON.stringify(editorGraph([hostile, node('VAELoader', ['a.pt'])])))).toEqual(['a.pt']);
  });
});

describe('graphs that turn back', () => {
  test('a subgraph that contains itself, directly and through another', () => {
    const ids = ['aaaaaaaa', 'bbbbbbbb'].map((part) => `${part}-0000-4000-8000-000000000000`);
    const subgraphs = ids.map((id, i) => ({
      id,
      nodes: [node(id, []), node(ids[1 - i] ?? '', []), node('VAELoader', [`${i}.pt`])],
      links: [],
    }));
    expect(read('cycle.json', JSON.stringify(editorGraph([node(ids[0] ?? '', [])], { definitions: { subgraphs } })))).toEqual([
      '1.pt',
      '0.pt',
    ]);
  });

  test('a subgraph that hands on what an instance of itself makes', () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000000';
    const loader = node('LoraLoader', ['a.pt'], { id: 1, inputs: [socket('lora_name', 'COMBO', 1)] });
    const own = { id, inputs: [], nodes: [{ id: 1, type: id }], links: [[1, 1, 0, -20, 0, 'COMBO']] };
    const graph = editorGraph([loader, node(id, [], { id: 2 })], { links: [[1, 2, 0, 1, 0, 'COMBO']], definitions: { subgraphs: [own] } });
    expect(read('own-output.json', JSON.stringify(graph))).toEqual([]);
  });

  test('a subgraph that gives one instance of itself what another one makes', () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000000';
    const input = { name: 'lora_name', type: 'COMBO' };
    const instance = (own: number, link: number) => node(id, [], { id: own, inputs: [socket('lora_name', 'COMBO', link)] });
    const links = [
      [1, 3, 0, 2, 0, 'COMBO'],
      [2, 4, 0, 3, 0, 'COMBO'],
      [3, -10, 0, 4, 0, 'COMBO'],
      [4, 2, 0, -20, 0, 'COMBO'],
    ];
    const both = { id, inputs: [input], nodes: [instance(2, 1), instance(3, 2), instance(4, 3)], links };
    const loader = node('LoraLoader', ['a.pt'], { id: 1, inputs: [socket('lora_name', 'COMBO', 9)] });
    const host = node(id, [], { id: 2, inputs: [socket('lora_name', 'COMBO', null)] });
    const graph = editorGraph([loader, host], { links: [[9, 2, 0, 1, 0, 'COMBO']], definitions: { subgraphs: [both] } });
    expect(read('own-inputs.json', JSON.stringify(graph))).toEqual([]);
  });

  test('a group node that contains itself', () => {
    const mine = { nodes: [node('workflow>mine', []), node('VAELoader', ['a.pt'])] };
    expect(read('group.json', JSON.stringify(editorGraph([node('workflow>mine', [])], { extra: { groupNodes: { mine } } })))).toEqual([
      'a.pt',
    ]);
  });
});

describe('pictures that unfold', () => {
  const bomb = deflateSync(Buffer.alloc(30 * MIB, 0x20), { level: 9 });
  const packed = (data: Buffer) => pngChunk('zTXt', Buffer.concat([Buffer.from('workflow\0\0'), data]));

  test('a hundred texts of thirty megabytes each', () => {
    const chunks = Array.from({ length: 100 }, () => packed(bomb));
    expect(read('bombs.png', png(...chunks, textChunk('workflow', good)))).toEqual(['a.pt']);
  });

  test('a hundred of them that are damaged at the end', () => {
    const damaged = Buffer.concat([bomb.subarray(0, -20), Buffer.alloc(20, 0xff)]);
    expect(read('damaged.png', png(...Array.from({ length: 100 }, () => packed(damaged)), textChunk('workflow', good)))).toEqual(['a.pt']);
  });

  test('five hundred entries that point at the same ten megabytes', () => {
    const block = exif(Array.from({ length: 500 }, (_, i) => [i, 'x'] as const));
    const body = Buffer.concat([block, Buffer.alloc(10 * MIB, 0x20)]);
    for (let i = 0; i < 500; i++) {
      body.writeUInt32LE(10 * MIB, 8 + 2 + i * 12 + 4);
      body.writeUInt32LE(block.length, 8 + 2 + i * 12 + 8);
    }
    expect(read('entries.webp', webp(body))).toBe('not_a_workflow');
  });

  test('a sound that begins a hundred thousand objects and ends none', () => {
    expect(read('open.mp4', Buffer.concat([Buffer.from('\0\0\0\x08ftyp'), Buffer.from('workflow:{"'.repeat(300_000))]))).toBe(
      'not_a_workflow',
    );
  });

  test('more than is ever read of one file ends the reading', () => {
    const limits = { ...READ_LIMITS, totalBytes: 1000 };
    const path = join(base, 'long.png');
    writeFileSync(path, png(textChunk('a', 'x'.repeat(2000)), textChunk('workflow', good)));
    expect('failure' in readFile(path, rules)).toBe(false);
    expect('failure' in readFile(path, rules, limits)).toBe(true);
  });
});

describe('names that are traps', () => {
  test('keys of the prototype change nothing and are read as names', () => {
    const text = `{"nodes":[{"id":1,"type":"VAELoader","pos":0,"widgets_values":{"__proto__":{"vae_name":"x.pt","polluted":1},"vae_name":"a.pt"}}],
      "links":[],"extra":{"groupNodes":{"__proto__":{"nodes":[]},"constructor":{"nodes":[]}}},"__proto__":{"polluted":1}}`;
    expect(read('proto.json', text)).toContain('a.pt');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('a number that is too large is no id, and none that no reader of the results could take', () => {
    const graph =
      '{"version": 0.4, "nodes": [{"id": 1e999, "type": "VAELoader", "pos": [], "widgets_values": ["a.pt"]}, {"id": 2, "type": "X", "pos": []}]}';
    writeFileSync(join(base, 'id.json'), graph);
    const outcome = readFile(join(base, 'id.json'), rules);
    expect('reading' in outcome && outcome.reading.findings.map(({ written, nodeId }) => [written, nodeId])).toEqual([['a.pt', '']]);
  });

  test('half of a character is survived', () => {
    expect(
      read('half.json', String.raw`{"nodes":[{"id":"\ud800","type":"\udc00","pos":0,"widgets_values":["\ud800.pt"]}],"links":[]}`),
    ).toEqual(['\ud800.pt']);
  });
});

test.skipIf(process.getuid?.() === 0)('a folder and a file that may not be read are named, and the others are found', () => {
  const root = join(base, 'folders');
  mkdirSync(join(root, 'closed'), { recursive: true });
  for (const name of ['open.json', 'secret.json']) writeFileSync(join(root, name), good);
  chmodSync(join(root, 'closed'), 0o000);
  chmodSync(join(root, 'secret.json'), 0o000);
  const { files, failures } = findWorkflowFiles([root]);
  expect(failures.map((failure) => failure.code)).toEqual(['unreadable']);
  expect(files.map((file) => 'failure' in readFile(file.path, rules))).toEqual([false, true]);
  chmodSync(join(root, 'closed'), 0o700);
});
