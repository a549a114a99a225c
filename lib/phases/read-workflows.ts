import type { Emit } from '../core/events.ts';
import { type FileMemory, stampOfFile } from '../core/file-memory.ts';
import type { WorkflowFailure } from '../core/model.ts';
import { programStamp } from '../core/program-stamp.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import type { NodeRules } from '../workflow/loaders/rules.ts';
import { type FileOutcome, formatOutcome, parseOutcome, readFile } from '../workflow/read-file.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';

export interface ReadingPorts {
  emit: Emit;
  signal: AbortSignal;
  /** Keeps what was read, so that unchanged files need not be read again. */
  memory?: FileMemory;
}

/** What was read of all files, in their order. */
export interface WorkflowReadings {
  read: ReadWorkflow[];
  failures: WorkflowFailure[];
}

/** How long files are read without letting timers and signals have their turn. */
const SLICE_MS = 25;

/** Reads files one after the other, those that changed since they were last read. Rejects with the signal's reason when it aborts. */
export async function readWorkflows(files: readonly WorkflowPath[], rules: NodeRules, ports: ReadingPorts): Promise<WorkflowReadings> {
  const read: ReadWorkflow[] = [];
  const failures: WorkflowFailure[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const [index, { path, workflow }] of files.entries()) {
    const outcome = readOnce(path, rules, ports.memory);
    if ('failure' in outcome) {
      failures.push(outcome.failure);
      ports.emit({ type: 'workflow_failed', failure: outcome.failure });
    } else {
      read.push({ workflow, path, reading: outcome.reading });
      ports.emit({ type: 'workflow_parsed', workflow, references: outcome.reading.findings.length });
    }
    ports.emit({ type: 'phase_progress', phase: 'scanning', current: index + 1, total: files.length });
    if (performance.now() < sliceEnd) continue;
    await turn();
    ports.signal.throwIfAborted();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return { read, failures };
}

/** From memory where the file is the one that was read, else from the file. */
function readOnce(path: string, rules: NodeRules, memory: FileMemory | undefined): FileOutcome {
  const stamp = memory && stampOrNone(path);
  if (memory === undefined || stamp === undefined) return readFile(path, rules);
  const key = { kind: 'workflow', path, stamp: `${programStamp('workflow')}:${stamp.text}` };
  const known = memory.recall(key);
  const remembered = known === undefined ? undefined : parseOutcome(known, path, rules);
  if (remembered !== undefined) return remembered;
  const outcome = readFile(path, rules);
  const text = stamp.isSettled ? formatOutcome(outcome, rules) : undefined;
  if (text !== undefined) memory.keep(key, text);
  return outcome;
}

function stampOrNone(path: string): ReturnType<typeof stampOfFile> {
  try {
    return stampOfFile(path, new Date());
  } catch {
    return undefined;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
