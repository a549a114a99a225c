import type { WorkflowFailure } from '../core/model.ts';
import type { WorkflowReading } from './finding.ts';
import type { NodeRules } from './loaders/rules.ts';
import { formatReading, parseReading } from './reading-format.ts';

/** What became of one file that may hold workflows. */
export type FileOutcome = { reading: WorkflowReading } | { failure: WorkflowFailure };

/** Failures that lie in the content: another attempt finds the same until the file changes. */
const LASTING = new Set(['not_json', 'not_a_workflow', 'workflow_damaged', 'lfs_pointer', 'empty_file', 'too_large']);

/**
 * The outcome as a text from which it can be had again, as long as file and program stay the same; `undefined` for one that the next
 * attempt may change.
 */
export function formatOutcome(outcome: FileOutcome, rules: NodeRules): string | undefined {
  if ('reading' in outcome) return `${dependence(outcome.reading, rules)}\n${formatReading(outcome.reading)}`;
  const { code, reason } = outcome.failure;
  return LASTING.has(code) ? `!${code}\n${reason}` : undefined;
}

/** The outcome that a text holds; `undefined` when it was come by under other declarations, or when it holds none. */
export function parseOutcome(text: string, path: string, rules: NodeRules): FileOutcome | undefined {
  const end = text.indexOf('\n');
  const [head, body] = [text.slice(0, end), text.slice(end + 1)];
  if (head.startsWith('!')) return { failure: { path, code: head.slice(1), reason: body } };
  const reading = parseReading(body);
  return reading !== undefined && dependence(reading, rules) === head ? { reading } : undefined;
}

/** A reading depends on what is declared of the node types in it, and of no others. */
function dependence(reading: WorkflowReading, rules: NodeRules): string {
  return rules.fingerprintOf(reading.nodes);
}
