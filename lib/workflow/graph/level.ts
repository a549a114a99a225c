import { asList, asRecord, isId, isRecord, type JsonRecord } from '../narrow.ts';
import { stringConstant } from './constants.ts';
import { findLink, indexLinks, readLink } from './links.ts';
import type { Feed } from './node.ts';

/** Id of the node that stands for a subgraph's own inputs (frontend's SUBGRAPH_INPUT_ID, 2026). */
const SUBGRAPH_INPUT = '-10';
/** Id of the node that stands for its outputs (SUBGRAPH_OUTPUT_ID). */
const SUBGRAPH_OUTPUT = '-20';
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

/** Opens the inside of an instance of a subgraph; `undefined` for any other node. */
export type OpenInstance = (instance: JsonRecord, level: GraphLevel) => GraphLevel | undefined;

/** Where a value that is followed comes from: the value itself, or the next link. */
type Step = { feed: Feed } | { link: unknown };

/** The nodes and links of one graph or subgraph. Indexes are built when the first link is followed: most nodes need none. */
export class GraphLevel {
  readonly graph: JsonRecord;
  readonly #surroundings: Surroundings;
  readonly #open: OpenInstance;
  readonly #insides = new Map<JsonRecord, GraphLevel | undefined>();
  #origins: Map<string, readonly [string, number]> | undefined;
  #nodes: Map<string, JsonRecord> | undefined;
  #setters: Map<unknown, JsonRecord> | undefined;
  #lookups = 0;

  constructor(graph: JsonRecord, surroundings: Surroundings, open: OpenInstance) {
    this.graph = graph;
    this.#surroundings = surroundings;
    this.#open = open;
  }

  /** The inside of one of the level's nodes; `undefined` when it is no instance of a subgraph, and while it is being opened. */
  inside(node: JsonRecord): GraphLevel | undefined {
    if (this.#insides.has(node)) return this.#insides.get(node);
    this.#insides.set(node, undefined);
    const inside = this.#open(node, this);
    if (inside === undefined) this.#insides.delete(node);
    else this.#insides.set(node, inside);
    return inside;
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
      const step = this.#step(node, slot);
      if ('feed' in step) return step.feed;
      current = step.link;
    }
    return undefined;
  }

  #step(node: JsonRecord, slot: number): Step {
    const type = String(node.type);
    if (/^Reroute\b/.test(type)) return { link: firstLink(node) };
    if (GET_NODE.test(type)) {
      const setter = this.#setter(firstValue(node));
      return setter === undefined ? { feed: null } : { link: firstLink(setter) };
    }
    const inside = this.inside(node);
    return { feed: inside === undefined ? valueOf(node, slot) : (inside.#output(slot) ?? null) };
  }

  /** The node that sets the variable which a `GetNode` reads; the first of several. */
  #setter(name: unknown): JsonRecord | undefined {
    this.#setters ??= new Map(
      asList(this.graph.nodes)
        .filter((node): node is JsonRecord => isRecord(node) && SET_NODE.test(String(node.type)))
        .map((node) => [firstValue(node), node] as const)
        .reverse(),
    );
    return this.#setters.get(name);
  }

  /** What a subgraph hands on through one of its outputs. */
  #output(slot: number): Feed | undefined {
    const link = asList(this.graph.links)
      .map(readLink)
      .find((entry) => String(entry?.target) === SUBGRAPH_OUTPUT && entry?.targetSlot === slot);
    return link === undefined ? undefined : this.follow(link.id);
  }

  /** The first few links are looked for one by one: an index of all of them costs more than most graphs need. */
  #origin(link: number | string): readonly [string, number] | undefined {
    const links = asList(this.graph.links);
    if (this.#origins === undefined && ++this.#lookups <= FEW_LOOKUPS) return findLink(links, String(link));
    this.#origins ??= indexLinks(links);
    return this.#origins.get(String(link));
  }

  #node(id: string): JsonRecord | undefined {
    this.#nodes ??= new Map(
      asList(this.graph.nodes)
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

/** Variables of the graph, from packs that all write them the same way (KJNodes, Easy-Use; 2025-10). */
const GET_NODE = /^(easy )?getNode$/i;
const SET_NODE = /^(easy )?setNode$/i;

function firstLink(node: JsonRecord): unknown {
  return asRecord(asList(node.inputs)[0]).link;
}

function firstValue(node: JsonRecord): unknown {
  return asList(node.widgets_values)[0];
}

function valueOf(node: JsonRecord, slot: number): Feed {
  const values = isRecord(node.widgets_values) ? Object.values(node.widgets_values) : asList(node.widgets_values);
  if (node.type === 'PrimitiveNode') return { value: values[0] };
  const takesLinks = asList(node.inputs).some((input) => isRecord(input) && input.link !== null && input.link !== undefined);
  return takesLinks ? null : stringConstant(values, slot);
}
