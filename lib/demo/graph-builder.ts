import { returnsOf } from './node-table.ts';

/** A node as the frontend saves it. */
export interface SavedNode {
  readonly id: number;
  readonly type: string;
  readonly outputs: readonly { name: string; type: string; links: number[] }[];
}

/** What a node of the demo is made of. */
export interface NodeSpec {
  /** Values of the widgets by their names, in the order of the node's inputs. */
  widgets?: Readonly<Record<string, string | number | boolean>>;
  /** What comes in over a link: input name → node and its output slot. */
  links?: Readonly<Record<string, readonly [from: SavedNode, slot: number]>>;
  /** `properties.models`. */
  models?: readonly Readonly<Record<string, string>>[];
  /** 0 runs, 2 is muted, 4 is bypassed. */
  mode?: 0 | 2 | 4;
  /** Types of the outputs; those of the class when absent. */
  returns?: readonly string[];
  properties?: Readonly<Record<string, unknown>>;
}

interface Link {
  id: number;
  from: number;
  slot: number;
  to: number;
  input: number;
  type: string;
}

/** Builds a graph in the frontend's format 0.4: nodes with sockets for links and widgets, and links as arrays. */
export class GraphBuilder {
  readonly #nodes: SavedNode[] = [];
  readonly #links: Link[] = [];

  add(type: string, spec: NodeSpec = {}): SavedNode {
    const id = this.#nodes.length + 1;
    const widgets = spec.widgets ?? {};
    const node = {
      id,
      type,
      pos: [80 + 340 * ((id - 1) % 5), 120 + 260 * Math.floor((id - 1) / 5)],
      size: [315, 130],
      flags: {},
      order: id - 1,
      mode: spec.mode ?? 0,
      inputs: [...this.#linkSockets(id, spec.links ?? {}), ...widgetSockets(widgets)],
      outputs: (spec.returns ?? returnsOf(type)).map((name) => ({ name, type: name, links: [] })),
      properties: { 'Node name for S&R': type, ...spec.properties, ...(spec.models ? { models: spec.models } : {}) },
      widgets_values: widgetValues(widgets),
    };
    this.#nodes.push(node);
    return node;
  }

  /** A note with Markdown text. */
  note(text: string): void {
    this.add('MarkdownNote', { widgets: { '': text } });
  }

  /** The whole workflow file. */
  toWorkflow(definitions: readonly unknown[] = []): Record<string, unknown> {
    return {
      id: crypto.randomUUID(),
      revision: 0,
      last_node_id: this.#nodes.length,
      last_link_id: this.#links.length,
      nodes: this.#nodes,
      links: this.#links.map(({ id, from, slot, to, input, type }) => [id, from, slot, to, input, type]),
      groups: [],
      ...(definitions.length > 0 ? { definitions: { subgraphs: definitions } } : {}),
      config: {},
      extra: { ds: { scale: 1, offset: [0, 0] } },
      version: 0.4,
    };
  }

  /** The graph as the definition of a subgraph, where links are objects. `output` leaves the subgraph. */
  toSubgraph(options: {
    id: string;
    name: string;
    output: readonly [from: SavedNode, slot: number, type: string];
  }): Record<string, unknown> {
    const [from, slot, type] = options.output;
    const id = this.#links.length + 1;
    const links = this.#links.map((link) => ({
      id: link.id,
      origin_id: link.from,
      origin_slot: link.slot,
      target_id: link.to,
      target_slot: link.input,
      type: link.type,
    }));
    return {
      id: options.id,
      version: 1,
      state: { lastNodeId: this.#nodes.length, lastLinkId: id, lastGroupId: 0, lastRerouteId: 0 },
      revision: 0,
      config: {},
      name: options.name,
      inputNode: { id: -10, bounding: [-200, 120, 120, 60] },
      outputNode: { id: -20, bounding: [1400, 120, 120, 60] },
      inputs: [],
      outputs: [{ id: crypto.randomUUID(), name: type, type, linkIds: [id], pos: [1420, 140] }],
      widgets: [],
      nodes: this.#nodes,
      groups: [],
      links: [...links, { id, origin_id: from.id, origin_slot: slot, target_id: -20, target_slot: 0, type }],
      extra: {},
    };
  }

  #linkSockets(to: number, links: NonNullable<NodeSpec['links']>): unknown[] {
    return Object.entries(links).map(([name, [from, slot]], input) => {
      const output = from.outputs[slot];
      const type = output?.type ?? '*';
      const link = { id: this.#links.length + 1, from: from.id, slot, to, input, type };
      this.#links.push(link);
      output?.links.push(link.id);
      return { name, type, link: link.id };
    });
  }
}

function widgetSockets(widgets: NonNullable<NodeSpec['widgets']>): unknown[] {
  const names = Object.keys(widgets).filter((name) => name !== '');
  return names.map((name) => ({ name, type: typeof widgets[name] === 'number' ? 'FLOAT' : 'COMBO', widget: { name }, link: null }));
}

/** The frontend puts what is to happen to a seed after each run behind the seed. */
function widgetValues(widgets: NonNullable<NodeSpec['widgets']>): unknown[] {
  return Object.entries(widgets).flatMap(([name, value]) => (name === 'seed' ? [value, 'randomize'] : [value]));
}
