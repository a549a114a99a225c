import { describe, expect, test } from 'bun:test';
import { editorGraph, namesIn, node, read, socket } from './graphs.ts';

const INNER = 'aaaaaaaa-0000-0000-0000-000000000001';
const OUTER = 'aaaaaaaa-0000-0000-0000-000000000002';
type Json = Record<string, unknown>;

const loader = (value: string, more: Json = {}) => node('LoraLoaderModelOnly', [value, 1], { id: 7, ...more });
/** A definition whose loader takes its name from input 1 of the subgraph. */
const fedDefinition = (inputs = [input('strength', 'FLOAT'), input('lora_name')]): Json => ({
  id: INNER,
  inputs,
  nodes: [loader('inner.safetensors', { inputs: [socket('lora_name', 'COMBO', 3)] })],
  links: [{ id: 3, origin_id: -10, origin_slot: 1, target_id: 7, target_slot: 0 }],
});
const plainDefinition: Json = { id: INNER, inputs: [], nodes: [loader('inner.safetensors')], links: [] };

function input(name: string, type = 'COMBO'): Json {
  return { name, type };
}

function withDefinitions(nodes: Json[], subgraphs: Json[], links: unknown[] = []): string[] {
  return namesIn(editorGraph(nodes, { definitions: { subgraphs }, links }));
}

describe('values of an instance', () => {
  const host = (values: unknown, more: Json = {}) => node(INNER, values, more);
  const proxies = (...widgets: [string, string][]) => ({ properties: { proxyWidgets: widgets } });
  const cases: [string, string[], string][] = [
    ['none: the inner value stands', withDefinitions([host([])], [plainDefinition]), 'inner'],
    [
      'one for each shown widget',
      withDefinitions([host([2, 'host.safetensors'], proxies(['9', 'steps'], ['7', 'lora_name']))], [plainDefinition]),
      'host',
    ],
    ['null leaves the inner value', withDefinitions([host([null], proxies(['7', 'lora_name']))], [plainDefinition]), 'inner'],
    [
      'an own input among the shown widgets',
      withDefinitions([host(['host.safetensors', 1], proxies(['-1', 'lora_name'], ['-1', 'strength']))], [fedDefinition()]),
      'host',
    ],
    [
      'only the shown own inputs have values',
      withDefinitions(
        [host([0.5, 'host.safetensors'], proxies(['-1', 'strength'], ['7', 'seed'], ['-1', 'lora_name']))],
        [fedDefinition()],
      ),
      'host',
    ],
    [
      'one for each shown widget but pictures',
      withDefinitions([host(['host.safetensors'], proxies(['9', '$$canvas-image-preview'], ['7', 'lora_name']))], [plainDefinition]),
      'host',
    ],
    [
      'by the sockets of the instance',
      withDefinitions([host(['host.safetensors'], { inputs: [socket('lora_name')] })], [fedDefinition()]),
      'host',
    ],
    [
      'by the widget inputs of the definition',
      withDefinitions(
        [host([0.5, 'host.safetensors'])],
        [fedDefinition([input('strength', 'FLOAT'), input('lora_name'), input('image', 'IMAGE')])],
      ),
      'host',
    ],
    ['that fit no order are left alone', withDefinitions([host(['host.safetensors', 0.5])], [fedDefinition()]), 'inner'],
    ['by name', withDefinitions([host({ lora_name: 'host.safetensors' })], [fedDefinition()]), 'host'],
  ];
  for (const [title, found, expected] of cases) test(title, () => expect(found).toEqual([`loras: ${expected}.safetensors`]));

  test('a link to the instance is followed, and a dynamic one makes the value void', () => {
    const linked = host([], { inputs: [socket('lora_name', 'COMBO', 9)] });
    const primitive = node('PrimitiveNode', ['host.safetensors']);
    const reader = node('SDPromptReader', []);
    expect(withDefinitions([primitive, linked], [fedDefinition()], [[9, primitive['id'], 0, 0, 0, 'COMBO']])).toEqual([
      'loras: host.safetensors',
    ]);
    expect(withDefinitions([reader, linked], [fedDefinition()], [[9, reader['id'], 0, 0, 0, 'COMBO']])).toEqual([]);
  });
});

