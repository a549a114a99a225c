import { describe, expect, test } from 'bun:test';
import { editorGraph, namesIn, node, socket } from './graphs.ts';

type Json = Record<string, unknown>;
const [A, B, C] = [1, 2, 3].map((n) => `aaaaaaaa-0000-4000-8000-00000000000${n}`) as [string, string, string];

const LINK = { source: 1, get: 9 };
const text = (name: string, id = 20) => node('PrimitiveString', [name], { id, outputs: [{ type: 'STRING', links: [LINK.source] }] });
const setter = (more: Json = {}) =>
  node('SetNode', ['which'], { id: 21, inputs: [{ name: '*', type: 'STRING', link: LINK.source }], ...more });
const getter = (more: Json = {}) => node('GetNode', ['which'], { id: 22, outputs: [{ type: '*', links: [LINK.get] }], ...more });
const loader = () => node('LoraLoader', ['own.pt', 1, 1], { id: 23, inputs: [socket('lora_name', 'COMBO', LINK.get)] });
const setLink = (origin: unknown = 20) => [LINK.source, origin, 0, 21, 0, 'STRING'];
const getLink = [LINK.get, 22, 0, 23, 0, 'COMBO'];
/** What sets the variable, and what reads it. */
const writer = (name = 'set.pt', more: Json = {}) => [text(name), setter(more)];
const reader = (more: Json = {}) => [getter(more), loader()];
const own = ['loras: own.pt'];

function definition(id: string, nodes: Json[], links: unknown[] = [], more: Json = {}): Json {
  return { id, inputs: [], outputs: [], nodes, links: links.map((link) => linkObject(link as unknown[])), ...more };
}
function linkObject([id, origin, slot, target, targetSlot, type]: unknown[]): Json {
  return { id, origin_id: origin, origin_slot: slot, target_id: target, target_slot: targetSlot, type };
}
const found = (nodes: Json[], links: unknown[], subgraphs: Json[] = []) =>
  namesIn(editorGraph(nodes, { links, definitions: { subgraphs } }));

describe('a variable of the graph', () => {
  const both = [setLink(), getLink];

  test('is followed to where it is set', () => {
    expect(found([...writer(), ...reader()], both)).toEqual(['loras: set.pt']);
    const easy = [text('set.pt'), setter({ type: 'easy setNode' }), getter({ type: 'easy getNode' }), loader()];
    expect(found(easy, both)).toEqual(['loras: set.pt']);
  });
  test('is set by the first of two, and by a muted one as well', () => {
    const second = node('SetNode', ['which'], { inputs: [{ link: 7 }] });
    expect(found([...writer(), second, ...reader()], both)).toEqual(['loras: set.pt']);
    expect(found([...writer('set.pt', { mode: 2 }), ...reader()], both)).toEqual(['loras: set.pt']);
  });
  test('that nobody sets leaves the own value; Easy-Use does not run then', () => {
    expect(found(reader(), [getLink])).toEqual(own);
    expect(found(reader({ widgets_values: [''] }), [getLink])).toEqual(own);
    expect(found(reader({ type: 'easy getNode' }), [getLink])).toEqual([]);
  });
  test('that is read by a muted or bypassed node leaves the own value', () => {
    for (const mode of [2, 4]) expect(found([...writer(), ...reader({ mode })], both)).toEqual(own);
  });
  test('takes nothing from a primitive, which writes into linked widgets alone', () => {
    const primitive = node('PrimitiveNode', ['set.pt'], { id: 20 });
    expect(found([primitive, setter(), ...reader()], both)).toEqual(own);
  });
});

