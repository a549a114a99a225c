import { statSync } from 'node:fs';
import { type FileKey, type FileMemory, type FileStamp, stampOfFile } from '../core/file-memory.ts';
import { programStamp } from '../core/program-stamp.ts';
import type { NodeRules } from '../workflow/loaders/rules.ts';
import { type FileOutcome, formatOutcome, parseOutcome, readFile } from '../workflow/read-file.ts';
import type { ThreadOutcome } from '../workflow/reading-threads.ts';

/** A file that has to be read, as it was found before the reading. */
export interface OpenFile {
  path: string;
  /** 0 for one that may not be looked at: its reading says so. */
  sizeBytes: number;
  /** Under which its outcome may be kept; `null` where there is no memory, or the file may still change unseen. */
  key: FileKey | null;
}

/** Reads single files, those that changed since they were last read. */
export class FileReading {
  readonly #rules: NodeRules;
  readonly #memory: FileMemory | undefined;
  readonly #stampOf: (path: string) => FileStamp | undefined;
  #isLasting = true;

  constructor(rules: NodeRules, memory: FileMemory | undefined, stampOf = (path: string) => stampOfFile(path, new Date())) {
    this.#rules = rules;
    this.#memory = memory;
    this.#stampOf = stampOf;
  }

  /** The outcome of every file so far is remembered. */
  get isLasting(): boolean {
    return this.#isLasting;
  }

  /** What a file holds, from memory where it is the one that was read; else the file as it is to be read. */
  look(path: string): FileOutcome | OpenFile {
    if (this.#memory === undefined) return { path, sizeBytes: sizeOrZero(path), key: null };
    const stamp = this.#stampOrNone(path);
    if (stamp === undefined) return { path, sizeBytes: 0, key: null };
    const key = { kind: 'workflow', path, stamp: `${programStamp('workflow')}:${stamp.text}` };
    const remembered = this.#memory.recall(key);
    const known = remembered === undefined ? undefined : parseOutcome(remembered, path, this.#rules);
    return known ?? { path, sizeBytes: stamp.sizeBytes, key: stamp.isSettled ? key : null };
  }

  /** Reads a file, and remembers it. */
  read(file: OpenFile): FileOutcome {
    const outcome = readFile(file.path, this.#rules);
    this.#keep(file.key, file.key === null ? undefined : formatOutcome(outcome, this.#rules));
    return outcome;
  }

  /** Takes over what another thread has read, and remembers it. `undefined` when the file is to be read here after all. */
  take(file: OpenFile, read: ThreadOutcome): FileOutcome | undefined {
    const outcome = typeof read === 'string' ? parseOutcome(read, file.path, this.#rules) : { failure: read };
    if (outcome !== undefined) this.#keep(file.key, typeof read === 'string' ? read : undefined);
    return outcome;
  }

  #keep(key: FileKey | null, text: string | undefined): void {
    if (key === null || text === undefined) this.#isLasting = false;
    else this.#memory?.keep(key, text);
  }

  /** `undefined` also for a file that may not be looked at: its reading says so. */
  #stampOrNone(path: string): FileStamp | undefined {
    try {
      return this.#stampOf(path);
    } catch {
      return undefined;
    }
  }
}

function sizeOrZero(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
