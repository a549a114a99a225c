import type { Emit } from '../core/events.ts';
import type { FileMemory } from '../core/file-memory.ts';
import type { NodeDeclarations, WorkflowFailure } from '../core/model.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import { NodeRules } from '../workflow/loaders/rules.ts';
import type { FileOutcome } from '../workflow/file-outcome.ts';
import { ReadingThreads, type ThreadOutcome, threadsFor } from '../workflow/reading-threads.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import { FileReading } from './file-reading.ts';
import { FileStamps } from './file-stamps.ts';
import { type Pause, pauses } from './pauses.ts';
import { bytesToRead, startThreads } from './start-threads.ts';

export interface ReadingPorts {
  emit: Emit;
  signal: AbortSignal;
  /** Keeps what was read, so that unchanged files need not be read again. */
  memory?: FileMemory;
  /** Takes each workflow as soon as those before it are there, while others are still being read. */
  onRead?: (workflow: ReadWorkflow) => void;
  /** How many threads help this one, for the bytes that have to be read; as many as the machine has processors to spare. */
  threadsFor?: (totalBytes: number) => number;
  /** Threads that were started before (`startThreads`). */
  threads?: ReadingThreads;
  stamps?: FileStamps;
}

/** What became of a file: how many models it names, or why it could not be read. */
export type FileNote = { references: number } | { failure: WorkflowFailure };

/** What became of all files. The workflows themselves are gone once `onRead` has had them: together they are many. */
export interface WorkflowReadings {
  /** In the order of the files. */
  notes: FileNote[];
  /** Every file's outcome was remembered, or was so before. */
  isLasting: boolean;
}

/**
 * Reads files, those that changed since they were last read: on this thread, and where there is much to read on others too. Whoever reads a
 * file, results and events are the same and in the order of the files. Rejects with the signal's reason when it aborts.
 */
export async function readWorkflows(
  files: readonly WorkflowPath[],
  declarations: NodeDeclarations,
  ports: ReadingPorts,
): Promise<WorkflowReadings> {
  using own = new ReadingThreads();
  const threads = ports.threads ?? own;
  const stamps = ports.stamps ?? new FileStamps();
  const reading = new FileReading(new NodeRules(declarations), ports.memory, stamps);
  const together = { reading, results: new OrderedResults(files, ports), declarations, pause: pauses(ports.signal), threads };
  startThreads(files, threads, { ...ports, stamps });
  const open = ports.memory?.isNew ? [...files.keys()] : await lookAt(files, together, ports.threadsFor);
  await readTogether(
    open.map((index) => ({ index, path: files[index]?.path ?? '' })),
    together,
  );
  return { notes: together.results.notes, isLasting: reading.isLasting };
}

/** Looks which files have to be read, and settles the others. Threads get ready meanwhile. */
async function lookAt(files: readonly WorkflowPath[], together: Together, worth = threadsFor): Promise<number[]> {
  const { reading, results, pause, threads } = together;
  const open: number[] = [];
  let bytes = 0;
  for (const [index, { path }] of files.entries()) {
    const found = reading.look(path);
    if ('path' in found) {
      open.push(index);
      bytes += bytesToRead(path, found.sizeBytes);
      threads.start(worth(bytes));
    } else results.settle(index, found);
    await pause();
  }
  return open;
}

/** A file that has to be read, and its place among all. */
interface OpenPlace {
  index: number;
  path: string;
}

interface Together {
  reading: FileReading;
  results: OrderedResults;
  declarations: NodeDeclarations;
  pause: Pause;
  threads: ReadingThreads;
}

/**
 * Where there are threads, they read, and this one sees to what they have read and makes skeletons for them; else this one reads. What a
 * thread has taken with it when it died is read here in the end.
 */
async function readTogether(open: readonly OpenPlace[], together: Together): Promise<void> {
  const { reading, results, declarations, pause, threads } = together;
  // They are settled between files, and not as they arrive: what a listener throws then, nobody would catch.
  const arrived: { at: number; outcome: ThreadOutcome }[] = [];
  threads.order(open, declarations);
  threads.listen((at, outcome) => void arrived.push({ at, outcome }));
  for (let goesOn = threads.count > 0; goesOn;) {
    // Threads that are faster than this one never have enough.
    while (arrived.length === 0 && threads.send()) await pause();
    goesOn = arrived.length > 0 || (await threads.wait());
    await pause();
    for (const { at, outcome: read } of arrived.splice(0)) {
      const place = open[at];
      const outcome = place && reading.take(place.path, read);
      if (place !== undefined && outcome !== undefined) results.settle(place.index, outcome);
      threads.send();
      await pause();
    }
  }
  const rest = open.filter(({ index }) => !results.has(index));
  if (rest.length === 0) return;
  const { readStampedFile } = await import('../workflow/read-file.ts'); // threads have their own
  for (const { index, path } of rest) {
    results.settle(index, reading.read(path, readStampedFile));
    await pause();
  }
}

/** Outcomes as they come, told in the order of the files. */
class OrderedResults {
  readonly notes: FileNote[] = [];
  readonly #files: readonly WorkflowPath[];
  readonly #emit: Emit;
  readonly #onRead: (workflow: ReadWorkflow) => void;
  readonly #waiting = new Map<number, FileOutcome>();
  #next = 0;

  constructor(files: readonly WorkflowPath[], { emit, onRead = () => undefined }: ReadingPorts) {
    this.#files = files;
    this.#emit = emit;
    this.#onRead = onRead;
  }

  has(index: number): boolean {
    return index < this.#next || this.#waiting.has(index);
  }

  settle(index: number, outcome: FileOutcome): void {
    if (index === this.#next) this.#tell(this.#next++, outcome);
    else this.#waiting.set(index, outcome);
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#tell(this.#next++, next);
    }
  }

  #tell(index: number, outcome: FileOutcome): void {
    const file = this.#files[index];
    if (file === undefined) return;
    const { path, workflow } = file;
    if ('reading' in outcome) this.#onRead({ workflow, path, reading: outcome.reading });
    const note = 'failure' in outcome ? outcome : { references: outcome.reading.findings.length };
    this.notes.push(note);
    tellFile(this.#files, index, note, this.#emit);
  }
}

/** Reports what became of one of the files. */
export function tellFile(files: readonly WorkflowPath[], index: number, note: FileNote, emit: Emit): void {
  if ('failure' in note) emit({ type: 'workflow_failed', failure: note.failure });
  else emit({ type: 'workflow_parsed', workflow: files[index]?.workflow ?? '', references: note.references });
  emit({ type: 'phase_progress', phase: 'scanning', current: index + 1, total: files.length });
}
