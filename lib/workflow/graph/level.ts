import { asList, isId, isRecord, type JsonRecord } from '../narrow.ts';
import { linksOf, nodesOf, wholeNode, wholeNodes } from '../skim/skeleton.ts';
import { stringConstant } from './constants.ts';
import { Leads } from './leads.ts';
import { findLink, indexLinks, readLink } from './links.ts';
import { bypassLink, isBypassed, isMuted } from './modes.ts';
import type { Destination, Feed } from './node.ts';
import { fedWidget, isFedText, takesLinks, type Trail, trailTo } from './sockets.ts';
import { firstLink, isGetter, isSetter, seesOuterVariables, variableOf } from './variables.ts';

/** Id of the node that stands for a subgraph's own inputs (frontend's SUBGRAPH_INPUT_ID, 2026). */
export const SUBGRAPH_INPUT = '-10';
/** Id of the node that stands for its outputs (SUBGRAPH_OUTPUT_ID). */
export const SUBGRAPH_OUTPUT = '-20';
const PRIMITIVE = 'PrimitiveNode';
const MAX_HOPS = 64;
/** Values of a node that may be what it hands on: each link to it looks through them. */
const MOST_HANDED_ON = 500;
/** Levels inside one another: a subgraph that hands on what an instance of itself makes has no end. */
const MAX_LEVELS = 24;
const FEW_LOOKUPS = 12;

/** What an instance of a subgraph gives to the nodes inside. */
export interface Surroundings {
  /** By number of the definition's input. */
  slots: ReadonlyMap<number, Feed>;
  /** By inner node id, then by widget. */
  widgets: ReadonlyMap<string, ReadonlyMap<string, Feed>>;
}

export const TOP_LEVEL: Surroundings = { slots: new Map(), widgets: new Map() };

/** What a level is part of. */
export interface GraphWorld {
  /** Opens the inside of an instance of a subgraph or group; `undefined` for any other node, and for a chain that is too long. */
  open: (instance: JsonRecord, level: GraphLevel) => GraphLevel | undefined;
  /** The graphs around a subgraph, the nearest first. */
  around: (graph: JsonRecord) => readonly GraphLevel[];
}

/** Where a value that is followed comes from: the value itself, `undefined` for none, or the next link. */
type Step = { feed: Feed | undefined } | { link: unknown };

/** A link that leads here is as good as none: the own value of the widget counts. */
const OWN_VALUE: Step = { feed: undefined };

/** The nodes and links of one graph or subgraph. Indexes are built when the first link is followed: most nodes need none. */
export class GraphLevel {
  readonly graph: JsonRecord;
  readonly #surroundings: Surroundings;
  readonly #world: GraphWorld;
  readonly #depth: number;
  readonly #insides = new Map<JsonRecord, GraphLevel | undefined>();
  #origins: Map<string, readonly [string, number]> | undefined;
  #nodes: Map<string, JsonRecord> | undefined;
  #setters: ReadonlyMap<unknown, readonly JsonRecord[]> | undefined;
  #leads: Leads | undefined;
  #lookups = 0;
  #isAsked = false;

  /** `outer` is the level that the instance stands in which this is the inside of, `null` for the top. */
  constructor(graph: JsonRecord, surroundings: Surroundings, { world, outer }: { world: GraphWorld; outer: GraphLevel | null }) {
    this.graph = graph;
    this.#surroundings = surroundings;
    this.#world = world;
    this.#depth = outer === null ? 0 : outer.#depth + 1;
  }

  /**
   * The inside of one of the level's nodes; `undefined` when it is no instance of a subgraph, while it is being opened, and too far below the
   * top.
   */
  inside(node: JsonRecord): GraphLevel | undefined {
    if (this.#depth >= MAX_LEVELS) return undefined;
    if (this.#insides.has(node)) return this.#insides.get(node);
    this.#insides.set(node, undefined);
    const inside = this.#world.open(node, this);
    if (inside === undefined) this.#insides.delete(node);
    else this.#insides.set(node, inside);
    return inside;
  }

  /** What reaches one of the node's widgets from outside; a link is stronger than a widget that the subgraph shows. */
  feedOf(node: JsonRecord, widget: string): Feed | undefined {
    const linked = this.#linked(node, widget);
    return linked === undefined ? this.#shown(node)?.get(widget) : linked;
  }

  #linked(node: JsonRecord, widget: string): Feed | undefined {
    for (const input of asList(node.inputs)) {
      if (isRecord(input) && fedWidget(input) === widget) return this.#follow(input.link, trailTo(node, input));
    }
    return undefined;
  }

  /** The same for all widgets of the node. */
  feedsOf(node: JsonRecord): ReadonlyMap<string, Feed> {
    const fed = new Map(this.#shown(node));
    for (const input of asList(node.inputs)) {
      const name = fedWidget(input);
      const feed = name !== undefined && isRecord(input) ? this.#follow(input.link, trailTo(node, input)) : undefined;
      if (name !== undefined && feed !== undefined) fed.set(name, feed);
    }
    return fed;
  }

  /** Where the outputs of one of the level's nodes lead. */
  leadsOf(node: JsonRecord): readonly Destination[] {
    this.#leads ??= new Leads(this.graph);
    return this.#leads.of(node);
  }

  #shown(node: JsonRecord): ReadonlyMap<string, Feed> | undefined {
    return this.#surroundings.widgets.size === 0 ? undefined : this.#surroundings.widgets.get(String(node.id));
  }

  /**
   * The value at the other end of a link; `undefined` when the link leads nowhere or gives nothing, so that the own value counts.
   */
  #follow(link: unknown, trail: Trail): Feed | undefined {
    let current = link;
    let { isVariable } = trail;
    for (let hop = 0; hop < MAX_HOPS && isId(current); hop++) {
      const origin = this.#origin(current);
      if (origin === undefined) return undefined;
      const [id, slot] = origin;
      if (id === SUBGRAPH_INPUT) return this.#surroundings.slots.get(slot);
      const node = this.#node(id);
      // A primitive writes into the widgets that it is linked to by itself: one that sets a variable writes nowhere.
      if (node === undefined || (isVariable && node.type === PRIMITIVE)) return undefined;
      const step = this.#step(node, slot, trail);
      if ('feed' in step) return step.feed;
      isVariable ||= isGetter(node);
      current = step.link;
    }
    return undefined;
  }

