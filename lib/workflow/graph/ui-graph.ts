import { canTell } from '../model-name.ts';
import { asList, asRecord, isId, isRecord, type JsonRecord } from '../narrow.ts';
import { nodesOf, nodeWithInputs, wholeNode } from '../skim/skeleton.ts';
import { holdersOf, parentsOf, readDefinitions } from './definitions.ts';
import { groupGraph, groupName, groupSurroundings } from './group-node.ts';
import { GraphLevel, type GraphWorld, TOP_LEVEL } from './level.ts';
import { runs } from './modes.ts';
import type { Destination, Feed, NodeVisitor, WorkflowNode } from './node.ts';
import { surroundingsOf } from './subgraph-values.ts';

const MAX_DEPTH = 24;
/** Insides of instances, in all: subgraphs that lie in one another several times are many more than the file has nodes. */
const MAX_INSIDES = 20_000;

/** Where the walk stands: the graph, the subgraph that it is, whether everything around it runs, and the definitions it is inside of. */
interface Place {
  level: GraphLevel;
  subgraph: string | null;
  active: boolean;
  inside: readonly string[];
  /** The `models` lists of the instances that it is inside of. */
  hostModels: readonly (readonly unknown[])[];
  /** The group node that stands in the file for the nodes in it. */
  groupNode: JsonRecord | null;
}

/**
 * Visits the nodes of a workflow as the editor saves it, at any depth: an instance of a subgraph or a group node gives its inner nodes once
 * each, with the instance's values. Definitions that contain themselves are entered once. Throws `BeyondBounds`.
 */
export function visitEditorGraph(graph: JsonRecord, visitor: NodeVisitor): void {
  new EditorWalk(graph, visitor).start();
}

const NO_GROUPS: ReadonlyMap<string, JsonRecord> = new Map();

/** The definitions of group nodes, by their names. */
function readGroups(graph: JsonRecord): ReadonlyMap<string, JsonRecord> {
  const { groupNodes } = asRecord(graph.extra);
  return isRecord(groupNodes) ? new Map(Object.entries(groupNodes).map(([name, group]) => [name, asRecord(group)])) : NO_GROUPS;
}

/** Everything of an instance that may be held against everything else of it. */
function partsOf({ widgets_values: values, inputs, properties }: JsonRecord): number {
  const given = isRecord(values) ? Object.keys(values).length : asList(values).length;
  return given + asList(inputs).length + asList(asRecord(properties).proxyWidgets).length;
}

class EditorWalk implements GraphWorld {
  readonly #graph: JsonRecord;
  readonly #visitor: NodeVisitor;
  readonly #definitions: ReadonlyMap<string, JsonRecord>;
  readonly #groups: ReadonlyMap<string, JsonRecord>;
  readonly #top: GraphLevel;
  #parents: ReadonlyMap<JsonRecord, JsonRecord> | undefined;
  #opening = 0;
  #insidesLeft = MAX_INSIDES;

  constructor(graph: JsonRecord, visitor: NodeVisitor) {
    this.#graph = graph;
    this.#visitor = visitor;
    this.#definitions = readDefinitions(graph);
    this.#groups = readGroups(graph);
    this.#top = new GraphLevel(graph, TOP_LEVEL, { world: this, outer: null });
  }

  start(): void {
    this.#walk({ level: this.#top, subgraph: null, active: true, inside: [], hostModels: [], groupNode: null });
  }

  /** What an instance is given may come out of another one, and so on: a chain that is too long gives nothing. */
  open(instance: JsonRecord, level: GraphLevel): GraphLevel | undefined {
    if (this.#opening >= MAX_DEPTH || this.#insidesLeft <= 0) return undefined;
    this.#opening++;
    const opened = this.#openGroup(instance, level) ?? this.#openSubgraph(instance, level);
    this.#opening--;
    if (opened !== undefined) this.#insidesLeft--;
    return opened;
  }

  #openSubgraph(instance: JsonRecord, level: GraphLevel): GraphLevel | undefined {
    const definition = this.#definitions.get(String(instance.type));
    if (definition === undefined) return undefined;
    this.#visitor.bounds.countParts(partsOf(instance) + asList(definition.inputs).length);
    return new GraphLevel(definition, surroundingsOf(instance, definition, level), { world: this, outer: level });
  }

