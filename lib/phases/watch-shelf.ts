import { existsSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Emit } from '../core/events.ts';
import type { FileMemory } from '../core/file-memory.ts';
import type { NodeDeclarations, WorkflowFailure } from '../core/model.ts';
import type { Signature } from '../watch/settle.ts';
import { Settling, signatureOf } from '../watch/settle.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import { findWorkflowFiles } from '../workflow/find-files.ts';
import { NodeRules } from '../workflow/loaders/rules.ts';
import { readStampedFile } from '../workflow/read-file.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import { FileReading } from './file-reading.ts';

/** How long files are read without letting timers and signals have their turn. */
const SLICE_MS = 25;
/** A file that cannot be read may be half written: it has until it stayed the same for so long. */
const QUIET_MS = 3000;
/** One that was last written so long ago is not being written. */
const OLD_MS = 30_000;

interface Shelved {
  signature: Signature;
  /** When it last changed, in milliseconds since 1970. */
  changedAtMs: number;
  /** `null` for a file that holds no workflow, or none yet. */
  read: ReadWorkflow | null;
  /** Why it could not be read. */
  failure: WorkflowFailure | null;
}

interface RefreshOptions {
  hints: ReadonlySet<string> | null;
  memory?: FileMemory;
  signal: AbortSignal;
}

/** Every watched workflow as it was last read: a file is parsed again only when it has changed. */
export class WorkflowShelf {
  readonly #emit: Emit;
  readonly #files = new Map<string, Shelved>();
  readonly #settling = new Settling(QUIET_MS);
  #rules: NodeRules;

  constructor(declarations: NodeDeclarations, emit: Emit) {
    this.#emit = emit;
    this.#rules = new NodeRules(declarations);
  }

  /** Workflows that could be read. */
  get workflows(): ReadWorkflow[] {
    return [...this.#files.values()].flatMap((file) => file.read ?? []);
  }

  /** How many could be read. */
  get count(): number {
    let count = 0;
    for (const file of this.#files.values()) if (file.read) count++;
    return count;
  }

  /** Files that could not be read; those that are no workflows by intention are not among them. */
  get failures(): WorkflowFailure[] {
    const failures = [...this.#files.values()].flatMap((file) => file.failure ?? []);
    return failures.filter((failure) => failure.code !== 'not_a_workflow');
  }

  /** Files that may be half written: they are to be looked at again. */
  get waiting(): readonly string[] {
    return this.#settling.waiting;
  }

  /** When the workflow at a path last changed, in milliseconds since 1970; 0 for one that is not there. */
  changedAtMs(path: string): number {
    return this.#files.get(path)?.changedAtMs ?? 0;
  }

  /** The node classes are known better, or otherwise: every workflow is read again at the next look. */
  redeclare(declarations: NodeDeclarations): void {
    this.#rules = new NodeRules(declarations);
    for (const file of this.#files.values()) file.signature = null;
  }

  /**
   * Brings the shelf up to date with the files below `roots`. Of the files that it knows it looks at those in `hints`, or at all of them
   * with `null`. A file that `memory` has need not be read. Returns the workflows that came or changed. Rejects with the signal's reason
   * when it aborts.
   */
  async refresh(roots: readonly string[], options: RefreshOptions): Promise<ReadWorkflow[]> {
    const { hints, memory, signal } = options;
    const reading = new FileReading(this.#rules, memory);
    const files = findWorkflowFiles(roots.filter((root) => existsSync(root))).files;
    const isFirst = this.#files.size === 0;
    const changed: ReadWorkflow[] = [];
    this.#dropOthers(new Set(files.map((file) => file.path)));
    let sliceEnd = performance.now() + SLICE_MS;
    for (const file of files) {
      const read = hints === null || hints.has(file.path) || !this.#files.has(file.path) ? this.#look(file, reading, isFirst) : null;
      if (read) changed.push(read);
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      signal.throwIfAborted();
      sliceEnd = performance.now() + SLICE_MS;
    }
    return changed;
  }

  #dropOthers(paths: ReadonlySet<string>): void {
    for (const path of this.#files.keys()) {
      if (paths.has(path)) continue;
      this.#files.delete(path);
      this.#settling.forget(path);
    }
  }

  /** The workflow, when it is not as it was. */
  #look(file: WorkflowPath, reading: FileReading, isFirst: boolean): ReadWorkflow | null {
    const { path, workflow } = file;
    const known = this.#files.get(path);
    const signature = signatureOf(path);
    if (known && signature !== null && known.signature === signature && !this.#settling.waiting.includes(path)) return null;
    const found = reading.look(path);
    const outcome = 'path' in found ? reading.read(found.path, readStampedFile) : found;
    if ('failure' in outcome) return this.#fail(file, outcome.failure);
    this.#settling.forget(path);
    const read = { workflow, path, reading: outcome.reading };
    const changedAtMs = isFirst || known?.signature === signature ? modifiedAtMs(path) : Date.now();
    this.#files.set(path, { signature, changedAtMs, read, failure: null });
    this.#emit({ type: 'workflow_parsed', workflow, references: read.reading.findings.length });
    return read;
  }

  /** What was read before stands until it is clear that the file is not just being written. */
  #fail({ path }: WorkflowPath, failure: WorkflowFailure): null {
    const known = this.#files.get(path);
    if (!this.#isFinal(path, failure)) {
      if (!known) this.#files.set(path, { signature: null, changedAtMs: 0, read: null, failure: null });
      return null;
    }
    this.#settling.forget(path);
    this.#files.set(path, { signature: signatureOf(path), changedAtMs: 0, read: null, failure });
    this.#emit({ type: 'workflow_failed', failure });
    return null;
  }

  #isFinal(path: string, failure: WorkflowFailure): boolean {
    if (failure.code === 'not_a_workflow' && path.endsWith('.json')) return true; // whole JSON, of another kind
    return Date.now() - modifiedAtMs(path) > OLD_MS || this.#settling.look(path, performance.now());
  }
}

function modifiedAtMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