describe('texts of an instance', () => {
  const definition = (inner: Json): Json => ({ id: INNER, inputs: [], nodes: [{ ...inner, id: 7 }], links: [] });
  const host = (widget: string, value: unknown) => node(INNER, [value], { properties: { proxyWidgets: [['7', widget]] } });
  const prompt = definition(node('CLIPTextEncode', ['embedding:inner'], { inputs: [socket('text', 'STRING')] }));

  test('a prompt that the instance shows takes the place of the inner one', () => {
    expect(withDefinitions([host('text', 'a cat, embedding:host')], [prompt])).toEqual(['embeddings: host']);
    expect(withDefinitions([host('text', 'a cat')], [prompt])).toEqual([]);
    expect(withDefinitions([host('text', null)], [prompt])).toEqual(['embeddings: inner']);
  });

  test('a tag for a LoRA counts where the node inside loads it', () => {
    const wildcard = definition(
      node('ImpactWildcardEncode', ['', ''], { inputs: [socket('wildcard_text', 'STRING'), socket('x', 'STRING')] }),
    );
    expect(withDefinitions([host('wildcard_text', '<lora:host:1>')], [wildcard])).toEqual(['loras: host']);
  });

  test('rows of a list of LoRAs that the instance shows take the place of the inner ones', () => {
    const row = (lora: string, on = true) => ({ on, lora, strength: 1 });
    const rows = node('Power Lora Loader (rgthree)', [{}, { type: 'Header' }, row('a.pt'), row('b.pt'), {}, ''], { id: 7 });
    const given = (value: unknown) =>
      withDefinitions(
        [node(INNER, [value], { properties: { proxyWidgets: [['7', 'lora_2']] } })],
        [{ id: INNER, nodes: [rows], links: [] }],
      );
    expect(given(row('host.pt'))).toEqual(['loras: a.pt', 'loras: host.pt']);
    expect(given(row('b.pt', false))).toEqual(['loras: a.pt', '(loras: b.pt)']);
    expect(given(null)).toEqual(['loras: a.pt', 'loras: b.pt']);
    const list = node('Lora Loader (LoraManager)', ['', [{ name: 'Ink', strength: 1, active: true }]], { id: 7 });
    const other = node(INNER, [[{ name: 'Oil', strength: 1, active: true }]], { properties: { proxyWidgets: [['7', 'loras']] } });
    expect(withDefinitions([other], [{ id: INNER, nodes: [list], links: [] }])).toEqual(['loras: Oil']);
  });
  test('a model given to a node of an unknown class is found, also where none is chosen inside', () => {
    for (const inner of ['None', '']) {
      const unknown = definition(node('Loader of nobody', [inner], { inputs: [socket('ckpt_name')] }));
      expect(withDefinitions([host('ckpt_name', 'host.ckpt')], [unknown])).toEqual(['checkpoints: host.ckpt']);
    }
  });

  test('the file tells a model where the name of the input does not, and nothing else does there', () => {
    const unknown = definition(node('Conditioner of nobody', [''], { inputs: [socket('conditioning_name')] }));
    expect(withDefinitions([host('conditioning_name', 'marigold.safetensors')], [unknown])).toEqual(['null: marigold.safetensors']);
    expect(withDefinitions([host('conditioning_name', 'marigold')], [unknown])).toEqual([]);
  });

  test('files that a node does not name are those for what the instance chose', () => {
    const tiny = definition(node('VAELoader', ['taesd'], { inputs: [socket('vae_name')] }));
    expect(withDefinitions([host('vae_name', 'taef1')], [tiny])).toEqual([
      'vae_approx: taef1_encoder.pth',
      'vae_approx: taef1_decoder.pth',
    ]);
    expect(withDefinitions([host('vae_name', 'real.pt')], [tiny])).toEqual(['vae: real.pt']);
  });
});

