import { type FileMemory, type FileStamp, stampOfFile } from '../core/file-memory.ts';
import { programStamp } from '../core/program-stamp.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import type { NodeRules } from '../workflow/loaders/rules.ts';
import { type FileOutcome, formatOutcome, parseOutcome, readFile } from '../workflow/read-file.ts';

/** Reads single files, those that changed since they were last read. */
export class FileReading {
  readonly #rules: NodeRules;
  readonly #memory: FileMemory | undefined;

  constructor(rules: NodeRules, memory: FileMemory | undefined) {
    this.#rules = rules;
    this.#memory = memory;
  }

  /** What a file holds, from memory where it is the one that was read. */
  read({ path }: WorkflowPath): FileOutcome {
    const stamp = this.#memory && stampOrNone(path);
    if (this.#memory === undefined || stamp === undefined) return readFile(path, this.#rules);
    const key = { kind: 'workflow', path, stamp: `${programStamp('workflow')}:${stamp.text}` };
    const remembered = this.#memory.recall(key);
    const known = remembered === undefined ? undefined : parseOutcome(remembered, path, this.#rules);
    if (known !== undefined) return known;
    const outcome = readFile(path, this.#rules);
    const text = stamp.isSettled ? formatOutcome(outcome, this.#rules) : undefined;
    if (text !== undefined) this.#memory.keep(key, text);
    return outcome;
  }
}

/** `undefined` also for a file that may not be looked at: its reading says so. */
function stampOrNone(path: string): FileStamp | undefined {
  try {
    return stampOfFile(path, new Date());
  } catch {
    return undefined;
  }
}
