import type { Emit } from '../core/events.ts';
import type { FileMemory } from '../core/file-memory.ts';
import type { NodeDeclarations, WorkflowFailure } from '../core/model.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import { NodeRules } from '../workflow/loaders/rules.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import { FileReading } from './file-reading.ts';

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

/**
 * Reads files one after the other, those that changed since they were last read. All on this thread: with a second one on two cores the
 * reading was at best a tenth quicker (docs/performance.md). Rejects with the signal's reason when it aborts.
 */
export async function readWorkflows(
  files: readonly WorkflowPath[],
  declarations: NodeDeclarations,
  ports: ReadingPorts,
): Promise<WorkflowReadings> {
  const reading = new FileReading(new NodeRules(declarations), ports.memory);
  const readings: WorkflowReadings = { read: [], failures: [] };
  let sliceEnd = performance.now() + SLICE_MS;
  for (const [index, file] of files.entries()) {
    readOne(file, reading, { readings, emit: ports.emit });
    ports.emit({ type: 'phase_progress', phase: 'scanning', current: index + 1, total: files.length });
    if (performance.now() < sliceEnd) continue;
    await turn();
    ports.signal.throwIfAborted();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return readings;
}

function readOne(file: WorkflowPath, reading: FileReading, to: { readings: WorkflowReadings; emit: Emit }): void {
  const { path, workflow } = file;
  const outcome = reading.read(file);
  if ('failure' in outcome) {
    to.readings.failures.push(outcome.failure);
    to.emit({ type: 'workflow_failed', failure: outcome.failure });
  } else {
    to.readings.read.push({ workflow, path, reading: outcome.reading });
    to.emit({ type: 'workflow_parsed', workflow, references: outcome.reading.findings.length });
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
