/** Whether a running ComfyUI offers a model: it does, it does not, it has no such node, or nothing can be told. */
export type Sight = 'seen' | 'unseen' | 'no_node' | 'unknown';

/**
 * Reads `/object_info/<node>` for one input: whether one of `names` is among its choices. Choices stand first in the input's definition
 * (`[["a", "b"], {...}]`), or in its options (`["COMBO", { "options": [...] }]`), as ComfyUI has had them since its third node schema
 * (2026-08). An unknown node is an empty object.
 */
export function findInOptions(info: unknown, question: { nodeType: string; input: string; names: readonly string[] }): Sight {
  if (!isRecord(info)) return 'unknown';
  const node = info[question.nodeType];
  if (node === undefined) return 'no_node';
  const options = optionsOf(node, question.input);
  if (!options) return 'unknown';
  const offered = new Set(options.map(withSlashes));
  return question.names.some((name) => offered.has(withSlashes(name))) ? 'seen' : 'unseen';
}

function optionsOf(node: unknown, input: string): string[] | null {
  if (!isRecord(node) || !isRecord(node['input'])) return null;
  for (const group of [node['input']['required'], node['input']['optional']]) {
    const definition = isRecord(group) ? group[input] : undefined;
    if (!Array.isArray(definition)) continue;
    const [first, second] = definition as unknown[];
    const options = Array.isArray(first) ? first : isRecord(second) ? second['options'] : undefined;
    if (Array.isArray(options)) return (options as unknown[]).filter((option) => typeof option === 'string');
  }
  return null;
}

/** On Windows ComfyUI lists `folder\name`. */
function withSlashes(name: string): string {
  return name.replaceAll('\\', '/');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
