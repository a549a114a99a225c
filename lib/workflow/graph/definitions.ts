import { asList, asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import { nodesOf } from '../skim/skeleton.ts';

const MAX_DEFINITIONS = 200_000;
const MAX_DEPTH = 24;

const NO_DEFINITIONS: ReadonlyMap<string, JsonRecord> = new Map();

/** Definitions may stand inside one another: all of them by id. Most workflows have none. */
export function readDefinitions(graph: JsonRecord): ReadonlyMap<string, JsonRecord> {
  return asList(asRecord(graph.definitions).subgraphs).length === 0 ? NO_DEFINITIONS : collectDefinitions(graph);
}

function collectDefinitions(graph: JsonRecord): ReadonlyMap<string, JsonRecord> {
  const found = new Map<string, JsonRecord>();
  const pending: JsonRecord[] = [graph];
  for (let holder = pending.pop(); holder !== undefined && found.size < MAX_DEFINITIONS; holder = pending.pop()) {
    for (const definition of asList(asRecord(holder.definitions).subgraphs)) {
      if (!isRecord(definition) || typeof definition.id !== 'string' || found.has(definition.id)) continue;
      found.set(definition.id, definition);
      pending.push(definition);
    }
  }
  return found;
}

/** The graph that holds the first instance of each definition. */
export function parentsOf(graph: JsonRecord, definitions: ReadonlyMap<string, JsonRecord>): ReadonlyMap<JsonRecord, JsonRecord> {
  const parents = new Map<JsonRecord, JsonRecord>();
  for (const holder of [graph, ...definitions.values()]) {
    for (const node of nodesOf(holder)) {
      const definition = isRecord(node) ? definitions.get(String(node.type)) : undefined;
      if (definition !== undefined && definition !== holder && !parents.has(definition)) parents.set(definition, holder);
    }
  }
  return parents;
}

/** The graphs around one, the nearest first. */
export function holdersOf(graph: JsonRecord, parents: ReadonlyMap<JsonRecord, JsonRecord>): JsonRecord[] {
  const holders: JsonRecord[] = [];
  for (let holder = parents.get(graph); holder !== undefined && holders.length < MAX_DEPTH; holder = parents.get(holder)) {
    if (holders.includes(holder)) break;
    holders.push(holder);
  }
  return holders;
}