describe('a variable across the borders of subgraphs', () => {
  const inner = definition(A, reader(), [getLink]);

  test('is seen from inside, however deep', () => {
    expect(found([...writer(), node(A, [])], [setLink()], [inner])).toEqual(['loras: set.pt']);
    const middle = definition(B, [node(A, [])]);
    expect(found([...writer(), node(B, [])], [setLink()], [middle, inner])).toEqual(['loras: set.pt']);
  });
  test('may be set half way', () => {
    const middle = definition(B, [...writer(), node(A, [])], [setLink()]);
    expect(found([node(B, [])], [], [middle, inner])).toEqual(['loras: set.pt']);
  });
  test('is not seen from outside, nor from a neighbour', () => {
    const sets = definition(B, writer(), [setLink()]);
    expect(found([node(B, []), ...reader()], [getLink], [sets])).toContain('loras: own.pt');
    expect(found([node(B, []), node(A, [])], [], [sets, inner])).toContain('loras: own.pt');
  });
  test('that is set twice around it leaves the own value, one of its own graph wins', () => {
    const middle = definition(B, [...writer('near.pt'), node(A, [])], [setLink()]);
    expect(found([...writer('far.pt'), node(B, [])], [setLink()], [middle, inner])).toContain('loras: own.pt');
    const whole = definition(C, [...writer('near.pt'), ...reader()], [setLink(), getLink]);
    expect(found([...writer('far.pt'), node(C, [])], [setLink()], [whole])).toContain('loras: near.pt');
  });
  test('of a definition that is used twice is that of the first place', () => {
    const first = definition(B, [...writer('first.pt'), node(A, [])], [setLink()]);
    const second = definition(C, [...writer('second.pt'), node(A, [])], [setLink()]);
    const names = found([node(B, []), node(C, [])], [], [first, second, inner]);
    expect(names.filter((name) => name.startsWith('loras'))).toEqual(['loras: first.pt', 'loras: first.pt']);
  });
  test('does not carry what its graph is given from outside', () => {
    const middle = definition(B, [setter(), node(A, [])], [setLink(-10)], { inputs: [{ name: 'n', type: 'STRING' }] });
    const host = node(B, [], { id: 50, inputs: [{ name: 'n', type: 'STRING', link: 4, widget: { name: 'n' } }] });
    const source = node('PrimitiveString', ['given.pt'], { id: 51 });
    expect(found([source, host], [[4, 51, 0, 50, 0, 'STRING']], [middle, inner])).toContain('loras: own.pt');
  });
  test('may come out of another subgraph', () => {
    const gives = definition(B, [text('set.pt')], [[1, 20, 0, -20, 0, 'STRING']], { outputs: [{ name: 's', type: 'STRING' }] });
    const host = node(B, [], { id: 50 });
    expect(found([host, setter(), node(A, [])], [setLink(50)], [gives, inner])).toEqual(['loras: set.pt']);
  });
  test('that asks for itself ends', () => {
    const circle = definition(A, [...reader()], [getLink, [3, 22, 0, -20, 0, 'STRING']], { outputs: [{ name: 's', type: 'STRING' }] });
    expect(found([node(A, [], { id: 50 }), setter()], [setLink(50)], [circle])).toEqual(own);
  });
});

describe('what does not run', () => {
  const through = (mode: number, inputs: Json[]) =>
    found(
      [text('through.pt'), node('Switch', ['x'], { id: 30, mode, inputs }), { ...loader(), inputs: [socket('lora_name', 'COMBO', 2)] }],
      [
        [LINK.source, 20, 0, 30, 0, 'STRING'],
        [2, 30, 0, 23, 0, 'COMBO'],
      ],
    );
  const cases: [string, number, Json[], string[]][] = [
    ['a muted node gives nothing', 2, [{ name: 'a', type: '*', link: 1 }], own],
    ['a bypassed node hands on what fits', 4, [{ name: 'a', type: '*', link: 1 }], ['loras: through.pt']],
    ['the same type goes first', 4, [{ type: 'INT' }, { type: '*', link: 7 }, { type: 'COMBO', link: 1 }], ['loras: through.pt']],
    ['a bypassed node without such an input gives nothing', 4, [{ name: 'a', type: 'IMAGE', link: 1 }], own],
  ];
  for (const [title, mode, inputs, expected] of cases) test(title, () => expect(through(mode, inputs)).toEqual(expected));

  test('a muted text leaves the own value, a primitive writes its value whatever its mode', () => {
    const from = (type: string, mode: number) =>
      found([node(type, ['given.pt'], { id: 22, mode, outputs: [{ links: [LINK.get] }] }), loader()], [getLink]);
    expect(from('PrimitiveString', 2)).toContain('loras: own.pt');
    expect(from('PrimitiveString', 4)).toContain('loras: own.pt');
    expect(from('PrimitiveNode', 2)).toEqual(['loras: given.pt']);
  });
});

test('a node that is switched off is asked what it would take with all the others on', () => {
  const off = { ...loader(), mode: 4 };
  for (const mode of [2, 4]) {
    expect(found([...writer(), getter({ mode }), off], [setLink(), getLink])).toEqual(['(loras: set.pt)']);
    expect(found([...writer(), getter({ mode }), loader()], [setLink(), getLink])).toEqual(own);
  }
});

describe('a text that a subgraph shows', () => {
  const link = { id: 9, origin_id: 22, origin_slot: 0, target_id: 23, target_slot: 0, type: 'COMBO' };
  const host = node(A, ['shown.pt'], { properties: { proxyWidgets: [['22', 'value']] } });

  test('is what the node inside hands on', () => {
    for (const type of ['PrimitiveNode', 'PrimitiveString']) {
      const source = node(type, ['inside.pt'], { id: 22, outputs: [{ links: [9] }] });
      expect(found([host], [], [{ id: A, nodes: [source, loader()], links: [link] }])).toEqual(['loras: shown.pt']);
    }
  });
  test('is handed on by a text node that is given one', () => {
    const source = node('PrimitiveString', ['stale.pt'], { id: 22, inputs: [socket('value', 'STRING', 3)] });
    const given = { id: 3, origin_id: -10, origin_slot: 0, target_id: 22, target_slot: 0, type: 'STRING' };
    const inside = { id: A, inputs: [{ name: 'value', type: 'STRING' }], nodes: [source, loader()], links: [given, link] };
    expect(found([node(A, ['shown.pt'], { inputs: [socket('value', 'STRING')] })], [], [inside])).toEqual(['loras: shown.pt']);
  });
});