  #openGroup(instance: JsonRecord, level: GraphLevel): GraphLevel | undefined {
    const name = this.#groups.size === 0 ? undefined : groupName(String(instance.type));
    const group = name === undefined ? undefined : this.#groups.get(name);
    if (group === undefined) return undefined;
    this.#visitor.bounds.countParts(partsOf(instance));
    const graph = groupGraph(group, instance);
    return new GraphLevel(graph, groupSurroundings(graph, level.feedsOf(instance)), { world: this, outer: level });
  }

  /** A definition lies where its first instance does: at the top, else in the first definition that has one. */
  around(graph: JsonRecord): readonly GraphLevel[] {
    this.#parents ??= parentsOf(this.#graph, this.#definitions);
    const levels: GraphLevel[] = [];
    for (const holder of holdersOf(graph, this.#parents).reverse()) {
      const level: GraphLevel | undefined = holder === this.#graph ? this.#top : this.#insideOf(holder, levels[0]);
      if (level !== undefined) levels.unshift(level);
    }
    return levels;
  }

  #insideOf(definition: JsonRecord, holder: GraphLevel | undefined): GraphLevel | undefined {
    const instance = (holder === undefined ? [] : nodesOf(holder.graph)).find(
      (node) => isRecord(node) && this.#definitions.get(String(node.type)) === definition,
    );
    return holder !== undefined && isRecord(instance) ? holder.inside(wholeNode(holder.graph, instance)) : undefined;
  }

  #walk(place: Place): void {
    const { graph } = place.level;
    const opensNodes = this.#definitions.size > 0 || this.#groups.size > 0;
    const nodes = opensNodes ? nodesOf(graph) : asList(graph.nodes);
    this.#visitor.bounds.countNodes(nodes.length);
    for (const node of nodes) {
      if (isRecord(node) && typeof node.type === 'string') this.#enter(node, node.type, place);
    }
  }

  #enter(node: JsonRecord, type: string, place: Place): void {
    if (this.#definitions.size > 0 && this.#definitions.has(type)) {
      this.#enterInstance(type, node, { ...place, subgraph: type, active: place.active && runs(node), groupNode: null });
      return;
    }
    const group = this.#groups.size === 0 ? undefined : groupName(type);
    if (group !== undefined && this.#groups.has(group)) {
      this.#enterInstance(group, node, { ...place, active: place.active && runs(node), groupNode: place.groupNode ?? node });
    } else this.#meet(node, type, place);
  }

  #meet(node: JsonRecord, type: string, place: Place): void {
    const active = place.active && runs(node);
    const isWanted = this.#visitor.meet(type, active, node.properties);
    // A node inside a subgraph may be given what it does not hold.
    if (!isWanted && place.subgraph === null && !holdsNames(node)) return;
    this.#visitor.visit(new EditorNode(nodeWithInputs(place.level.graph, node), { type, active, place }));
  }

  #enterInstance(name: string, instance: JsonRecord, place: Place): void {
    if (place.inside.includes(name) || place.inside.length >= MAX_DEPTH) return;
    const host = wholeNode(place.level.graph, instance);
    const level = place.level.inside(host);
    if (level === undefined) return;
    const { models } = asRecord(host.properties);
    const hostModels = Array.isArray(models) ? [...place.hostModels, models] : place.hostModels;
    this.#walk({ ...place, level, inside: [...place.inside, name], hostModels });
  }
}

/** Whether a node could name anything: in its widgets, or in its own list of models. */
function holdsNames({ widgets_values: values, properties }: JsonRecord): boolean {
  if (isRecord(properties) && properties.models !== undefined) return true;
  if (!Array.isArray(values)) return isRecord(values);
  for (const value of values) {
    if (typeof value === 'string' ? canTell(value) : typeof value === 'object' && value !== null) return true;
  }
  return false;
}

/** A node as the file has it: what only some are asked for is not looked at before. */
class EditorNode implements WorkflowNode {
  readonly type: string;
  readonly active: boolean;
  readonly values: readonly unknown[];
  readonly named: JsonRecord | null;
  readonly #node: JsonRecord;
  readonly #place: Place;

  constructor(node: JsonRecord, { type, active, place }: { type: string; active: boolean; place: Place }) {
    const held = node.widgets_values;
    this.type = type;
    this.active = active;
    this.values = asList(held);
    this.named = isRecord(held) ? held : null;
    this.#node = node;
    this.#place = place;
  }

  get subgraph(): string | null {
    return this.#place.subgraph;
  }

  get id(): number | string {
    const { id } = this.#place.groupNode ?? this.#node;
    return isId(id) ? id : '';
  }

  get valueNames(): unknown {
    return this.#node.widgets_values_named;
  }

  get inputs(): readonly unknown[] {
    return asList(this.#node.inputs);
  }

  get outputs(): readonly unknown[] {
    return asList(wholeNode(this.#place.level.graph, this.#node).outputs);
  }

  get properties(): JsonRecord {
    return asRecord(this.#node.properties);
  }

  get hostModels(): readonly (readonly unknown[])[] {
    return this.#place.hostModels;
  }

  feedOf(input: string): Feed | undefined {
    return this.#place.level.feedOf(this.#node, input);
  }

  feeds(): ReadonlyMap<string, Feed> {
    return this.#place.level.feedsOf(this.#node);
  }

  leadsTo(): readonly Destination[] {
    return this.#place.level.leadsOf(this.#node);
  }
}
