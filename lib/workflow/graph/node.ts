import type { JsonRecord } from '../narrow.ts';

/** A value that reaches a widget from elsewhere; `null` when another node decides it while the workflow runs. */
export type Feed = { readonly value: unknown } | null;

/** One node of a workflow, whatever the format and however deep it lies: what the search for names needs, and no more. */
export interface WorkflowNode {
  type: string;
  id: number | string;
  /** Id of the subgraph definition that holds it, `null` at the top level. */
  subgraph: string | null;
  /** `false` for a muted or bypassed node, or one inside such a subgraph. */
  active: boolean;
  /** Values that replace the node's own, by input: links from primitives, widgets that an enclosing subgraph shows. */
  fed: ReadonlyMap<string, Feed>;
  /** The node's own values by position, empty when `named` has them. */
  values: readonly unknown[];
  /** The node's own values by input name, `null` when the format keeps them by position. */
  named: JsonRecord | null;
  /** Sockets as the file has them; none in the API form. */
  inputs: readonly unknown[];
  outputs: readonly unknown[];
  properties: JsonRecord;
}

/** Shared by the many nodes that nothing is fed into. */
export const NOT_FED: ReadonlyMap<string, Feed> = new Map();

/** Receives the nodes one by one. */
export type NodeVisitor = (node: WorkflowNode) => void;
