import { readdirSync, readFileSync, statSync } from 'node:fs';

import { stampOfFile } from '../core/file-memory.ts';

/** A question that was put to the disk, and what tells whether it would be answered the same way today. */
export type Witness = readonly [kind: Question, path: string, answer: string, pattern?: string];

type Question = 'text' | 'kind' | 'list' | 'deep' | 'match';

/** Looks at the sources of an install, and remembers what it was asked: a reading holds for as long as all the answers stay the same. */
export class SourceDisk {
  readonly #witnesses = new Map<string, Witness>();
  #isSettled = true;

  /** Everything that was asked, each once; `undefined` when a file was written to so lately that it may change unseen. */
  get witnesses(): Witness[] | undefined {
    return this.#isSettled ? [...this.#witnesses.values()] : undefined;
  }

  /** Throws a system error for a file that cannot be read. */
  readText(path: string): string {
    this.#remember('text', path);
    return readFileSync(path, 'utf8');
  }

  /** 0 for what is not there. */
  sizeOf(path: string): number {
    this.#remember('text', path);
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  isFile(path: string): boolean {
    return this.#remember('kind', path) === 'file';
  }

  isFolder(path: string): boolean {
    return this.#remember('kind', path) === 'folder';
  }

  isThere(path: string): boolean {
    return this.#remember('kind', path) !== '';
  }

  /** Names in a folder, sorted; none for one that cannot be read. */
  list(folder: string): string[] {
    this.#remember('list', folder);
    return namesIn(folder, false);
  }

  /** Paths of everything below a folder, relative to it and sorted; none for one that cannot be read. */
  listDeep(folder: string): string[] {
    this.#remember('deep', folder);
    return namesIn(folder, true);
  }

  /** Paths below a folder that match a pattern of `Bun.Glob`, relative to it and sorted. */
  match(folder: string, pattern: string): string[] {
    this.#remember('match', folder, pattern);
    return matches(folder, pattern);
  }

  #remember(kind: Question, path: string, pattern?: string): string {
    const key = `${kind}\0${path}\0${pattern ?? ''}`;
    const known = this.#witnesses.get(key);
    if (known !== undefined) return known[2];
    const answer = answerTo(kind, path, pattern);
    if (kind === 'text' && !isSettled(path)) this.#isSettled = false;
    this.#witnesses.set(key, pattern === undefined ? [kind, path, answer] : [kind, path, answer, pattern]);
    return answer;
  }
}

/** Whether the disk would answer every question as it did. */
export function stillHolds(witnesses: readonly Witness[]): boolean {
  return witnesses.every(([kind, path, answer, pattern]) => answerTo(kind, path, pattern) === answer);
}

function answerTo(kind: Question, path: string, pattern: string | undefined): string {
  switch (kind) {
    case 'text':
      return quietly(() => stampOfFile(path, new Date())?.text) ?? '';
    case 'kind':
      return quietly(() => kindOf(path)) ?? '';
    case 'list':
    case 'deep':
      return fingerprint(namesIn(path, kind === 'deep'));
    case 'match':
      return fingerprint(matches(path, pattern ?? ''));
  }
}

function isSettled(path: string): boolean {
  return quietly(() => stampOfFile(path, new Date()))?.isSettled ?? true;
}

function kindOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return '';
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
}

function namesIn(folder: string, isDeep: boolean): string[] {
  return quietly(() => readdirSync(folder, { recursive: isDeep, encoding: 'utf8' }).sort()) ?? [];
}

function matches(folder: string, pattern: string): string[] {
  return quietly(() => [...new Bun.Glob(pattern).scanSync({ cwd: folder, onlyFiles: false })].sort()) ?? [];
}

function fingerprint(names: readonly string[]): string {
  return Bun.hash(names.join('\n')).toString(36);
}

function quietly<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
