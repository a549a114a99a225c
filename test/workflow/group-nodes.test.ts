import { describe, expect, test } from 'bun:test';
import { editorGraph, namesIn, node, read, socket } from './graphs.ts';

type Json = Record<string, unknown>;

/** An inner node, with the sockets of those widgets that are turned into inputs. */
const member = (type: string, values: unknown[], sockets: Json[] = [], more: Json = {}) => node(type, values, { inputs: sockets, ...more });
const primitive = (value: unknown, more: Json = {}) =>
  member('PrimitiveNode', typeof value === 'string' ? [value, 'fixed', ''] : [value, 'fixed'], [], more);
const checkpoint = (value: string) => member('CheckpointLoaderSimple', [value], [socket('ckpt_name')]);
/** From the first output of one inner node to a socket of another. */
const link = (origin: number, target: number, slot = 0) => [origin, 0, target, slot, origin + 1, 'COMBO'];
const group = (nodes: Json[], links: unknown[] = [], external: unknown[] = []): Json => ({ nodes, links, external });
const found = (mine: Json, values: unknown, more: Json = {}) =>
  namesIn(editorGraph([node('workflow>mine', values, more)], { extra: { groupNodes: { mine } } }));

describe('a primitive in a group node', () => {
  const fed = group([primitive('defined.ckpt'), checkpoint('stale.ckpt')], [link(0, 1)]);

  test('has its value in the instance, and nothing else counts', () =>
    expect(found(fed, ['chosen.ckpt', 'fixed', ''])).toEqual(['checkpoints: chosen.ckpt']));
  test('has that of the definition where the instance keeps none', () => expect(found(fed, null)).toEqual(['checkpoints: defined.ckpt']));
  test('may have kept fewer values in the instance', () => expect(found(fed, ['chosen.ckpt'])).toEqual(['checkpoints: chosen.ckpt']));
  test('feeds several loaders, also one that stands before it', () => {
    const two = group([checkpoint('a.ckpt'), primitive('defined.ckpt'), checkpoint('b.ckpt')], [link(1, 0), link(1, 2)]);
    expect(found(two, ['chosen.ckpt', 'fixed', ''])).toEqual(['checkpoints: chosen.ckpt', 'checkpoints: chosen.ckpt']);
  });
  test('reaches a loader through a reroute', () => {
    const reroute = node('Reroute', null, { inputs: [{ name: '', type: '*' }] });
    const through = group([primitive('defined.ckpt'), reroute, checkpoint('stale.ckpt')], [link(0, 1), link(1, 2)]);
    expect(found(through, ['chosen.ckpt', 'fixed', ''])).toEqual(['checkpoints: chosen.ckpt']);
  });
  test('of which there are two feeds each its own', () => {
    const vae = member('VAELoader', ['b.pt'], [socket('vae_name')]);
    const two = group([primitive('a'), checkpoint('a.ckpt'), primitive('b'), vae], [link(0, 1), link(2, 3)]);
    expect(found(two, ['one.ckpt', 'fixed', '', 'two.pt', 'fixed', ''])).toEqual(['checkpoints: one.ckpt', 'vae: two.pt']);
  });
  test('that feeds nothing has no value in the instance', () => {
    const lonely = group([primitive('lonely.ckpt'), member('CheckpointLoaderSimple', ['defined.ckpt'])]);
    expect(found(lonely, ['chosen.ckpt'])).toEqual(['checkpoints: chosen.ckpt']);
  });
  test('that feeds a number leaves the places of names alone', () => {
    const sampler = member('KSampler', [1, 'randomize', 20, 8, 'euler', 'normal', 1], [socket('seed', 'INT')]);
    const seeded = group([primitive(5), sampler, member('VAELoader', ['defined.pt'])], [link(0, 1)]);
    expect(found(seeded, [7, 'increment', 25, 9, 'euler', 'normal', 1, 'chosen.pt'])).toEqual(['vae: chosen.pt']);
  });
  test('gives a prompt its embeddings', () => {
    const prompt = member('CLIPTextEncode', ['embedding:stale'], [{ name: 'clip', type: 'CLIP' }, socket('text', 'STRING')]);
    const told = group([member('PrimitiveNode', ['embedding:defined']), prompt], [link(0, 1, 1)]);
    expect(found(told, ['embedding:chosen'])).toEqual(['embeddings: chosen']);
  });
});