describe('nesting', () => {
  test('each instance gives its own reference, with the id of the definition', () => {
    const shown = { properties: { proxyWidgets: [['7', 'lora_name']] } };
    const graph = editorGraph([node(INNER, ['a.pt'], shown), node(INNER, ['b.pt'], shown)], {
      definitions: { subgraphs: [plainDefinition] },
    });
    expect(read(graph).findings.map(({ written, subgraph, nodeId }) => [written, subgraph, nodeId])).toEqual([
      ['a.pt', INNER, 7],
      ['b.pt', INNER, 7],
    ]);
  });

  test('a value is handed down through two levels, also by an older, prefixed name', () => {
    const nested = node(INNER, [], { id: 5, properties: { proxyWidgets: [['7', 'lora_name']] } });
    const outer = { id: OUTER, inputs: [], nodes: [nested], links: [] };
    for (const name of ['lora_name', '7: lora_name']) {
      const host = node(OUTER, ['host.pt'], { properties: { proxyWidgets: [['5', name]] } });
      expect(withDefinitions([host], [plainDefinition, outer])).toEqual(['loras: host.pt']);
    }
  });

  describe('widgets of the same name of several nodes', () => {
    const pair = (type: string, first: Json, second: Json): Json => ({ id: type, inputs: [], nodes: [first, second], links: [] });
    const inner = pair(INNER, node('VAELoader', ['inner-3.pt'], { id: 3 }), node('VAELoader', ['inner-4.pt'], { id: 4 }));
    const shows = (...entries: string[][]) => ({ properties: { proxyWidgets: entries } });
    const both = shows(['3', 'vae_name'], ['4', 'vae_name']);
    const middle = node(INNER, ['middle-3.pt', 'middle-4.pt'], { id: 10, ...both });
    const outer: Json = { id: OUTER, inputs: [], nodes: [middle], links: [] };
    const found = (values: unknown[], ...entries: string[][]) =>
      withDefinitions([node(OUTER, values, shows(...entries))], [inner, outer]).map((name) => name.replace('vae: ', ''));

    test('are told apart by the id behind the name', () =>
      expect(found(['a.pt', 'b.pt'], ['10', 'vae_name', '3'], ['10', 'vae_name', '4'])).toEqual(['a.pt', 'b.pt']));
    test('are told apart by the id before the name', () =>
      expect(found(['a.pt', 'b.pt'], ['10', '4: vae_name'], ['10', '3: vae_name'])).toEqual(['b.pt', 'a.pt']));
    test('keep the value of the instance in between where the outer one shows only the other', () =>
      expect(found(['b.pt'], ['10', 'vae_name', '4'])).toEqual(['middle-3.pt', 'b.pt']));

    test('are told apart through three levels, by the id of the innermost node', () => {
      const deep = shows(['10', 'vae_name', '3'], ['10', 'vae_name', '4']);
      const around: Json = { id: 'around', inputs: [], nodes: [node(OUTER, [], { id: 20, ...deep })], links: [] };
      const host = node('around', ['b.pt'], shows(['20', 'vae_name', '4']));
      expect(withDefinitions([host], [inner, outer, around])).toEqual(['vae: middle-3.pt', 'vae: b.pt']);
    });

    test('are told apart where the definition gives them names of their own', () => {
      const fed = (id: number, link: number) => node('VAELoader', ['inner.pt'], { id, inputs: [socket('vae_name', 'COMBO', link)] });
      const from = (id: number, slot: number, target: number) => ({
        id,
        origin_id: -10,
        origin_slot: slot,
        target_id: target,
        target_slot: 0,
      });
      const definition = { ...pair(INNER, fed(3, 1), fed(4, 2)), inputs: [input('vae_name'), input('vae_name_1')] };
      const linked = { ...definition, links: [from(1, 0, 3), from(2, 1, 4)] };
      const own = node(INNER, ['middle-3.pt', 'middle-4.pt'], { id: 10, inputs: [socket('vae_name'), socket('vae_name_1')] });
      const host = node(OUTER, ['b.pt'], shows(['10', 'vae_name', '4']));
      expect(withDefinitions([host], [linked, { ...outer, nodes: [own] }])).toEqual(['vae: middle-3.pt', 'vae: b.pt']);
    });
  });

  test('definitions inside a definition are found', () => {
    const outer = { id: OUTER, inputs: [], nodes: [node(INNER, [])], links: [], definitions: { subgraphs: [plainDefinition] } };
    expect(withDefinitions([node(OUTER, [])], [outer])).toEqual(['loras: inner.safetensors']);
  });

  test('a muted instance mutes what is inside, at any depth', () => {
    const outer = { id: OUTER, inputs: [], nodes: [node(INNER, [])], links: [] };
    expect(withDefinitions([node(OUTER, [], { mode: 4 })], [plainDefinition, outer])).toEqual(['(loras: inner.safetensors)']);
  });

  test('a definition that nobody uses needs nothing', () => expect(withDefinitions([], [plainDefinition])).toEqual([]));

  test('definitions that contain each other are entered once', () => {
    const a = { id: INNER, nodes: [node(OUTER, []), loader('a.pt')], links: [] };
    const b = { id: OUTER, nodes: [node(INNER, []), loader('b.pt')], links: [] };
    expect(withDefinitions([node(INNER, [])], [a, b]).sort()).toEqual(['loras: a.pt', 'loras: b.pt']);
  });
});

