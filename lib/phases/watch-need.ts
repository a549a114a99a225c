import type { Emit } from '../core/events.ts';
import type { ProblemReport, Requirement } from '../core/model.ts';
import type { Wanted } from '../watch/queue.ts';
import { Settling } from '../watch/settle.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import { collectRequirements } from '../workflow/requirements.ts';
import { isMissing, judgeAll, refusal } from './assess.ts';
import { noteIdleSlots } from './idle-slots.ts';
import type { ScanLibrary } from './scan-library.ts';

/** A model file that is not whole has until it stayed the same for so long: somebody may be copying it. */
const COPY_QUIET_MS = 5000;

/** What the watched workflows need, as things stand. */
export interface Need {
  /** Every model, sorted by folder and name. */
  required: Requirement[];
  /** Those that ComfyUI could not load now, by their keys. */
  missing: ReadonlyMap<string, Requirement>;
  wanted: Wanted[];
  /** Keys of models that somebody seems to be copying into place right now. */
  arriving: ReadonlySet<string>;
  /** Names that cannot be used, each once. */
  refused: readonly ProblemReport[];
}

export interface NeedInput {
  workflows: readonly ReadWorkflow[];
  library: ScanLibrary;
  includeDisabled: boolean;
  changedAtMs: (path: string) => number;
  signal: AbortSignal;
}

/** Tells what is needed, and what of it is missing. */
export class NeedReader {
  readonly #emit: Emit;
  readonly #copies = new Settling(COPY_QUIET_MS);
  /** Names that cannot be used, as they were told, by what was told. */
  #refused: ReadonlyMap<string, ProblemReport> = new Map();
  /** What was said of slots that are switched off. */
  #noted: ReadonlySet<string> = new Set();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Rejects with the signal's reason when it aborts. */
  async read(input: NeedInput): Promise<Need> {
    const { requirements, refused, idle } = collectRequirements(input.workflows, input);
    this.#refuse(refused.map(refusal));
    this.#note(await noteIdleSlots(idle, input.library, input.signal));
    const required = await judgeAll(requirements, input.library, input.signal);
    const missing = new Map(required.filter(isMissing).map((requirement) => [keyOf(requirement), requirement]));
    const wanted = [...missing].map((entry) => toWanted(entry, input));
    return { required, missing, wanted, arriving: this.#findArriving(missing), refused: [...this.#refused.values()] };
  }

  #findArriving(missing: ReadonlyMap<string, Requirement>): Set<string> {
    const arriving = new Set<string>();
    const looked = new Set<string>();
    for (const [key, { state, foundAt }] of missing) {
      if (state !== 'damaged' || foundAt === null) continue;
      looked.add(foundAt);
      if (!this.#copies.look(foundAt, performance.now())) arriving.add(key);
    }
    for (const path of this.#copies.waiting) if (!looked.has(path)) this.#copies.forget(path);
    return arriving;
  }

  /** What was said before is not said again. */
  #note(notes: Awaited<ReturnType<typeof noteIdleSlots>>): void {
    const said = this.#noted;
    this.#noted = new Set(notes.map(({ message }) => message));
    for (const note of notes) if (!said.has(note.message)) this.#emit(note);
  }

  /** A name that was refused before is not told of again. */
  #refuse(events: readonly ReturnType<typeof refusal>[]): void {
    const told = this.#refused;
    this.#refused = new Map(events.map((event) => [JSON.stringify(event.problem), event.problem]));
    for (const [text, problem] of this.#refused) if (!told.has(text)) this.#emit({ type: 'problem', problem, filename: null });
  }
}

/** One model among all. */
export function keyOf({ directory, subfolder, filename }: Pick<Requirement, 'directory' | 'subfolder' | 'filename'>): string {
  return `${directory ?? ''}\0${subfolder}\0${filename}`;
}

/** The name of the file that a key stands for. */
export function filenameOf(key: string): string {
  return key.slice(key.lastIndexOf('\0') + 1);
}

function toWanted([key, requirement]: readonly [string, Requirement], { changedAtMs }: NeedInput): Wanted {
  const { sha256, urls, directory, foundAt } = requirement;
  const wantedAtMs = requirement.references.reduce((latest, { workflowPath }) => Math.max(latest, changedAtMs(workflowPath)), 0);
  return { key, facts: Bun.hash(JSON.stringify([sha256, urls, directory, foundAt])).toString(36), wantedAtMs };
}
