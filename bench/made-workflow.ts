import { NODE_KINDS, type NodeKind } from './made-nodes.ts';
import { Seeded } from './seeded.ts';

/** Most saved workflows are indented: of some 900 that people have published, six in seven. */
const INDENTED_SHARE = 6 / 7;
const SUBGRAPH_SHARE = 0.1;

type Link = [id: number, fromNode: number, fromSlot: number, toNode: number, toSlot: number, type: string];

/**
 * The text of a workflow as ComfyUI's editor saves it, of about `bytes` bytes: loaders, samplers, prompts, notes, group frames, links, and
 * in one of ten a subgraph. The same seed makes the same text.
 */
export function makeWorkflow(seed: number, bytes: number): string {
  const random = new Seeded(seed);
  const indent = random.chance(INDENTED_SHARE) ? 2 : undefined;
  const graph = new MadeGraph(random);
  const parts = random.chance(SUBGRAPH_SHARE) ? [makeDefinition(random)] : [];
  for (const definition of parts) graph.add({ type: definition.id, inputs: [], outputs: ['IMAGE'], values: () => [] });
  let made = measure(graph.nodes, indent) + measure(parts, indent);
  while (made < bytes * 0.93) {
    graph.add(random.pick(NODE_KINDS));
    made += measure(graph.nodes.at(-1), indent) + 40;
  }
  return JSON.stringify(wrap(graph, parts), null, indent);
}

function measure(value: unknown, indent: number | undefined): number {
  return JSON.stringify(value, null, indent).length * (indent === undefined ? 1 : 1.15);
}

class MadeGraph {
  readonly nodes: Record<string, unknown>[] = [];
  readonly links: Link[] = [];
  readonly #random: Seeded;

  constructor(random: Seeded) {
    this.#random = random;
  }

  add(kind: NodeKind): void {
    const random = this.#random;
    const id = this.nodes.length + 1;
    const values = kind.values(random);
    const inputs = kind.inputs.map((type, slot) => ({
      localized_name: type.toLowerCase(),
      name: type.toLowerCase(),
      type,
      link: this.#connect(id, slot, type),
    }));
    const sockets = (kind.widgets ?? []).map((name) => ({ localized_name: name, name, type: 'COMBO', widget: { name }, link: null }));
    this.nodes.push({
      id,
      type: kind.type,
      pos: [random.next() * 4000, random.next() * 2000],
      size: [random.whole(200, 420), random.next() * 300],
      flags: {},
      order: id - 1,
      mode: random.chance(0.06) ? 4 : 0,
      inputs: [...inputs, ...sockets],
      outputs: kind.outputs.map((type, slot) => ({ localized_name: type, name: type, type, slot_index: slot, links: [id * 3 + slot] })),
      title: kind.type,
      color: '#232',
      bgcolor: '#353',
      properties: { cnr_id: 'comfy-core', ver: '0.3.71', 'Node name for S&R': kind.type, ...kind.properties?.(values) },
      widgets_values: values,
    });
  }

  /** From some node before; a few sockets stay open. */
  #connect(node: number, slot: number, type: string): number | null {
    if (node < 2 || this.#random.chance(0.15)) return null;
    const id = this.links.length + 1;
    this.links.push([id, this.#random.whole(1, node - 1), 0, node, slot, type]);
    return id;
  }
}

function makeDefinition(random: Seeded): Record<string, unknown> & { id: string } {
  const inner = new MadeGraph(random);
  for (let i = 0; i < 8; i++) inner.add(random.pick(NODE_KINDS));
  const links = inner.links.map(([id, origin, slot, target, targetSlot, type]) => {
    return { id, origin_id: origin, origin_slot: slot, target_id: target, target_slot: targetSlot, type };
  });
  const id = `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`;
  return { id, version: 1, name: 'Part', inputs: [], outputs: [], widgets: [], nodes: inner.nodes, links, groups: [] };
}

function hex(random: Seeded, length: number): string {
  return Array.from({ length }, () => random.whole(0, 15).toString(16)).join('');
}

function wrap(graph: MadeGraph, subgraphs: readonly unknown[]): Record<string, unknown> {
  return {
    id: 'made',
    revision: 0,
    last_node_id: graph.nodes.length,
    last_link_id: graph.links.length,
    nodes: graph.nodes,
    links: graph.links,
    groups: [{ id: 1, title: 'Load models', bounding: [0, 0, 640, 480], color: '#3f789e', font_size: 24, flags: {} }],
    definitions: { subgraphs },
    config: {},
    extra: { ds: { scale: 0.8, offset: [120.5, -44.25] }, frontendVersion: '1.30.2' },
    version: 0.4,
  };
}
