import type { ReferenceOrigin } from '../core/model.ts';
import type { NamedSource } from './source-links.ts';

/** A model that one node of a workflow names, before it is known whether the name can be used. */
export interface Finding {
  nodeType: string;
  nodeId: number | string;
  subgraph: string | null;
  input: string | null;
  /** To the letter. */
  written: string;
  from: ReferenceOrigin;
  active: boolean;
  /** Present-day folder name, `null` when nothing tells it. */
  directory: string | null;
  /** Other folders whose files the input takes too. Absent when there are none. */
  alternatives?: readonly string[];
  /** How the folder is known: by a declaration or the table, or guessed from names and types. */
  guessed: boolean;
  selfDownload: boolean;
  /** A choice of a node that runs, in a slot of it that is switched off. Absent for all others. */
  idle?: true;
}

/** A node type in a workflow, with what its node says of the pack that it comes from. */
export interface UsedNode {
  nodeType: string;
  active: boolean;
  /** Id of the pack in the Comfy registry, `null` when the node does not say. */
  registryId: string | null;
  /** `owner/name` on GitHub, `null` when the node does not say. */
  repository: string | null;
  /** Version or commit, `null` when the node does not say. */
  version: string | null;
}

/** Everything that is read from one workflow file. */
export interface WorkflowReading {
  findings: Finding[];
  /** By node type. */
  nodes: UsedNode[];
  sources: NamedSource[];
}
