import { type Stats, statSync } from 'node:fs';
import { type FileStamp, makeStamp } from '../core/file-memory.ts';
import type { WorkflowFailure } from '../core/model.ts';
import { READ_LIMITS, type ReadLimits } from './containers/limits.ts';
import { openWorkflowFile, readWorkflowFile, sendWorkflowFile, type WorkflowFile } from './containers/read-workflow-file.ts';
import type { WorkflowReading } from './finding.ts';
import type { NodeRules } from './loaders/rules.ts';
import { formatReading, parseReading } from './reading-format.ts';
import { readWorkflow } from './read-workflow.ts';
import { BrokenRest } from './skim/skeleton.ts';
import type { SkeletonPlace } from './skim/skeleton-queue.ts';

/** What became of one file that may hold workflows. */
export type FileOutcome = { reading: WorkflowReading } | { failure: WorkflowFailure };

/** What became of a file, and the state in which it was found right before it was read: `null` for one that may not be looked at. */
export interface StampedOutcome {
  outcome: FileOutcome;
  stamp: FileStamp | null;
}

/** Reads the workflows of one file, and what they name. Never throws: a file that cannot be read is a failure. */
export function readFile(path: string, rules: NodeRules, limits: ReadLimits = READ_LIMITS): FileOutcome {
  return readStampedFile(path, rules, limits).outcome;
}

/** The same with the state in which the file was. */
export function readStampedFile(path: string, rules: NodeRules, limits: ReadLimits = READ_LIMITS): StampedOutcome {
  const found = look(path);
  const stamp = found === undefined ? null : makeStamp(found, new Date());
  const outcome = readPartly(path, rules, { limits, found }) ?? readGraphs(path, readWorkflowFile(path, limits, { found }), rules);
  return { outcome, stamp };
}

/**
 * Makes the skeleton of a file for another thread, which reads it with `readSentFile`; nodes of the types in `plain` need not be whole.
 * Returns the state in which the file was found right before; `undefined` where that thread has to read the file.
 */
export function sendFile(path: string, how: { plain: readonly string[]; to: SkeletonPlace }): FileStamp | undefined {
  const found = look(path);
  if (found === undefined) return undefined;
  const stamp = makeStamp(found, new Date());
  return sendWorkflowFile(path, found, how) ? stamp : undefined;
}

/** What became of a file whose skeleton another thread has made; `undefined` where the file has to be read. */
export function readSentFile(path: string, from: SkeletonPlace, rules: NodeRules): FileOutcome | undefined {
  return readWhileWhole(() => {
    const file = openWorkflowFile(path, from);
    return file && readGraphs(path, file, rules);
  });
}

/** Reads no more of the file than is needed. `undefined` when it is damaged where it was not read at first. */
function readPartly(path: string, rules: NodeRules, { limits, found }: { limits: ReadLimits; found: Stats | undefined }) {
  return readWhileWhole(() => readGraphs(path, readWorkflowFile(path, limits, { found, plain: rules.plain }), rules));
}

/** `undefined` when something that was left out is asked for, and is broken. */
function readWhileWhole(read: () => FileOutcome | undefined): FileOutcome | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BrokenRest)) throw error;
    return undefined;
  }
}

/** More models than any workflow names: what is known of each is written out, and must not fill the disk. */
const MOST_FINDINGS = 100_000;

/** Everything that is followed is followed a bounded way. Should a file find one that is not, the others are read all the same. */
function readGraphs(path: string, file: WorkflowFile, rules: NodeRules): FileOutcome {
  if ('failure' in file) return file;
  try {
    const reading = readWorkflow(file.graphs, rules);
    if (reading.findings.length <= MOST_FINDINGS) return { reading };
    return { failure: { path, code: 'too_large', reason: `it names models in more than ${MOST_FINDINGS / 1000} thousand places` } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { failure: { path, code: 'unreadable', reason: 'its nodes lead into one another without an end' } };
  }
}

/** `undefined` also where it may not be looked at: its reading says so. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

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
