import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';

import { systemErrorCode } from '../core/error.ts';
import { inspectModelFile } from '../core/model-file/inspect.ts';
import type { Verification } from '../core/model.ts';
import type { Expectation } from './verify.ts';
import { isExpectedSize } from './verify.ts';

/** By what a file is known to be still the one that was looked at. */
export interface FileFingerprint {
  inode: number;
  sizeBytes: number;
  modifiedMs: number;
}

/** What stands where a model is to be put. */
export type TargetState =
  | { kind: 'absent' }
  | { kind: 'whole'; bytes: number; sha256: string | null; verified: Verification }
  /** No whole model file: the only thing that may be replaced. */
  | { kind: 'damaged'; fingerprint: FileFingerprint }
  /** Something else that is not ours to touch. */
  | { kind: 'taken'; detail: string };

/** Computes the sha256 of a file, lower-case hex. */
export type HashFile = (path: string) => Promise<string>;

/** Looks at the target; hashes it only when its size agrees and its sha256 is known. */
export async function readTarget(savePath: string, expected: Expectation, hashFile: HashFile): Promise<TargetState> {
  const link = await lstat(savePath).catch(absent);
  if (!link) return { kind: 'absent' };
  const file = link.isSymbolicLink() ? await stat(savePath).catch(absent) : link;
  if (!file) return { kind: 'taken', detail: 'A broken link stands there' };
  if (!file.isFile()) return { kind: 'taken', detail: 'Something that is no file stands there' };
  const state = await judgeFile(savePath, file, { expected, hashFile });
  const isForeign = link.isSymbolicLink() && state.kind === 'damaged';
  return isForeign ? { kind: 'taken', detail: 'A link to a damaged file stands there' } : state;
}

async function judgeFile(path: string, file: Stats, options: { expected: Expectation; hashFile: HashFile }): Promise<TargetState> {
  const { expected } = options;
  const sizeAgrees = isExpectedSize(file.size, expected);
  if (expected.sha256 !== null && sizeAgrees) {
    const sha256 = await options.hashFile(path);
    if (sha256 === expected.sha256) return { kind: 'whole', bytes: file.size, sha256, verified: 'sha256' };
  }
  const structure = await inspectModelFile(path);
  if (!structure.whole) return { kind: 'damaged', fingerprint: fingerprintOf(file) };
  if (expected.sha256 !== null || !sizeAgrees) return { kind: 'taken', detail: describeOther(file.size, expected) };
  return { kind: 'whole', bytes: file.size, sha256: null, verified: expected.sizeBytes === null ? 'structure' : 'size' };
}

/** `true` while the file at the path is the one that was looked at. */
export async function isUnchanged(path: string, fingerprint: FileFingerprint): Promise<boolean> {
  const file = await lstat(path).catch(absent);
  if (!file) return false;
  const now = fingerprintOf(file);
  return now.inode === fingerprint.inode && now.sizeBytes === fingerprint.sizeBytes && now.modifiedMs === fingerprint.modifiedMs;
}

function fingerprintOf(file: Stats): FileFingerprint {
  return { inode: file.ino, sizeBytes: file.size, modifiedMs: file.mtimeMs };
}

function describeOther(bytes: number, expected: Expectation): string {
  if (expected.sizeBytes !== null && !isExpectedSize(bytes, expected)) {
    return `A whole model file of ${bytes} bytes stands there, the one wanted has ${expected.sizeBytes}`;
  }
  return 'A whole model file with another sha256 stands there';
}

function absent(error: unknown): undefined {
  if (systemErrorCode(error) === 'ENOENT') return undefined;
  throw error;
}
