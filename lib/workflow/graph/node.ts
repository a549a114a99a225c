import type { ReadingBounds } from '../bounds.ts';
import type { JsonRecord } from '../narrow.ts';

/** A value that reaches a widget from elsewhere; `null` when another node decides it while the workflow runs. */
export type Feed = { readonly value: unknown } | null;

/** One node of a workflow, whatever the format and however deep it lies: what the search for names needs, and no more. */
export interface WorkflowNode {
  readonly type: string;
  readonly id: number | string;
  /** Id of the subgraph definition that holds it, `null` at the top level. */
  readonly subgraph: string | null;
  /** `false` for a muted or bypassed node, or one inside such a subgraph. */
  readonly active: boolean;
  /** The node's own values by position, empty when `named` has them. */
  readonly values: readonly unknown[];
  /** The node's own values by input name, `null` when the format keeps them by position. */
  readonly named: JsonRecord | null;
  /** What the file says of the names of `values`: an object of the same values in the same order. `undefined` in most files. */
  readonly valueNames: unknown;
  /** Sockets as the file has them; none in the API form. */
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  readonly properties: JsonRecord;
  /** The `models` lists in the properties of the instances that it is inside of, the outermost first; none at the top level. */
  readonly hostModels: readonly (readonly unknown[])[];
  /** What replaces the own value of an input: a link from a primitive, a widget that a subgraph shows. `undefined` when nothing does. */
  readonly feedOf: (input: string) => Feed | undefined;
  /** The same for all inputs that something replaces, by their names. */
  readonly feeds: () => ReadonlyMap<string, Feed>;
  /** Where the node's outputs lead: through reroutes and variables, and not into what does not run. */
  readonly leadsTo: () => readonly Destination[];
}

/** A socket at the far end of a link. */
export interface Destination {
  /** Type of its node, `''` when it is not known. */
  type: string;
  /** Name of the widget or socket. */
  input: string;
}

/** Receives the nodes one by one. */
export interface NodeVisitor {
  /** Told of all nodes before they come. */
  readonly bounds: ReadingBounds;
  /**
   * Counts a node; one whose properties another of its type had before may come without. `true` when it is looked at whatever it holds: most
   * nodes of most workflows hold nothing that names anything.
   */
  meet: (type: string, active: boolean, properties: unknown) => boolean;
  /** Looks at a node that was met. */
  visit: (node: WorkflowNode) => void;
}
