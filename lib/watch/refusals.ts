/** The graph of a prompt in ComfyUI's API format: node id → class and inputs. */
export type PromptGraph = Readonly<Record<string, unknown>>;

/** A prompt that ComfyUI would not run, or could not. */
export interface FailedPrompt {
  id: string;
  graph: PromptGraph;
}

/** More failed prompts in one answer than these are of other days. */
const MOST_PROMPTS = 50;
const MOST_NODES = 2000;

/**
 * The prompts that a message or an answer of ComfyUI calls refused for a value that is not in a list: `node_errors` as `POST /prompt`
 * answers them (server.py and execution.py, 2026-08), wherever they stand. Only the refused inputs are in their graphs.
 */
export function readRefusals(message: unknown): FailedPrompt[] {
  const place = findNodeErrors(message);
  if (!place) return [];
  const graph: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [nodeId, node] of Object.entries(place.nodeErrors).slice(0, MOST_NODES)) {
    const inputs = refusedInputs(node);
    if (inputs && isRecord(node)) graph[nodeId] = { class_type: node['class_type'], inputs };
  }
  return Object.keys(graph).length === 0 ? [] : [{ id: place.promptId ?? Bun.hash(JSON.stringify(graph)).toString(36), graph }];
}

/** The prompts of `/history` that ended with an error, with their whole graphs. */
export function readFailedHistory(history: unknown): FailedPrompt[] {
  if (!isRecord(history)) return [];
  return Object.entries(history)
    .slice(-MOST_PROMPTS)
    .flatMap(([id, entry]) => {
      if (!isRecord(entry) || !isRecord(entry['status']) || entry['status']['status_str'] !== 'error') return [];
      const graph: unknown = Array.isArray(entry['prompt']) ? entry['prompt'][2] : undefined;
      return isRecord(graph) ? [{ id, graph }] : [];
    });
}

/** The id of the prompt that a websocket message calls failed; `null` for every other message. */
export function failedPromptId(message: unknown): string | null {
  if (!isRecord(message) || message['type'] !== 'execution_error' || !isRecord(message['data'])) return null;
  const id = message['data']['prompt_id'];
  return typeof id === 'string' ? id : null;
}

function findNodeErrors(message: unknown): { nodeErrors: Record<string, unknown>; promptId: string | null } | null {
  if (!isRecord(message)) return null;
  for (const place of [message, message['data']]) {
    if (!isRecord(place) || !isRecord(place['node_errors'])) continue;
    const id = place['prompt_id'];
    return { nodeErrors: place['node_errors'], promptId: typeof id === 'string' ? id : null };
  }
  return null;
}

function refusedInputs(node: unknown): Record<string, unknown> | null {
  if (!isRecord(node) || typeof node['class_type'] !== 'string' || !Array.isArray(node['errors'])) return null;
  const inputs: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const error of node['errors'] as unknown[]) {
    if (!isRecord(error) || error['type'] !== 'value_not_in_list' || !isRecord(error['extra_info'])) continue;
    const { input_name: name, received_value: value } = error['extra_info'];
    if (typeof name === 'string' && typeof value === 'string') inputs[name] = value;
  }
  return Object.keys(inputs).length === 0 ? null : inputs;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
