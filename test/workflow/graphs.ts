import { readWorkflow } from '../../lib/workflow/read-workflow.ts';
import { findGraphs } from '../../lib/workflow/containers/find-graphs.ts';
import type { WorkflowReading } from '../../lib/workflow/finding.ts';
import { NodeRules } from '../../lib/workflow/loaders/rules.ts';
import type { NodeDeclaration } from '../../lib/core/model.ts';

type Json = Record<string, unknown>;
let nextId = 1;

/** A node as the editor writes it. */
export function node(type: string, values: unknown, more: Json = {}): Json {
  return { id: nextId++, type, pos: [0, 0], mode: 0, inputs: [], outputs: [], properties: {}, widgets_values: values, ...more };
}

/** A socket that stands for a widget; linked when a link's number is given. */
export function socket(name: string, type = 'COMBO', link: number | null = null): Json {
  return { name, type, link, widget: { name } };
}

export function editorGraph(nodes: Json[], more: Json = {}): Json {
  return { last_node_id: 99, nodes, links: [], version: 0.4, ...more };
}

/** The reading of whatever workflows a JSON value holds, with the built-in table and the given declarations. */
export function read(value: unknown, declarations: readonly NodeDeclaration[] = []): WorkflowReading {
  return readWorkflow(findGraphs(value), new NodeRules(new Map(declarations.map((entry) => [entry.nodeType, entry]))));
}

/** What a reading names, as `folder: name`, a switched-off one in brackets. */
export function namesIn(value: unknown, declarations: readonly NodeDeclaration[] = []): string[] {
  return read(value, declarations).findings.map((finding) => {
    const text = `${finding.directory}: ${finding.written}`;
    return finding.active ? text : `(${text})`;
  });
}
