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

/** A link is `[id of the node, number of its output]`. */
function feedsOf(graph: JsonRecord, named: JsonRecord): ReadonlyMap<string, Feed> {
  let fed: Map<string, Feed> | undefined;
  for (const input of Object.keys(named)) {
    const value = named[input];
    if (!isLink(value)) continue;
    fed ??= new Map();
    fed.set(input, constantOf(graph, value));
  }
  return fed ?? NOT_FED;
}

function isLink(value: unknown): value is readonly [string | number, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[1] === 'number' && ['string', 'number'].includes(typeof value[0]);
}

function constantOf(graph: JsonRecord, [id, output]: readonly [string | number, number]): Feed {
  const key = String(id);
  const origin = Object.hasOwn(graph, key) ? asRecord(graph[key]) : {};
  return stringConstant(Object.values(asRecord(origin.inputs)), output);
}
