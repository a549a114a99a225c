import type { FileKey, FileMemory } from '../core/file-memory.ts';
import { programStamp } from '../core/program-stamp.ts';
import type { NodeRules } from '../workflow/loaders/rules.ts';
import { type FileOutcome, formatOutcome, parseOutcome } from '../workflow/file-outcome.ts';
import type { readStampedFile } from '../workflow/read-file.ts';
import type { ThreadOutcome } from '../workflow/reading-threads.ts';
import { FileStamps } from './file-stamps.ts';

/** A file that has to be read. */
export interface OpenFile {
  path: string;
  /** 0 for one that may not be looked at: its reading says so. */
  sizeBytes: number;
}

/** Reads single files, those that changed since they were last read. */
export class FileReading {
  readonly #rules: NodeRules;
  readonly #memory: FileMemory | undefined;
  readonly #stamps: FileStamps;
  #isLasting = true;

  constructor(rules: NodeRules, memory: FileMemory | undefined, stamps = new FileStamps()) {
    this.#rules = rules;
    this.#memory = memory;
    this.#stamps = stamps;
  }

  /** The outcome of every file so far is remembered. */
  get isLasting(): boolean {
    return this.#isLasting;
  }

  /** What a file holds, from memory where it is the one that was read; else the file as it is to be read. */
  look(path: string): FileOutcome | OpenFile {
    const stamp = this.#stamps.of(path);
    const remembered = stamp === null ? undefined : this.#memory?.recall(keyOf(path, stamp.text));
    const known = remembered === undefined ? undefined : parseOutcome(remembered, path, this.#rules);
    return known ?? { path, sizeBytes: stamp?.sizeBytes ?? 0 };
  }

  /** Reads a file, and remembers it. */
  read(path: string, by: typeof readStampedFile): FileOutcome {
    const { outcome, stamp } = by(path, this.#rules);
    this.#keep(path, stamp?.isSettled ? stamp.text : null, this.#memory && formatOutcome(outcome, this.#rules));
    return outcome;
  }

  /** Takes over what another thread has read, and remembers it. `undefined` when the file is to be read here after all. */
  take(path: string, { read, stamp }: ThreadOutcome): FileOutcome | undefined {
    const outcome = typeof read === 'string' ? parseOutcome(read, path, this.#rules) : { failure: read };
    if (outcome !== undefined) this.#keep(path, stamp, typeof read === 'string' ? read : undefined);
    return outcome;
  }

  /** Without a stamp it may still change unseen. */
  #keep(path: string, stamp: string | null, text: string | undefined): void {
    this.#stamps.setRead(path, stamp);
    if (this.#memory === undefined || stamp === null || text === undefined) this.#isLasting = false;
    else this.#memory.keep(keyOf(path, stamp), text);
  }
}

function keyOf(path: string, stamp: string): FileKey {
  return { kind: 'workflow', path, stamp: `${programStamp('workflow')}:${stamp}` };
}
