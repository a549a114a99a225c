import { asList, asRecord, type JsonRecord } from '../narrow.ts';

/** Variables of the graph, from packs that all write them the same way (KJNodes, Easy-Use; 2025-10). */
const GET_NODE = /^(easy )?getNode$/i;
const SET_NODE = /^(easy )?setNode$/i;

/** `true` for a node that reads a variable. */
export function isGetter(node: JsonRecord): boolean {
  return GET_NODE.test(String(node.type));
}

/** `true` for a node that sets one. */
export function isSetter(node: JsonRecord): boolean {
  return SET_NODE.test(String(node.type));
}

/** Inside a subgraph, KJNodes' getter also reads what the graphs around it set (setgetnodes.js, 2026-08); Easy-Use's does not. */
export function seesOuterVariables(getter: JsonRecord): boolean {
  return getter.type === 'GetNode';
}

/** Name of the variable that a node reads or sets. */
export function variableOf(node: JsonRecord): unknown {
  return asList(node.widgets_values)[0];
}

/** The link into a node's first socket. */
export function firstLink(node: JsonRecord): unknown {
  return asRecord(asList(node.inputs)[0]).link;
}
