import { asList, asRecord, isId, isRecord, type JsonRecord } from '../narrow.ts';
import { stringConstant } from './constants.ts';
import { type Feed, NOT_FED } from './node.ts';

/** Id of the node that stands for a subgraph's own inputs (frontend's SUBGRAPH_INPUT_ID, 2026). */
const SUBGRAPH_INPUT = '-10';
const MAX_HOPS = 64;
/** Types of sockets that carry a widget's value even where the socket does not say so. */
const VALUE_TYPES = new Set(['COMBO', 'STRING']);

/** What an instance of a subgraph gives to the nodes inside. */
export interface Surroundings {
  /** By number of the definition's input. */
  slots: ReadonlyMap<number, Feed>;
  /** By inner node id, then by widget. */
  widgets: ReadonlyMap<string, ReadonlyMap<string, Feed>>;
}

export const TOP_LEVEL: Surroundings = { slots: new Map(), widgets: new Map() };

/** The nodes and links of one graph or subgraph. Indexes are built when the first link is followed: most nodes need none. */
export class GraphLevel {
  readonly #graph: JsonRecord;
  readonly #surroundings: Surroundings;
  #origins: Map<string, readonly [string, number]> | undefined;
  #nodes: Map<string, JsonRecord> | undefined;

  constructor(graph: JsonRecord, surroundings: Surroundings) {
    this.#graph = graph;
    this.#surroundings = surroundings;
  }

  /** Values that reach the node's widgets from outside; a link is stronger than a widget that the subgraph shows. */
  feedsOf(node: JsonRecord): ReadonlyMap<string, Feed> {
    const shown = this.#surroundings.widgets.size === 0 ? undefined : this.#surroundings.widgets.get(String(node.id));
    let fed = shown === undefined ? undefined : new Map(shown);
    for (const input of asList(node.inputs)) {
      const name = isRecord(input) ? fedWidget(input) : undefined;
      if (name === undefined || !isRecord(input)) continue;
      const feed = this.follow(input.link);
      if (feed !== undefined) (fed ??= new Map()).set(name, feed);
    }
    return fed ?? NOT_FED;
  }

  /** The value at the other end of a link; `undefined` when the link leads nowhere or gives nothing, so that the own value counts. */
  follow(link: unknown): Feed | undefined {
    let current = link;
    for (let hop = 0; hop < MAX_HOPS && isId(current); hop++) {
      const origin = this.#origin(current);
      if (origin === undefined) return undefined;
      const [id, slot] = origin;
      if (id === SUBGRAPH_INPUT) return this.#surroundings.slots.get(slot);
      const node = this.#node(id);
      if (node === undefined) return undefined;
      if (!isReroute(node)) return valueOf(node, slot);
      current = asRecord(asList(node.inputs)[0]).link;
    }
    return undefined;
  }

  #origin(link: number | string): readonly [string, number] | undefined {
    this.#origins ??= new Map(asList(this.#graph.links).flatMap(readLink));
    return this.#origins.get(String(link));
  }

  #node(id: string): JsonRecord | undefined {
    this.#nodes ??= new Map(
      asList(this.#graph.nodes)
        .filter(isRecord)
        .map((node) => [String(node.id), node]),
    );
    return this.#nodes.get(id);
  }
}

/** Name of the widget that a linked socket replaces, `undefined` for an ordinary or an unlinked one. */
function fedWidget(input: JsonRecord): string | undefined {
  if (input.link === null || input.link === undefined) return undefined;
  const widget = isRecord(input.widget) ? input.widget.name : undefined;
  if (typeof widget === 'string') return widget;
  return typeof input.type === 'string' && VALUE_TYPES.has(input.type) && typeof input.name === 'string' ? input.name : undefined;
}

/** A link is an array in the 0.4 schema, an object in 1.0 and inside subgraphs. */
function readLink(link: unknown): [string, readonly [string, number]][] {
  const [id, origin, slot] = Array.isArray(link) ? link : isRecord(link) ? [link.id, link.origin_id, link.origin_slot] : [];
  return isId(id) && isId(origin) ? [[String(id), [String(origin), Number(slot)]]] : [];
}

function isReroute(node: JsonRecord): boolean {
  return typeof node.type === 'string' && /^Reroute\b/.test(node.type);
}

function valueOf(node: JsonRecord, slot: number): Feed {
  const values = isRecord(node.widgets_values) ? Object.values(node.widgets_values) : asList(node.widgets_values);
  if (node.type === 'PrimitiveNode') return { value: values[0] };
  const takesLinks = asList(node.inputs).some((input) => isRecord(input) && input.link !== null && input.link !== undefined);
  return takesLinks ? null : stringConstant(values, slot);
}
