import { asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import { stringConstant } from './constants.ts';
import { type Feed, NOT_FED, type NodeVisitor } from './node.ts';

/** Visits the nodes of a prompt as the server takes it: `{id: {class_type, inputs}}`. Everything in it runs. */
export function visitApiGraph(graph: JsonRecord, visit: NodeVisitor): void {
  for (const id of Object.keys(graph)) {
    const entry = graph[id];
    if (!isRecord(entry) || typeof entry.class_type !== 'string') continue;
    const named = asRecord(entry.inputs);
    const fed = feedsOf(graph, named);
    visit({ type: entry.class_type, id, subgraph: null, active: true, fed, values: [], named, inputs: [], outputs: [], properties: {} });
  }
}

/**
 * A link is `[id of the node, number of its output]`. One to a node that holds texts is replaced by the text; any other is left in its place,
 * where it names nothing.
 */
function feedsOf(graph: JsonRecord, named: JsonRecord): ReadonlyMap<string, Feed> {
  let fed: Map<string, Feed> | undefined;
  for (const input of Object.keys(named)) {
    const value = named[input];
    if (!Array.isArray(value) || value.length !== 2 || typeof value[1] !== 'number') continue;
    const feed = constantOf(graph, String(value[0]), value[1]);
    if (feed !== null) (fed ??= new Map<string, Feed>()).set(input, feed);
  }
  return fed ?? NOT_FED;
}

function constantOf(graph: JsonRecord, id: string, output: number): Feed {
  const origin = Object.hasOwn(graph, id) ? asRecord(graph[id]) : {};
  return stringConstant(Object.values(asRecord(origin.inputs)), output);
}
