import { asList, isRecord, type JsonRecord } from '../narrow.ts';

/*
 * A workflow of which only that was parsed which the search for names looks at in every node. What it looks at in few of them is parsed when
 * it is asked for: whoever reads a graph's links, more of a node than its id, type and mode, or looks for one node among all, asks here. The
 * nodes that the graph has at first are enough to tell which types it has, in which modes, and from which packs. Of a node's properties only
 * what names its pack, its models and the widgets that it shows is ever there; who reads another has it kept in `assembly/skim.ts`.
 */

/** Under this a graph keeps what it was read from. No key of a JSON object is a symbol: a file cannot say that it has one. */
const REST = Symbol('rest');

/** What a skeleton was read from. */
export interface Rest {
  /** Whether more than its outputs was left out of a node at first: it was taken for one that names nothing. */
  isCut: (node: JsonRecord) => boolean;
  /** The node with all that it has, the very same object. Throws `BrokenRest` when the file's text for it is no JSON. */
  complete: (node: JsonRecord) => JsonRecord;
  /** All nodes in the order of the file. Throws `BrokenRest` when the file's text for them is no JSON. */
  nodes: () => readonly unknown[];
  /** Throws `BrokenRest` when the file's text for them is no JSON. */
  links: () => unknown;
}

/** What was not parsed at first is no JSON, or too little was parsed: the file is to be read whole. Never leaves those who read files. */
export class BrokenRest extends Error {}

type Skeleton = JsonRecord & { [REST]?: Rest };

/** Makes a graph a skeleton. */
export function setRest(graph: JsonRecord, rest: Rest): void {
  (graph as Skeleton)[REST] = rest;
}

export function isSkeleton(graph: JsonRecord): boolean {
  return REST in graph;
}

/** One of a graph's nodes, with all that it has. */
export function wholeNode(graph: JsonRecord, node: JsonRecord): JsonRecord {
  const rest = (graph as Skeleton)[REST];
  return rest === undefined ? node : rest.complete(node);
}

/**
 * The same, perhaps without its outputs. Throws `BrokenRest` for a node that was cut down though it is looked at, even if somebody has had all
 * of it since: its type was taken for another one, and nodes like it may be left out.
 */
export function nodeWithInputs(graph: JsonRecord, node: JsonRecord): JsonRecord {
  if ((graph as Skeleton)[REST]?.isCut(node)) throw new BrokenRest();
  return node;
}

/** All nodes of a graph, also those that a skeleton leaves out since another one says the same. */
export function nodesOf(graph: JsonRecord): readonly unknown[] {
  return (graph as Skeleton)[REST]?.nodes() ?? asList(graph.nodes);
}

/** All nodes of a graph that are objects, with all that they have. */
export function wholeNodes(graph: JsonRecord): JsonRecord[] {
  return nodesOf(graph)
    .filter(isRecord)
    .map((node) => wholeNode(graph, node));
}

/** A graph's links. */
export function linksOf(graph: JsonRecord): readonly unknown[] {
  const rest = (graph as Skeleton)[REST];
  return asList(rest === undefined ? graph.links : rest.links());
}
