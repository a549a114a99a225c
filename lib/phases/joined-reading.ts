import type { FileMemory } from '../core/file-memory.ts';
import type { NodeDeclarations } from '../core/model.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import { NodeRules } from '../workflow/loaders/rules.ts';
import { type CollectedRequirements, type ReadWorkflow, RequirementCollection } from '../workflow/requirements.ts';
import { NodeUseCollection } from './assess.ts';
import { type JoinedLessons, LessonWriter } from './joined-lessons.ts';
import { FileStamps } from './file-stamps.ts';
import { JoinedMemory } from './joined-memory.ts';
import { pauses } from './pauses.ts';
import { type FileNote, type ReadingPorts, readWorkflows, tellFile } from './read-workflows.ts';
import type { NodeUse } from './scan-library.ts';

/** What all files of a scan say together. */
export interface JoinedReading extends CollectedRequirements {
  uses: NodeUse[];
  /** Every node type in the files, counted or not. */
  nodeTypes: readonly string[];
  /** What became of each file, in their order. */
  notes: readonly FileNote[];
  /** Where the workflows say that files can be had: one for each that was read. */
  lessons: JoinedLessons;
}

export interface JoiningPorts extends Omit<ReadingPorts, 'onRead'> {
  /** Muted and bypassed nodes count too. */
  includeDisabled: boolean;
}

/** Fewer files are read and joined sooner than anybody would notice. */
const WORTH_REMEMBERING_TOGETHER = 64;

/**
 * Reads files and joins what they say. While no file has changed since the last time, that is remembered as a whole; else each file that
 * has changed is read, and everything joined anew. Results and events are the same. Rejects with the signal's reason when it aborts.
 */
export async function readJoined(
  files: readonly WorkflowPath[],
  declarations: NodeDeclarations,
  ports: JoiningPorts,
): Promise<JoinedReading> {
  const { includeDisabled, memory } = ports;
  const stamps = ports.stamps ?? new FileStamps();
  const rules = new NodeRules(declarations);
  const together = worthIt(files, memory) ? new JoinedMemory(memory, { files, includeDisabled, rules, stamps }) : undefined;
  const known = together?.recall();
  if (known !== undefined) {
    await tellAll(files, known.notes, ports);
    return known;
  }
  const joining = new Joining(includeDisabled);
  const onRead = (workflow: ReadWorkflow): void => joining.add(workflow);
  const { notes, isLasting } = await readWorkflows(files, declarations, { ...ports, onRead, stamps });
  const joined = joining.finish(notes);
  if (isLasting) together?.keep(joined);
  return joined;
}

function worthIt(files: readonly WorkflowPath[], memory: FileMemory | undefined): memory is FileMemory {
  return memory !== undefined && files.length >= WORTH_REMEMBERING_TOGETHER;
}

async function tellAll(files: readonly WorkflowPath[], notes: readonly FileNote[], ports: JoiningPorts): Promise<void> {
  const pause = pauses(ports.signal);
  for (const [index, note] of notes.entries()) {
    tellFile(files, index, note, ports.emit);
    await pause();
  }
}

/** Joins workflows that come one after the other. */
class Joining {
  readonly #needed: RequirementCollection;
  readonly #used: NodeUseCollection;
  readonly #lessons = new LessonWriter();

  constructor(includeDisabled: boolean) {
    this.#needed = new RequirementCollection({ includeDisabled });
    this.#used = new NodeUseCollection({ includeDisabled });
  }

  add(workflow: ReadWorkflow): void {
    this.#needed.add(workflow);
    this.#used.add(workflow);
    this.#lessons.add(workflow);
  }

  finish(notes: readonly FileNote[]): JoinedReading {
    const uses = this.#used.finish();
    return { ...this.#needed.finish(), uses, nodeTypes: this.#used.nodeTypes, notes, lessons: this.#lessons.finish() };
  }
}
