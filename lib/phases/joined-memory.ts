import type { FileKey, FileMemory } from '../core/file-memory.ts';
import { programStamp } from '../core/program-stamp.ts';
import type { WorkflowPath } from '../workflow/find-files.ts';
import { BrokenText } from '../workflow/flat-text.ts';
import type { NodeRules } from '../workflow/loaders/rules.ts';
import type { FileStamps } from './file-stamps.ts';
import { formatJoined, parseJoined } from './joined-format.ts';
import type { JoinedReading } from './joined-reading.ts';

/**
 * For so long it holds: then every file is asked for once by itself, so that what is remembered of it is still in use when one of the
 * others changes.
 */
const LIFE_MS = 7 * 24 * 60 * 60 * 1000;
/** More than this nobody should have to keep: every file is remembered by itself anyway. */
const MOST_CHARACTERS = 64 * 1024 * 1024;

/** What a joined reading depends on. */
export interface JoinedFrom {
  files: readonly WorkflowPath[];
  includeDisabled: boolean;
  rules: NodeRules;
  stamps: FileStamps;
}

/** Remembers what the files of the last scan say together. It holds while all of them are as they were, and none is more or less. */
export class JoinedMemory {
  readonly #memory: FileMemory;
  readonly #from: JoinedFrom;
  readonly #key: FileKey = { kind: 'joined', path: '', stamp: `${programStamp('workflow')}:${programStamp('phases')}` };

  constructor(memory: FileMemory, from: JoinedFrom) {
    this.#memory = memory;
    this.#from = from;
  }

  recall(): JoinedReading | undefined {
    const text = this.#memory.recall(this.#key);
    if (text === undefined) return undefined;
    const end = text.indexOf('\n');
    const [madeAt, state] = text.slice(0, end).split(' ');
    if (!isRecent(Number(madeAt)) || state !== this.#stateOfFiles()) return undefined;
    return this.#parse(text.slice(end + 1));
  }

  /** All files must have been read, and be remembered by themselves. */
  keep(joined: JoinedReading): void {
    const state = this.#stateOfFiles();
    const { files, rules } = this.#from;
    const body = state === undefined ? '' : formatJoined(joined, files);
    if (body === '' || body.length > MOST_CHARACTERS) return;
    this.#memory.keep(this.#key, `${Date.now()} ${state}\n${fingerprintOf(joined, rules)}\n${body}`);
  }

  #parse(text: string): JoinedReading | undefined {
    const end = text.indexOf('\n');
    try {
      const joined = parseJoined(text.slice(end + 1), this.#from.files);
      return fingerprintOf(joined, this.#from.rules) === text.slice(0, end) ? joined : undefined;
    } catch (error) {
      if (error instanceof BrokenText) return undefined;
      throw error;
    }
  }

  /** Differs when any file is another, more or less, or is called otherwise. */
  #stateOfFiles(): string | undefined {
    const { files, includeDisabled, stamps } = this.#from;
    const hasher = new Bun.CryptoHasher('sha256');
    const parts = [String(includeDisabled)];
    for (const { path, workflow } of files) {
      const stamp = stamps.textOf(path);
      if (stamp === null) return undefined;
      parts.push(`${path}\0${workflow}\0${stamp}`);
    }
    return hasher.update(parts.join('\0\0')).digest('hex');
  }
}

/** Readings depend on what is declared of the node types in them, and of no others. */
function fingerprintOf({ nodeTypes }: JoinedReading, rules: NodeRules): string {
  return rules.fingerprintOf(nodeTypes.map((nodeType) => ({ nodeType })));
}

function isRecent(madeAtMs: number): boolean {
  const age = Date.now() - madeAtMs;
  return age >= 0 && age < LIFE_MS;
}
