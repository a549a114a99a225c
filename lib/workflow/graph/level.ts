import { asList, asRecord, isId, isRecord, type JsonRecord } from '../narrow.ts';
import { stringConstant } from './constants.ts';
import type { Feed } from './node.ts';

/** Id of the node that stands for a subgraph's own inputs (frontend's SUBGRAPH_INPUT_ID, 2026). */
const SUBGRAPH_INPUT = '-10';
const MAX_HOPS = 64;
const FEW_LOOKUPS = 12;

/** Inputs that can never take the name of a model: they need not be followed. */
const NUMBER_TYPES = new Set<unknown>(['INT', 'FLOAT', 'BOOLEAN', 'NUMBER']);

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
  #lookups = 0;

  constructor(graph: JsonRecord, surroundings: Surroundings) {
    this.#graph = graph;
    this.#surroundings = surroundings;
  }

  /** What reaches one of the node's widgets from outside; a link is stronger than a widget that the subgraph shows. */
  feedOf(node: JsonRecord, widget: string): Feed | undefined {
    const input = asList(node.inputs).find((candidate) => fedWidget(candidate) === widget);
    const linked = isRecord(input) ? this.follow(input.link) : undefined;
    return linked === undefined ? this.#shown(node)?.get(widget) : linked;
  }

  /** The same for all widgets of the node. */
  feedsOf(node: JsonRecord): ReadonlyMap<string, Feed> {
    const fed = new Map(this.#shown(node));
    for (const input of asList(node.inputs)) {
      const name = fedWidget(input);
      const feed = name !== undefined && isRecord(input) ? this.follow(input.link) : undefined;
      if (name !== undefined && feed !== undefined) fed.set(name, feed);
    }
    return fed;
  }

  #shown(node: JsonRecord): ReadonlyMap<string, Feed> | undefined {
    return this.#surroundings.widgets.size === 0 ? undefined : this.#surroundings.widgets.get(String(node.id));
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

  /** The first few links are looked for one by one: an index of all of them costs more than most graphs need. */
  #origin(link: number | string): readonly [string, number] | undefined {
    const links = asList(this.#graph.links);
    if (this.#origins === undefined && ++this.#lookups <= FEW_LOOKUPS) return findLink(links, String(link));
    this.#origins ??= indexLinks(links);
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

/** Name of the widget that a linked socket replaces, `undefined` for an ordinary or an unlinked one, and for numbers. */
function fedWidget(input: unknown): string | undefined {
  if (!isRecord(input) || input.link === null || input.link === undefined) return undefined;
  if (NUMBER_TYPES.has(input.type)) return undefined;
  if (isRecord(input.widget) && typeof input.widget.name === 'string') return input.widget.name;
  const carriesValue = input.type === 'COMBO' || input.type === 'STRING';
  return carriesValue && typeof input.name === 'string' ? input.name : undefined;
}

/** A link is an array in the 0.4 schema, an object in 1.0 and inside subgraphs. */
function readLink(link: unknown): { id: unknown; origin: unknown; slot: unknown } | undefined {
  if (Array.isArray(link)) return { id: link[0], origin: link[1], slot: link[2] };
  return isRecord(link) ? { id: link.id, origin: link.origin_id, slot: link.origin_slot } : undefined;
}

/** Node and output that a link comes from. */
function findLink(links: readonly unknown[], id: string): readonly [string, number] | undefined {
  const found = links.find((link) => String(Array.isArray(link) ? link[0] : isRecord(link) ? link.id : undefined) === id);
  const link = readLink(found);
  return link !== undefined && isId(link.origin) ? [String(link.origin), Number(link.slot)] : undefined;
}

function indexLinks(links: readonly unknown[]): Map<string, readonly [string, number]> {
  const origins = new Map<string, readonly [string, number]>();
  for (const entry of links) {
    const link = readLink(entry);
    if (link !== undefined && isId(link.id) && isId(link.origin)) origins.set(String(link.id), [String(link.origin), Number(link.slot)]);
  }
  return origins;
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