describe('what a subgraph hands on', () => {
  const link = (id: number, origin: unknown, target: number) => {
    return { id, origin_id: origin, origin_slot: 0, target_id: target, target_slot: 0, type: 'COMBO' };
  };
  const primitive = node('PrimitiveNode', ['inside.pt'], { id: 3 });
  const giver = { id: INNER, inputs: [], outputs: [{ name: 'x', type: 'COMBO' }], nodes: [primitive], links: [link(1, 3, -20)] };
  const taker = node('VAELoader', ['stale.pt'], { inputs: [socket('vae_name', 'COMBO', 9)] });
  const instance = (type: string, more = {}) => node(type, [], { id: 50, ...more });

  test('is the value of the node inside that its output is linked to', () => {
    expect(withDefinitions([instance(INNER), taker], [giver], [[9, 50, 0, 0, 0, 'COMBO']])).toEqual(['vae: inside.pt']);
  });

  test('may be what it was given itself', () => {
    const passer = { ...giver, inputs: [{ name: 'v', type: 'COMBO' }], nodes: [], links: [link(1, -10, -20)] };
    const source = node('PrimitiveNode', ['given.pt'], { id: 60 });
    const through = instance(INNER, { inputs: [socket('v', 'COMBO', 8)] });
    const links = [
      [8, 60, 0, 50, 0, 'COMBO'],
      [9, 50, 0, 0, 0, 'COMBO'],
    ];
    expect(withDefinitions([source, through, taker], [passer], links)).toEqual(['vae: given.pt']);
    const itself = instance(INNER, { inputs: [socket('v', 'COMBO', 9)] });
    expect(withDefinitions([itself, taker], [passer], [[9, 50, 0, 0, 0, 'COMBO']])).toEqual([]);
  });

  test('is not known when something inside makes it as it runs', () => {
    const maker = { ...giver, nodes: [node('SDPromptReader', ['x.png'], { id: 3 })] };
    expect(withDefinitions([instance(INNER), taker], [maker], [[9, 50, 0, 0, 0, 'COMBO']])).toEqual([]);
  });

  test('is nothing where its output is linked to nothing, so that the own value counts', () =>
    expect(withDefinitions([instance(INNER), taker], [{ ...giver, links: [] }], [[9, 50, 0, 0, 0, 'COMBO']])).toEqual(['vae: stale.pt']));

  test('a chain of a thousand ends, and every instance is still entered', () => {
    const passer = {
      id: INNER,
      inputs: [{ name: 'v', type: 'COMBO' }],
      nodes: [node('VAELoader', ['each.pt'], { id: 4 })],
      links: [link(1, -10, -20)],
    };
    const chain = Array.from({ length: 1000 }, (_, i) => node(INNER, [], { id: 100 + i, inputs: [socket('v', 'COMBO', 100 + i)] }));
    const links = chain.map((_, i) => [100 + i, 101 + i, 0, 100 + i, 0, 'COMBO']);
    expect(withDefinitions(chain, [passer], links)).toHaveLength(1000);
  });
});