describe('values of a group node', () => {
  test('of widgets with sockets stand behind all others', () => {
    const lora = member(
      'LoraLoader',
      ['stale.pt', 1, 1],
      [{ name: 'model', type: 'MODEL' }, { name: 'clip', type: 'CLIP' }, socket('lora_name')],
    );
    const mixed = group([lora, member('VAELoader', ['v.pt'])]);
    expect(found(mixed, [0.5, 0.6, 'vae.pt', 'lora.pt'])).toEqual(['loras: lora.pt', 'vae: vae.pt']);
  });
  test('of a new editor, where all widgets have sockets, begin with the primitives', () => {
    const all = group([member('VAELoader', ['v.pt'], [socket('vae_name')]), primitive('p.ckpt'), checkpoint('s.ckpt')], [link(1, 2)]);
    expect(found(all, ['chosen.ckpt', 'fixed', '', 'vae.pt'])).toEqual(['vae: vae.pt', 'checkpoints: chosen.ckpt']);
  });
  test('that fit no order are names in their order, or those of the definition', () => {
    const plain = group([member('CheckpointLoaderSimple', ['a.ckpt']), member('VAELoader', ['b.pt'])]);
    expect(found(plain, [1, 'c.ckpt', 2, 'd.pt', 3])).toEqual(['checkpoints: c.ckpt', 'vae: d.pt']);
    expect(found(plain, [1, 'c.ckpt', 2])).toEqual(['checkpoints: a.ckpt', 'vae: b.pt']);
  });
});

describe('links of a group node', () => {
  const outer = (value: string) => node('PrimitiveNode', [value], { id: 70 });
  const fed = (input: string, mine: Json, values: unknown[]) => {
    const host = node('workflow>mine', values, { id: 71, inputs: [socket(input, 'COMBO', 8)] });
    return namesIn(editorGraph([outer('outer.ckpt'), host], { extra: { groupNodes: { mine } }, links: [[8, 70, 0, 71, 0, 'COMBO']] }));
  };
  const plain = (value: string) => member('CheckpointLoaderSimple', [value]);

  test('replace the value that they lead to', () =>
    expect(fed('ckpt_name', group([plain('a.ckpt'), member('VAELoader', ['v.pt'])]), ['b.ckpt', 'w.pt'])).toEqual([
      'checkpoints: outer.ckpt',
      'vae: w.pt',
    ]));
  test('lead to the second of a class under its longer name', () =>
    expect(fed('CheckpointLoaderSimple ckpt_name', group([plain('a.ckpt'), plain('b.ckpt')]), ['c.ckpt', 'd.ckpt'])).toEqual([
      'checkpoints: c.ckpt',
      'checkpoints: outer.ckpt',
    ]));
  test('out of it hand on what stands inside', () => {
    const mine = group([member('PrimitiveString', ['defined.ckpt'], [], { outputs: [{ type: 'STRING' }] }), member('VAELoader', ['v.pt'])]);
    const host = node('workflow>mine', ['chosen.ckpt', 'w.pt'], { id: 71 });
    const loader = node('CheckpointLoaderSimple', ['own.ckpt'], { inputs: [socket('ckpt_name', 'COMBO', 8)] });
    const names = namesIn(editorGraph([host, loader], { extra: { groupNodes: { mine } }, links: [[8, 71, 0, 72, 0, 'COMBO']] }));
    expect(names).toEqual(['vae: w.pt', 'checkpoints: chosen.ckpt']);
  });
});

describe('group nodes in the file', () => {
  test('are named by their own id, also when they hold another', () => {
    const extra = { groupNodes: { inner: group([member('VAELoader', ['a.pt'])]), outer: group([node('workflow>inner', ['b.pt'])]) } };
    const { findings } = read(editorGraph([node('workflow>outer', ['c.pt'], { id: 5 })], { extra }));
    expect(findings.map(({ written, nodeId, subgraph }) => [written, nodeId, subgraph])).toEqual([['c.pt', 5, null]]);
  });
  test('leave out what is muted, inside or as a whole', () => {
    const mine = group([member('CheckpointLoaderSimple', ['a.ckpt'], [], { mode: 2 }), member('VAELoader', ['b.pt'])]);
    expect(found(mine, ['c.ckpt', 'd.pt'])).toEqual(['(checkpoints: c.ckpt)', 'vae: d.pt']);
    expect(found(mine, ['c.ckpt', 'd.pt'], { mode: 4 })).toEqual(['(checkpoints: c.ckpt)', '(vae: d.pt)']);
  });
  test('that contain themselves end', () => {
    const circle = group([node('workflow>mine', []), member('VAELoader', ['a.pt'])]);
    expect(found(circle, null)).toEqual(['vae: a.pt']);
  });
});
