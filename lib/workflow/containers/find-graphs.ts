import { asList, isId, isRecord, type JsonRecord } from '../narrow.ts';
import { parseJson } from './parse-json.ts';

/** A workflow inside a file: as the editor saves it (`ui`) or as the server is asked to run it (`api`). */
export interface WorkflowGraph {
  format: 'ui' | 'api';
  graph: JsonRecord;
}

const MAX_DEPTH = 8;
const MAX_VISITS = 50_000;
/** Keys under which an export keeps the API form beside the editor's own form of the same workflow. */
const API_KEYS = new Set(['prompt', 'api', 'api_prompt', 'api_graph', 'output', 'workflow_api', 'api_workflow']);
/** Keys whose text may itself be a workflow: containers and exports write it so. */
const TEXT_KEYS = new Set(['workflow', 'prompt', 'workflow_json', 'api_prompt', 'api', 'graph']);

/**
 * The workflows in a JSON value: itself, or what lies below it in a wrapped export. Where one object holds the editor's form and, under a
 * key such as `prompt`, the API form, only the former is returned: it also knows what is switched off. One without any node knows nothing:
 * there the API form is returned.
 */
export function findGraphs(value: unknown): WorkflowGraph[] {
  return search(value, 0, { visits: 0 });
}

function search(value: unknown, depth: number, budget: { visits: number }): WorkflowGraph[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH || budget.visits++ > MAX_VISITS) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => search(entry, depth + 1, budget));
  if (!isRecord(value)) return [];
  if (isEditorGraph(value)) return hasNodes(value) ? [{ format: 'ui', graph: value }] : searchBesideNone(value, depth, budget);
  const share = promptShare(value);
  if (share === 'most') return [{ format: 'api', graph: value }];
  const below = searchEntries(value, depth, budget);
  return share === 'some' && !below.some(isFullEditorForm) ? [{ format: 'api', graph: value }, ...below] : below;
}

/** The API form that an editor's graph without nodes holds, else that graph itself. */
function searchBesideNone(graph: JsonRecord, depth: number, budget: { visits: number }): WorkflowGraph[] {
  const kept = Object.keys(graph).filter((key) => API_KEYS.has(key));
  const prompts = kept.flatMap((key) => search(unfold(key, graph[key]), depth + 1, budget)).filter(({ format }) => format === 'api');
  return prompts.length > 0 ? prompts : [{ format: 'ui', graph }];
}

function searchEntries(record: JsonRecord, depth: number, budget: { visits: number }): WorkflowGraph[] {
  const found: (WorkflowGraph & { key: string })[] = [];
  for (const key of Object.keys(record)) {
    for (const graph of search(unfold(key, record[key]), depth + 1, budget)) found.push({ ...graph, key });
  }
  const hasEditorForm = found.some(isFullEditorForm);
  return found
    .filter((entry) => entry.format === 'ui' || !hasEditorForm || !API_KEYS.has(entry.key))
    .map(({ format, graph }) => ({ format, graph }));
}

/** A workflow kept as a text becomes the value that the text holds. */
function unfold(key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !TEXT_KEYS.has(key) || !value.trimStart().startsWith('{')) return value;
  const outcome = parseJson(value);
  return 'value' in outcome ? outcome.value : undefined;
}

function isFullEditorForm({ format, graph }: WorkflowGraph): boolean {
  return format === 'ui' && hasNodes(graph);
}

function hasNodes(graph: JsonRecord): boolean {
  return asList(graph.nodes).length > 0;
}

/** Nodes as the editor writes them; other graph editors keep `data` and `position` and connect with `edges`. */
function isEditorGraph(record: JsonRecord): boolean {
  if (!Array.isArray(record.nodes)) return false;
  if (record.nodes.length === 0)
    return Array.isArray(record.links) && ('version' in record || 'last_node_id' in record || 'state' in record);
  return record.nodes.some(isEditorNode) && !('edges' in record && !('links' in record));
}

function isEditorNode(node: unknown): boolean {
  if (!isRecord(node) || typeof node.type !== 'string' || !isId(node.id)) return false;
  if ('data' in node && 'position' in node) return false;
  return 'pos' in node || 'widgets_values' in node || 'mode' in node || Array.isArray(node.inputs) || Array.isArray(node.outputs);
}

/** Ids as the editor gives them, also those of nodes inside subgraphs. */
const NODE_ID = /^\d+(:\d+)*$/;

/**
 * How much of an object are nodes by id, with a `class_type` each. The server itself takes nothing else (validate_prompt, execution.py of
 * 2025-10), but programs keep a version, a title or settings of their own beside them: where these are more, an id as the editor gives them
 * and inputs are asked for.
 */
function promptShare(record: JsonRecord): 'most' | 'some' | 'none' {
  const keys = Object.keys(record);
  let nodes = 0;
  let hasId = false;
  for (const key of keys) {
    const entry = record[key];
    if (!isRecord(entry) || typeof entry.class_type !== 'string' || !(entry.inputs === undefined || isRecord(entry.inputs))) continue;
    nodes++;
    hasId ||= entry.inputs !== undefined && NODE_ID.test(key);
  }
  if (nodes > 0 && nodes * 2 >= keys.length) return 'most';
  return hasId ? 'some' : 'none';
}
