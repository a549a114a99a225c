import { asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import { stringConstant } from './constants.ts';
import type { Destination, Feed, NodeVisitor, WorkflowNode } from './node.ts';

/** Visits the nodes of a prompt as the server takes it: `{id: {class_type, inputs}}`. Everything in it runs. */
export function visitApiGraph(graph: JsonRecord, visitor: NodeVisitor): void {
  const ids = Object.keys(graph);
  visitor.bounds.countNodes(ids.length);
  for (const id of ids) {
    const entry = graph[id];
    if (!isRecord(entry) || typeof entry.class_type !== 'string') continue;
    visitor.meet(entry.class_type, true, NO_PROPERTIES);
    visitor.visit(new ApiNode(graph, { id, type: entry.class_type, inputs: entry.inputs }));
  }
}

const NONE: readonly never[] = [];
const NO_PROPERTIES: JsonRecord = {};
const NO_FEEDS: ReadonlyMap<string, Feed> = new Map();

class ApiNode implements WorkflowNode {
  readonly type: string;
  readonly id: string;
  readonly named: JsonRecord;
  readonly subgraph = null;
  readonly active = true;
  readonly values = NONE;
  readonly valueNames = undefined;
  readonly inputs = NONE;
  readonly outputs = NONE;
  readonly properties = NO_PROPERTIES;
  readonly hostModels = NONE;
  readonly #graph: JsonRecord;

  constructor(graph: JsonRecord, entry: { id: string; type: string; inputs: unknown }) {
    this.#graph = graph;
    this.id = entry.id;
    this.type = entry.type;
    this.named = asRecord(entry.inputs);
  }

  /** A link is `[id of the node, number of its output]`. One to a node that only holds texts gives the text. */
  feedOf(input: string): Feed | undefined {
    const link = Object.hasOwn(this.named, input) ? this.named[input] : undefined;
    if (!Array.isArray(link) || link.length !== 2 || typeof link[1] !== 'number') return undefined;
    const id = String(link[0]);
    const origin = Object.hasOwn(this.#graph, id) ? asRecord(this.#graph[id]) : {};
    return stringConstant(Object.values(asRecord(origin.inputs)), link[1]);
  }

  /** None: a link stands in the place of the value, so that there is no stale one beside it. */
  feeds(): ReadonlyMap<string, Feed> {
    return NO_FEEDS;
  }

  /** A text that is linked stands in the place that it is linked to: nobody needs to ask. */
  leadsTo(): readonly Destination[] {
    return [];
  }
}
