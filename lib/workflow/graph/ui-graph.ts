import { asList, asRecord, isId, isRecord, type JsonRecord } from '../narrow.ts';
import { groupMembers, groupName } from './group-node.ts';
import { GraphLevel, type Surroundings, TOP_LEVEL } from './level.ts';
import type { Feed, NodeVisitor, WorkflowNode } from './node.ts';
import { surroundingsOf } from './subgraph-values.ts';

/** LiteGraph's modes "never" (muted) and "bypass": nodes that do not run. */
const MUTED = 2;
const BYPASSED = 4;
const MAX_NODES = 200_000;
const MAX_DEPTH = 24;

/** Where the walk stands: the subgraph, whether everything around it runs, and the definitions it is inside of. */
interface Place {
  subgraph: string | null;
  active: boolean;
  inside: readonly string[];
}

/**
 * Visits the nodes of a workflow as the editor saves it, at any depth: an instance of a subgraph or a group node gives its inner nodes once
 * each, with the instance's values. Definitions that contain themselves are entered once; beyond 200,000 nodes the walk ends.
 */
export function visitEditorGraph(graph: JsonRecord, visit: NodeVisitor): void {
  new EditorWalk(graph, visit).start();
}

class EditorWalk {
  readonly #graph: JsonRecord;
  readonly #visit: NodeVisitor;
  readonly #definitions: ReadonlyMap<string, JsonRecord>;
  readonly #groups: ReadonlyMap<string, JsonRecord>;
  #left = MAX_NODES;
  #opening = 0;

  constructor(graph: JsonRecord, visit: NodeVisitor) {
    this.#graph = graph;
    this.#visit = visit;
    this.#definitions = readDefinitions(graph);
    this.#groups = new Map(Object.entries(asRecord(asRecord(graph.extra).groupNodes)).map(([name, group]) => [name, asRecord(group)]));
  }

  start(): void {
    this.#walk(this.#level(this.#graph, TOP_LEVEL), { subgraph: null, active: true, inside: [] });
  }

  #level(graph: JsonRecord, surroundings: Surroundings): GraphLevel {
    return new GraphLevel(graph, surroundings, (instance, level) => this.#open(instance, level));
  }

  /** What an instance is given may come out of another one, and so on: a chain that is too long gives nothing. */
  #open(instance: JsonRecord, level: GraphLevel): GraphLevel | undefined {
    const definition = this.#definitions.get(String(instance.type));
    if (definition === undefined || this.#opening >= MAX_DEPTH) return undefined;
    this.#opening++;
    const surroundings = surroundingsOf(instance, definition, level);
    this.#opening--;
    return this.#level(definition, surroundings);
  }

  #walk(level: GraphLevel, place: Place): void {
    for (const node of asList(level.graph.nodes)) {
      if (this.#left-- <= 0) return;
      if (isRecord(node) && typeof node.type === 'string') this.#enter(node, level, place);
    }
  }

  #enter(node: JsonRecord, level: GraphLevel, place: Place): void {
    const type = String(node.type);
    const active = place.active && node.mode !== MUTED && node.mode !== BYPASSED;
    if (this.#definitions.size > 0 && this.#definitions.has(type)) {
      if (place.inside.includes(type) || place.inside.length >= MAX_DEPTH) return;
      const inside = level.inside(node);
      if (inside !== undefined) this.#walk(inside, { subgraph: type, active, inside: [...place.inside, type] });
      return;
    }
    const group = this.#groups.size === 0 ? undefined : groupName(type);
    if (group !== undefined && this.#groups.has(group)) this.#enterGroup(group, node, { ...place, active });
    else this.#visit(new EditorNode(type, node, { level, subgraph: place.subgraph, active }));
  }

  #enterGroup(name: string, instance: JsonRecord, place: Place): void {
    if (place.inside.includes(name) || place.inside.length >= MAX_DEPTH) return;
    const members = groupMembers(this.#groups.get(name) ?? {}, instance);
    const level = this.#level({}, TOP_LEVEL);
    for (const member of members) {
      if (typeof member.type !== 'string' || this.#left-- <= 0) continue;
      this.#enter({ ...member, id: instance.id }, level, { ...place, inside: [...place.inside, name] });
    }
  }
}

/** A node as the file has it: what nobody asks for is not looked at. */
class EditorNode implements WorkflowNode {
  readonly type: string;
  readonly subgraph: string | null;
  readonly active: boolean;
  readonly #node: JsonRecord;
  readonly #level: GraphLevel;

  constructor(type: string, node: JsonRecord, at: { level: GraphLevel; subgraph: string | null; active: boolean }) {
    this.type = type;
    this.subgraph = at.subgraph;
    this.active = at.active;
    this.#node = node;
    this.#level = at.level;
  }

  get id(): number | string {
    const { id } = this.#node;
    return isId(id) ? id : '';
  }

  get values(): readonly unknown[] {
    return asList(this.#node.widgets_values);
  }

  get named(): JsonRecord | null {
    const values = this.#node.widgets_values;
    return isRecord(values) ? values : null;
  }

  get inputs(): readonly unknown[] {
    return asList(this.#node.inputs);
  }

  get outputs(): readonly unknown[] {
    return asList(this.#node.outputs);
  }

  get properties(): JsonRecord {
    return asRecord(this.#node.properties);
  }

  feedOf(input: string): Feed | undefined {
    return this.#level.feedOf(this.#node, input);
  }

  feeds(): ReadonlyMap<string, Feed> {
    return this.#level.feedsOf(this.#node);
  }
}

/** Definitions may stand inside one another: all of them by id. */
function readDefinitions(graph: JsonRecord): ReadonlyMap<string, JsonRecord> {
  const found = new Map<string, JsonRecord>();
  const pending: JsonRecord[] = [graph];
  for (let holder = pending.pop(); holder !== undefined && found.size < MAX_NODES; holder = pending.pop()) {
    for (const definition of asList(asRecord(holder.definitions).subgraphs)) {
      if (!isRecord(definition) || typeof definition.id !== 'string' || found.has(definition.id)) continue;
      found.set(definition.id, definition);
      pending.push(definition);
    }
  }
  return found;
}
