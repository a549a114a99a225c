import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWorkflow } from '../../bench/made-workflow.ts';
import { Seeded } from '../../bench/seeded.ts';
import { findGraphs } from '../../lib/workflow/containers/find-graphs.ts';
import { NodeRules } from '../../lib/workflow/loaders/rules.ts';
import { canTell, looksLikeModelFile } from '../../lib/workflow/model-name.ts';
import { runs } from '../../lib/workflow/graph/modes.ts';
import { asList, asRecord, isRecord, type JsonRecord } from '../../lib/workflow/narrow.ts';
import { readFile, readSentFile } from '../../lib/workflow/read-file.ts';
import { readWorkflow } from '../../lib/workflow/read-workflow.ts';
import { sendFile } from '../../lib/workflow/send-file.ts';
import { linksOf, nodesOf, wholeNodes } from '../../lib/workflow/skim/skeleton.ts';
import { SkeletonPlace, SkeletonQueue } from '../../lib/workflow/skim/skeleton-queue.ts';
import { Skimmer } from '../../lib/workflow/skim/skimmer.ts';
import { scripts } from '../../package.json';
import { PROJECT } from '../../scripts/compile.ts';

const base = mkdtempSync(join(tmpdir(), 'skim-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const CODE = 'lib/workflow/skim/skim.wasm';
const PLAIN = ['KSampler', 'VAEDecode', 'Ünicode 节点', 'SetNode'];
const skimmer = new Skimmer();

function skim(text: string | Uint8Array, plain: readonly string[] = PLAIN): JsonRecord | undefined {
  const bytes = Buffer.from(text);
  skimmer.input.set(bytes);
  return skimmer.skim(bytes.length, plain);
}

/** An object whose keys may come twice, as a file may have it. */
class Entries {
  readonly all: readonly (readonly [string, unknown])[];

  constructor(all: readonly (readonly [string, unknown])[]) {
    this.all = all;
  }
}

/** The JSON of a value as somebody else's program might write it: with blanks anywhere, and escapes where none are needed, but in its own keys. */
function write(value: unknown, random: Seeded, isTop = true): string {
  const blanks = (): string => ' \n\t\r'.charAt(random.whole(0, 3)).repeat(random.whole(1, random.pick([1, 3, 20, 70])));
  const blank = (): string => (random.chance(0.7) ? '' : blanks());
  const listed = (parts: readonly string[]): string => parts.map((part) => blank() + part + blank()).join(',') || blank();
  if (typeof value === 'string') return writeText(value, random);
  if (Array.isArray(value)) return `[${listed(value.map((entry) => write(entry, random, false)))}]`;
  const entries = value instanceof Entries ? value.all : isRecord(value) ? Object.entries(value) : undefined;
  if (entries === undefined) return JSON.stringify(value);
  const key = (name: string): string => (isTop ? JSON.stringify(name) : writeText(name, random));
  return `{${listed(entries.map(([name, inner]) => `${key(name)}${blank()}:${blank()}${write(inner, random, false)}`))}}`;
}

function writeText(text: string, random: Seeded): string {
  const escaped = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replaceAll(/[^]/g, (c) => (random.chance(0.0005) ? escaped(c) : JSON.stringify(c).slice(1, -1)))}"`;
}

const PIECES = [
  'a',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '.',
  '\n',
  'é',
  '节',
  '😀',
  ' ',
  '#',
  'model.safetensors',
  'x'.repeat(15),
  'y'.repeat(64),
];

function anyText(random: Seeded): string {
  return Array.from({ length: random.whole(0, 5) }, () => random.pick(PIECES)).join('');
}

function anyValue(random: Seeded, depth = 3): unknown {
  const kind = random.whole(0, depth > 0 ? 7 : 4);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.pick([0, -1, 1.5, 1e300, -0.25, 123456789]);
  if (kind <= 4) return anyText(random);
  const length = random.whole(0, 4);
  if (kind === 5) return Object.fromEntries(Array.from({ length }, () => [anyText(random), anyValue(random, depth - 1)]));
  return Array.from({ length }, () => anyValue(random, depth - 1));
}

const KEYS = [
  'pos',
  'size',
  'flags',
  'order',
  'title',
  'color',
  'bgcolor',
  'inputs',
  'outputs',
  'widgets_values',
  'properties',
  'mode',
  '#',
];
const OTHER_KEYS = [
  'poss',
  'po',
  'sizes',
  'flagz',
  'orders',
  'titles',
  'typ',
  'types',
  'input',
  'outputz',
  'bgcolour',
  'widgets_value',
  '__proto__',
  '',
  '=',
];

const PROPERTY_KEYS = [
  'cnr_id',
  'aux_id',
  'ver',
  'proxyWidgets',
  'Node name for S&R',
  'size',
  'cnr',
  'mode',
  'a "quote"',
  'x'.repeat(20),
  '',
];

const USUAL_PROPERTIES = [{ cnr_id: 'comfy-core', ver: '0.3.71' }, { ver: '0.3.71', size: 1, cnr_id: 'comfy-core' }, {}];

function anyProperties(random: Seeded): unknown {
  const models = random.chance(0.3) ? [['models', [{}]] as const] : [];
  const keys = random.shuffled(PROPERTY_KEYS).slice(0, random.whole(0, 6));
  const all = random.shuffled([...keys.map((key) => [key, anyValue(random)] as const), ...models]);
  const many = random.chance(0.02) ? Array.from({ length: 70 }, (_, i) => ['ver', i] as const) : [];
  return new Entries([...all, ...many, ...(random.chance(0.2) ? all.slice(0, 2) : [])]);
}

function anyNode(random: Seeded): unknown {
  if (random.chance(0.05)) return anyValue(random);
  const type: [string, unknown] = [
    'type',
    random.chance(0.9) ? random.pick([...PLAIN, 'CheckpointLoaderSimple', 'a\\b', 'KSample']) : anyValue(random),
  ];
  const usual = random.chance(0.3) ? ['properties', 'mode'] : [...KEYS, ...OTHER_KEYS];
  const keys = random.shuffled(usual).slice(0, random.whole(0, 14));
  const members = keys.map((key): [string, unknown] => {
    if (key === 'widgets_values' && random.chance(0.7))
      return [key, Array.from({ length: random.whole(0, 3) }, () => random.pick([1, 2.5, 'euler', '', true]))];
    if (key === 'properties' && random.chance(0.9))
      return [key, random.chance(0.5) ? random.pick(USUAL_PROPERTIES) : anyProperties(random)];
    if (key === 'mode' && random.chance(0.8)) return [key, random.pick([0, 0, 2, 4])];
    return [key, anyValue(random)];
  });
  const id: [string, unknown] = ['id', random.whole(1, 50)];
  const all = random.shuffled([id, type, ...members]);
  return new Entries(random.chance(0.1) ? [...all, ...all.slice(0, 2)] : all);
}

function anyWorkflow(random: Seeded): string {
  const nodes = Array.from({ length: random.whole(0, 12) }, () => anyNode(random));
  const links = Array.from({ length: random.whole(0, 5) }, () => anyValue(random));
  const others = [
    ['groups', anyValue(random)],
    ['extra', anyValue(random)],
    ['node', 1],
    ['linkz', [1]],
  ] as const;
  return write(new Entries(random.shuffled([['nodes', nodes], ['links', links], ...others].slice(0, random.whole(2, 6)) as never)), random);
}

const DROPPED = new Set(['size', 'flags', 'order', 'title', 'color', 'bgcolor', 'pos', '#', '@', '=']);

/** A node as the search sees it. */
function seen(node: unknown): unknown {
  if (!isRecord(node)) return node;
  const kept = Object.entries(node).filter(([key, value]) => !DROPPED.has(key) && !(key === 'mode' && value === 0));
  const looked = ([key, value]: [string, unknown]) => [key, key === 'properties' && isRecord(value) ? lookedAt(value) : value] as const;
  return new Map(kept.filter(([, value]) => value !== undefined).map(looked));
}

const LOOKED_AT = ['cnr_id', 'aux_id', 'ver', 'models', 'proxyWidgets'];

function lookedAt(properties: JsonRecord): unknown {
  return LOOKED_AT.map((key) => (Object.hasOwn(properties, key) ? [key, properties[key]] : undefined));
}

function mayBeCut(node: JsonRecord): boolean {
  const values = node.widgets_values;
  if (!PLAIN.includes(String(node.type)) || (isRecord(node.properties) && 'models' in node.properties)) return false;
  if (!Array.isArray(values)) return !isRecord(values);
  return values.every((value) => (typeof value === 'string' ? !canTell(value) : typeof value !== 'object' || value === null));
}

test('the code is what its source says', async () => {
  const [, ...args] = scripts['build:skim'].replace(CODE, join(base, 'skim.wasm')).split(' ');
  await Bun.$`${process.execPath} node_modules/assemblyscript/bin/asc.js ${args}`.cwd(PROJECT).quiet();
  expect(readFileSync(join(base, 'skim.wasm')).equals(readFileSync(join(PROJECT, CODE)))).toBe(true);
});

test('a skeleton that is asked for all has all that is ever looked at', () => {
  let [cut, made, shared] = [0, 0, 0];
  for (let seed = 0; seed < 1500; seed++) {
    const text = anyWorkflow(new Seeded(seed));
    const whole = JSON.parse(text) as JsonRecord;
    const graph = skim(text);
    made += graph === undefined ? 0 : 1;
    if (graph === undefined) {
      expect(text).toContain(String.raw`\u`); // a node's key is written with escapes
      continue;
    }
    for (const [place, node] of nodesOf(graph).entries()) {
      const real = asList(whole.nodes)[place];
      if (!isRecord(node) || !isRecord(real)) continue;
      expect(runs(node)).toBe(runs(real));
      if (isRecord(node.properties)) shared += expectProperties(node, real);
      const isCut = ['inputs', 'widgets_values', 'properties'].some((key) => key in real && !(key in node));
      if (isCut) expect(mayBeCut(real)).toBe(true);
      cut += isCut ? 1 : 0;
    }
    expect(linksOf(graph)).toEqual(asList(whole.links));
    wholeNodes(graph);
    expect(nodesOf(graph).map(seen)).toEqual(asList(whole.nodes).map(seen));
    const { nodes: _nodes, links: _links, ...others } = whole;
    expect(graph).toMatchObject(others);
  }
  expect(made).toBeGreaterThan(1200);
  expect(cut).toBeGreaterThan(200);
  expect(shared).toBeGreaterThan(20);
});

/** Returns 1 for a node that has the properties of another one. */
function expectProperties(node: JsonRecord, real: JsonRecord): number {
  expect(lookedAt(asRecord(node.properties))).toEqual(lookedAt(asRecord(real.properties)));
  return '=' in node && !('=' in real) ? 1 : 0;
}

test('nodes that are cut down have the mode that counts, and the properties that stand in their own file', () => {
  const node = (type: string, mode: string) => `{"id":1,"type":"${type}",${mode},"properties":{"cnr_id":"core","ver":"1","more":[]}}`;
  const modes = ['"mode":0', '"mode":4,"mode":0', '"mode":0,"mode":4', '"mode":2'];
  const text = `{"nodes":[${['KSampler', 'VAEDecode', 'SetNode', 'Ünicode 节点'].map((type, i) => node(type, modes[i] ?? '')).join()}]}`;
  for (let time = 0; time < 2; time++) {
    const nodes = asList(skim(text)?.nodes).map(asRecord);
    expect(nodes.map(runs)).toEqual([true, true, false, false]);
    expect(nodes.map(({ properties }) => properties)).toEqual(Array.from({ length: 4 }, () => ({ cnr_id: 'core', ver: '1' })));
  }
});

test('nodes that say what another one of their type says are left out until somebody asks for all', () => {
  const node = (id: number, more: JsonRecord) => ({
    id,
    type: 'KSampler',
    mode: 0,
    properties: { ver: '1' },
    inputs: [{ link: id }],
    ...more,
  });
  const nodes = [
    node(1, {}),
    node(2, {}),
    node(3, { mode: 4 }),
    null,
    node(4, { mode: 4 }),
    node(5, { properties: { ver: '2' } }),
    node(6, { other: true }),
    node(7, { widgets_values: ['a.ckpt'] }),
    node(8, { type: 'VAEDecode', properties: undefined, mode: undefined }),
    node(9, { type: 'VAEDecode', properties: undefined, mode: undefined }),
    node(10, {}),
  ];
  const whole = JSON.parse(JSON.stringify({ nodes, links: [] })) as JsonRecord;
  const graph = skim(JSON.stringify(whole)) ?? {};
  const idOf = (entry: unknown) => (isRecord(entry) ? entry.id : entry);
  expect(asList(graph.nodes).map(idOf)).toEqual([1, 3, null, 5, 6, 7, 8]);
  const all = nodesOf(graph);
  expect(all.map(idOf)).toEqual(nodes.map(idOf));
  expect(nodesOf(graph)).toBe(all);
  wholeNodes(graph);
  expect(all.map(seen)).toEqual(asList(whole.nodes).map(seen));
});

test('of made workflows many nodes are left out, and all are there for those who ask', () => {
  let [kept, all] = [0, 0];
  for (let seed = 0; seed < 40; seed++) {
    const text = makeWorkflow(seed, 30_000);
    const graph = skim(text, ['KSampler', 'VAEDecode', 'Reroute', 'LoadImage', 'SaveImage', 'PreviewImage', 'ImageScale']) ?? {};
    kept += asList(graph.nodes).length;
    all += nodesOf(graph).length;
    wholeNodes(graph);
    expect(nodesOf(graph).map(seen)).toEqual(asList((JSON.parse(text) as JsonRecord).nodes).map(seen));
  }
  expect(kept).toBeLessThan(all * 0.85);
});

describe('no skeleton', () => {
  const good = makeWorkflow(3, 6_000);

  test('of a file that is cut off, wherever that is', () => {
    expect(skim(good)).toBeDefined();
    for (let length = 0; length < good.length; length++) expect(skim(good.slice(0, length))).toBeUndefined();
  });

  test.each([
    ['a list', '[{"nodes":[]}]'],
    ['an API prompt', '{"3":{"class_type":"KSampler","inputs":{}}}'],
    ['an export that holds the workflow deeper', `{"workflow":${good}}`],
    ['nodes that are no list', '{"nodes":{},"links":[]}'],
    ['two lists of nodes', '{"nodes":[],"nodes":[{"id":1}]}'],
    ['a key that is written with escapes', String.raw`{"n\u006fdes":[],"nodes":[]}`],
    ['two values', `${good}{}`],
    ['a list of nodes that does not end', '{"nodes":[{"id":1,"type":"KSampler"'],
    ['a comma too many', '{"nodes":[{"id":1},]}'],
    ['a comma too many in front', '{"nodes":[,{"id":1}]}'],
    ['a comma alone', '{"nodes":[,]}'],
    ['no comma', '{"nodes":[{"id":1}{"id":2}]}'],
    ['a node with a comma too many', '{"nodes":[{"id":1,}]}'],
    ['a node without a colon', '{"nodes":[{"id" 1}]}'],
    ['brackets of two kinds', '{"nodes":[{"id":1]]}'],
    ['a key of a node that is written with escapes', String.raw`{"nodes":[{"id":1,"p\u006fs":[1,2]}]}`],
    ['a quote too few in what is left out', '{"nodes":[{"id":1,"flags":[a":1]},{"id":2,"values":["say \\"hi\\""]}]}'],
    ['a word without quotes in what is left out', '{"nodes":[{"id":1,"pos":[4x5,1]}]}'],
    ['the end of a line inside a text that is left out', '{"nodes":[{"id":1,"pos":["a\nb"]}]}'],
    ['a word without quotes among the values of a plain node', '{"nodes":[{"id":1,"type":"KSampler","widgets_values":[embedding:a]}]}'],
    ['nothing', ''],
    ['blanks', '   '],
  ])('of %s', (_, text) => {
    expect(skim(text)).toBeUndefined();
  });
});

test('nodes of a type are whole until it is said to be plain, and again when other types are', () => {
  const text = JSON.stringify({ nodes: [{ id: 1, type: 'Grow', inputs: [], widgets_values: [1] }], links: [] });
  const plain: string[] = [];
  const isCut = (types: readonly string[]): boolean => !('inputs' in (asList(skim(text, types)?.nodes)[0] as JsonRecord));
  expect(isCut(plain)).toBe(false);
  plain.push('Grow');
  expect(isCut(plain)).toBe(true);
  expect(isCut(['Other'])).toBe(false);
  const many = [...Array.from({ length: 5000 }, (_, i) => `Type ${i} ${'x'.repeat(i % 300)}`), 'Grow'];
  expect(isCut(many)).toBe(false);
});

describe('a plain node', () => {
  const isCut = (value: string): boolean => {
    const node = { id: 1, type: 'KSampler', inputs: [], widgets_values: [value] };
    return !('inputs' in (asList(skim(JSON.stringify({ nodes: [node], links: [] }))?.nodes)[0] as JsonRecord));
  };
  const endings = ['safetensors', 'sft', 'ckpt', 'pt', 'pt2', 'pth', 'bin', 'pkl', 'gguf', 'onnx', 'patch'];
  const names = endings.flatMap((ending) => [`a.${ending}`, `A.${ending.toUpperCase()}`, `a.${ending}  `, `a.b.${ending}\u3000\u3000`]);

  test.each([...names, '节点.\u212apt', 'a.c\u212apt', 'embedding:a', '{"a":1}', '[1]', 'https://a.b/c', 'x'.repeat(40) + '.ckpt'])(
    'is whole with %p, which may be a name',
    (value) => {
      expect(isCut(value)).toBe(false);
      expect(looksLikeModelFile(value) ? canTell(value) : true).toBe(true);
    },
  );

  test.each([
    '',
    'euler',
    'example.png',
    'A cat. A dog.',
    'one.\ntwo',
    'he said "no".',
    'a\\b.webp',
    'model.safetensors_old.txt',
    '节点。',
    '.',
  ])('is cut down with %p, which is none', (value) => {
    expect(isCut(value)).toBe(true);
    expect(canTell(value)).toBe(false);
  });
});

test('a skeleton is good until the next file is read', () => {
  const first = skim(makeWorkflow(1, 5_000), ['KSampler']);
  skim(makeWorkflow(2, 5_000), ['KSampler']);
  expect(() => linksOf(first ?? {})).toThrow('has made place for another');
});

/** Of a queue, for its first two places. */
const { memory } = new SkeletonQueue();

describe('files are read the same, whole or not', () => {
  const rules = new NodeRules(new Map());
  const readWhole = (text: string) => readWorkflow(findGraphs(JSON.parse(text)), rules);
  const read = (text: string) => {
    const path = join(base, 'one.json');
    writeFileSync(path, text);
    const outcome = readFile(path, rules);
    const sent = sendAndRead(path);
    if (sent !== undefined) expect(sent).toEqual(outcome);
    return 'reading' in outcome ? outcome.reading : outcome.failure;
  };
  const [place, another] = [new SkeletonPlace(memory, 0), new SkeletonPlace(memory, 1)];
  const other = join(base, 'other.json');
  writeFileSync(other, makeWorkflow(7, 90_000));
  let sentFiles = 0;
  /** As it is read by a thread that another one has made the skeleton for, and has made another one since. */
  const sendAndRead = (path: string) => {
    if (sendFile(path, { plain: rules.plain, to: place }) === undefined) return undefined;
    expect(sendFile(other, { plain: rules.plain, to: another })).toBeDefined();
    sentFiles++;
    return readSentFile(path, place, rules);
  };

  test('also what is sent from one thread to another', () => {
    sentFiles = 0;
    for (let seed = 0; seed < 20; seed++) read(makeWorkflow(seed, 20_000));
    expect(sentFiles).toBe(20);
    const path = join(base, 'large.json');
    writeFileSync(path, makeWorkflow(1, 300_000));
    expect(sendFile(path, { plain: [], to: place })).toBeUndefined();
    expect(sendFile(join(base, 'nowhere.json'), { plain: [], to: place })).toBeUndefined();
  });

  test('as the editor saves them', () => {
    for (let seed = 0; seed < 60; seed++) {
      const text = makeWorkflow(seed, 20_000);
      expect(read(text)).toEqual(readWhole(text));
    }
  });

  test('with links that lead anywhere', () => {
    for (let seed = 0; seed < 1500; seed++) {
      const text = linkedWorkflow(new Seeded(seed));
      expect(read(text)).toEqual(readWhole(text));
    }
  });

  test('with links in titles of groups and in what the author says of the workflow', () => {
    const groups = [{ title: 'https://x/a.pt', bounding: [0, 0, 1, 1] }];
    const subgraphs = [{ id: 'part', nodes: [{ id: 1, type: 'VAELoader' }], links: [], groups }];
    const parts = { groups, extra: { info: { description: 'https://x/b.pt' } }, definitions: { subgraphs } };
    const text = JSON.stringify({ nodes: [{ id: 1, type: 'KSampler', mode: 0 }], links: [], version: 0.4, ...parts });
    read(text); // now its types are known
    expect(read(text)).toEqual(readWhole(text));
    expect(readWhole(text).sources).toHaveLength(3);
  });

  test('and one that is damaged where it is only looked at later is no JSON', () => {
    const node = (id: number, type: string, more: JsonRecord) => ({ id, type, mode: 0, properties: {}, ...more });
    const loader = node(1, 'VAELoader', {
      inputs: [{ name: 'vae_name', type: 'COMBO', widget: { name: 'vae_name' }, link: 7 }],
      widgets_values: ['a.pt'],
    });
    const source = node(2, 'Strange', { outputs: [{ links: [7] }], widgets_values: ['b'] });
    const text = JSON.stringify({ nodes: [loader, source], links: [[7, 2, 0, 1, 0, 'COMBO']], version: 0.4 });
    read(text); // now its types are known
    expect(read(text)).toEqual(readWhole(text));
    expect(read(text.replace('["b"]', '["b" 1]'))).toMatchObject({ code: 'not_json' });
    expect(read(text.replace('7,2,0', '7,2 0'))).toMatchObject({ code: 'not_json' });
  });

  test.each(['an escape', 'a hash'])('where %s makes one type look like another', (reason) => {
    const written = reason === 'a hash' ? 'UNETLoader' : String.raw`\u0055NETLoader`;
    const taught = reason === 'a hash' ? SAME_HASH_AS_UNET_LOADER : written;
    read(JSON.stringify({ nodes: [{ id: 0, type: taught, mode: 0 }], links: [] }));
    const input = { name: 'vae_name', type: 'COMBO', link: 7, widget: { name: 'vae_name' } };
    const loader = (id: number) => ({ id, type: 'TYPE', mode: 0, inputs: [], widgets_values: ['flux1-dev', 'default'] });
    const nodes = [{ id: 1, type: 'VAELoader', mode: 0, inputs: [input], widgets_values: ['x.safetensors'] }, loader(2), loader(3)];
    const text = JSON.stringify({ nodes, links: [[7, 2, 0, 1, 0, 'COMBO']] }).replaceAll('TYPE', written);
    expect(readWhole(text).findings.filter(({ written: name }) => name === 'flux1-dev')).toHaveLength(2);
    if (reason === 'a hash') expect(asList(skim(text, [taught])?.nodes)).toHaveLength(2);
    expect(read(text)).toEqual(readWhole(text));
  });

  test('of whatever kind the JSON is', () => {
    for (const text of [
      '{"nodes":[{"id":"a","data":{},"position":{"x":1}}],"edges":[]}',
      '{"nodes":[{"title":{"class_type":"VAELoader","inputs":{"vae_name":"a.pt"}}}]}',
    ]) {
      read(text);
      const graphs = findGraphs(JSON.parse(text));
      expect(read(text)).toMatchObject(graphs.length === 0 ? { code: 'not_a_workflow' } : readWorkflow(graphs, rules));
    }
  });
});

/** The code tells plain types by 32 bits of them. */
const SAME_HASH_AS_UNET_LOADER = 'NNNQ;Ejuer';

const LINKED_TYPES = [
  'CheckpointLoaderSimple',
  'VAELoader',
  'KSampler',
  'PrimitiveNode',
  'Reroute',
  'SetNode',
  'GetNode',
  'Strange',
  'ShowText|pysssss',
  'part',
  'Note',
];

/** Nodes of all kinds that matter to whoever follows links, linked at random. */
function linkedWorkflow(random: Seeded, depth = 1): string {
  return JSON.stringify({
    ...linkedGraph(random),
    version: 0.4,
    definitions: depth === 0 ? {} : { subgraphs: [{ id: 'part', ...linkedGraph(random) }] },
  });
}

function linkedGraph(random: Seeded): JsonRecord {
  const count = random.whole(2, 10);
  const links = Array.from({ length: random.whole(0, 12) }, (_, i) => [
    i + 1,
    random.whole(1, count),
    0,
    random.whole(1, count),
    random.whole(0, 1),
    'COMBO',
  ]);
  const link = (): number | null => (random.chance(0.6) && links.length > 0 ? random.whole(1, links.length) : null);
  const names = ['ckpt_name', 'vae_name', 'text', 'value'];
  const nodes = Array.from({ length: count }, (_, i) => {
    const widget = random.pick(names);
    const inputs = [
      {
        name: widget,
        type: random.pick(['COMBO', 'STRING', 'MODEL']),
        link: link(),
        ...(random.chance(0.7) && { widget: { name: widget } }),
      },
    ];
    const outputs = [{ name: 'out', type: 'COMBO', links: links.filter((entry) => entry[1] === i + 1).map(([id]) => id) }];
    const values = Array.from({ length: random.whole(0, 2) }, () => random.pick(['a.safetensors', 'b.pt', 'plain', 'x', 3]));
    const mode = random.pick([0, 0, 0, 2, 4]);
    return { id: i + 1, type: random.pick(LINKED_TYPES), pos: [0, 0], mode, inputs, outputs, properties: {}, widgets_values: values };
  });
  return { nodes, links };
}