  #step(node: JsonRecord, slot: number, trail: Trail): Step {
    if (node.type === PRIMITIVE) return { feed: this.#valueOf(node, slot) };
    if (trail.isLive && isMuted(node)) return OWN_VALUE;
    if (trail.isLive && isBypassed(node)) return { link: bypassLink(node, slot, trail.type) };
    if (/^Reroute\b/.test(String(node.type))) return { link: firstLink(node) };
    if (isGetter(node)) return this.#variable(node, trail);
    const inside = this.inside(node);
    if (inside !== undefined) return { feed: inside.#output(slot, trail) };
    return isFedText(node) ? { link: firstLink(node) } : { feed: this.#valueOf(node, slot) };
  }

  /**
   * What the node hands on: its own values, with those that the subgraph shows in their place. A primitive without a value takes that of the
   * widget that it is linked to (widgetInputs.ts of ComfyUI's frontend, 1.27).
   */
  #valueOf(node: JsonRecord, slot: number): Feed | undefined {
    const own = (isRecord(node.widgets_values) ? Object.values(node.widgets_values) : asList(node.widgets_values)).slice(0, MOST_HANDED_ON);
    const shown = this.#shown(node);
    if (node.type === PRIMITIVE) return shown?.get('value') ?? ((own[0] ?? null) === null ? undefined : { value: own[0] });
    if (takesLinks(node)) return null;
    const given = shown === undefined ? [] : [...shown.values()].map((feed) => feed?.value ?? null);
    return stringConstant(given.length > 0 && given.length >= own.length ? given : [...given, ...own], slot);
  }

  /** Where a variable is set: in the same graph, else, for those that are seen from within, in the only place around it. */
  #variable(getter: JsonRecord, trail: Trail): Step {
    const name = variableOf(getter);
    const setter = this.#settersOf(name)[0];
    if (setter !== undefined) return { link: firstLink(setter) };
    if (!seesOuterVariables(getter)) return { feed: null };
    const outer = this.#world
      .around(this.graph)
      .flatMap((level) => level.#settersOf(name).map((found) => ({ level, link: firstLink(found) })));
    const only = outer.length === 1 ? outer[0] : undefined;
    return only === undefined ? OWN_VALUE : { feed: only.level.#ask(only.link, trail) };
  }

  /** The same for a graph inside: what was given to this one from outside does not reach it, nor what it would ask for itself. */
  #ask(link: unknown, trail: Trail): Feed | undefined {
    if (this.#isAsked || !isId(link) || this.#origin(link)?.[0] === SUBGRAPH_INPUT) return undefined;
    this.#isAsked = true;
    const feed = this.#follow(link, { ...trail, isVariable: true });
    this.#isAsked = false;
    return feed;
  }

  /** The nodes that set a variable, in the order of the file. */
  #settersOf(name: unknown): readonly JsonRecord[] {
    this.#setters ??= Map.groupBy(wholeNodes(this.graph).filter(isSetter), variableOf);
    return name === '' ? [] : (this.#setters.get(name) ?? []);
  }

  /** What a subgraph hands on through one of its outputs. */
  #output(slot: number, trail: Trail): Feed | undefined {
    const link = linksOf(this.graph)
      .map(readLink)
      .find((entry) => String(entry?.target) === SUBGRAPH_OUTPUT && entry?.targetSlot === slot);
    return link === undefined ? undefined : this.#follow(link.id, { ...trail, isVariable: false });
  }

  /** The first few links are looked for one by one: an index of all of them costs more than most graphs need. */
  #origin(link: number | string): readonly [string, number] | undefined {
    const links = linksOf(this.graph);
    if (this.#origins === undefined && ++this.#lookups <= FEW_LOOKUPS) return findLink(links, String(link));
    this.#origins ??= indexLinks(links);
    return this.#origins.get(String(link));
  }

  #node(id: string): JsonRecord | undefined {
    this.#nodes ??= new Map(
      nodesOf(this.graph)
        .filter(isRecord)
        .map((node) => [String(node.id), node]),
    );
    const node = this.#nodes.get(id);
    return node && wholeNode(this.graph, node);
  }
}