describe('group nodes', () => {
  const group = {
    nodes: [node('CheckpointLoaderSimple', ['inner.ckpt']), node('KSampler', [1, 'fixed', 20]), node('VAELoader', ['inner.pt'])],
  };
  const withGroup = (type: string, values: unknown) =>
    namesIn(editorGraph([node(type, values)], { extra: { groupNodes: { mine: group } } }));

  test("the instance's values replace the inner ones", () => {
    const values = ['host.ckpt', 1, 'fixed', 20, 'host.pt'];
    for (const type of ['workflow>mine', 'workflow/mine'])
      expect(withGroup(type, values)).toEqual(['checkpoints: host.ckpt', 'vae: host.pt']);
  });
  test('hidden widgets shift them, and the names keep their order', () => {
    expect(withGroup('workflow>mine', ['host.ckpt', 1, 'host.pt'])).toEqual(['checkpoints: host.ckpt', 'vae: host.pt']);
  });
  test('without values the inner ones stand', () =>
    expect(withGroup('workflow>mine', null)).toEqual(['checkpoints: inner.ckpt', 'vae: inner.pt']));
  test('a group that nobody uses needs nothing', () => expect(withGroup('Note', ['x'])).toEqual([]));
});

describe('hostile graphs', () => {
  test('ten thousand nodes are read at once', () => {
    const nodes = Array.from({ length: 10_000 }, (_, i) =>
      node('LoraLoader', [`${i % 50}.safetensors`, 1], { inputs: [socket('lora_name', 'COMBO', i)] }),
    );
    const links = nodes.map((_, i) => [i, 1_000_000, 0, 0, 0, 'COMBO']);
    const started = performance.now();
    expect(namesIn(editorGraph(nodes, { links }))).toHaveLength(10_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('ten thousand texts, each led to a thousand variables, are read at once', () => {
    const getters = Array.from({ length: 1_000 }, () => node('GetNode', ['x'], { outputs: [{ links: [7] }] }));
    const setter = node('SetNode', ['x'], { id: 50_000, inputs: [{ link: 7 }], outputs: [{ links: [7] }] });
    const texts = Array.from({ length: 10_000 }, (_, i) => node('PrimitiveString', [`${i}.pt`], { outputs: [{ links: [7] }] }));
    const started = performance.now();
    namesIn(editorGraph([...texts, setter, ...getters], { links: [[7, 1, 0, 50_000, 0, '*']] }));
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('a tower of definitions that double at each floor ends', () => {
    const floors = Array.from({ length: 24 }, (_, i) => ({
      id: `floor-${i}`,
      nodes: [node(`floor-${i + 1}`, []), node(`floor-${i + 1}`, [])],
      links: [],
    }));
    const started = performance.now();
    withDefinitions([node('floor-0', [])], floors);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('long lists of models on instances with many nodes inside are read at once', () => {
    const models = Array.from({ length: 20_000 }, () => ({ name: 'a.pt', url: 'https://x/a.pt' }));
    const part = { id: INNER, nodes: Array.from({ length: 4_000 }, () => node('VAELoader', ['a.pt'])), links: [] };
    const started = performance.now();
    const { sources } = read(editorGraph([node(INNER, [], { properties: { models } })], { definitions: { subgraphs: [part] } }));
    expect(sources.length).toBeLessThan(20_000);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('prototype keys, wrong types and duplicate ids are survived', () => {
    const text = `{"nodes": [{"id": 1, "type": "__proto__", "pos": 0, "widgets_values": {"__proto__": "a.pt", "constructor": "b.pt"}},
      {"id": 1, "type": "constructor", "mode": "x", "inputs": "y", "outputs": 3, "properties": [], "widgets_values": "z"},
      null, 5, "x", {"type": "VAELoader"}, {"id": 1, "type": "VAELoader", "inputs": [null, {"widget": null, "link": {}}], "widgets_values": ["\\ud800.pt"]}],
      "links": [null, [], [1], {"id": {}}], "definitions": {"subgraphs": [null, {"id": 3}, {"id": "__proto__", "nodes": []}]},
      "extra": {"groupNodes": {"__proto__": {"nodes": 1}}}, "version": 0.4}`;
    expect(namesIn(JSON.parse(text))).toContain('vae: \ud800.pt');
    expect(Object.prototype).not.toHaveProperty('a');
  });
});
