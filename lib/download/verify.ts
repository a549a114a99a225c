import { inspectModelFile } from '../core/model-file/inspect.ts';
import type { ModelFormat, ModelStructure } from '../core/model-file/structure.ts';
import type { Verification } from '../core/model.ts';
import type { Trouble } from './trouble.ts';
import { BadContentError } from './trouble.ts';

/** What is known beforehand of the file that is wanted. */
export interface Expectation {
  /** The name that it will have. */
  filename: string;
  /** Lower-case hex, `null` when nobody knows it. */
  sha256: string | null;
  sizeBytes: number | null;
  /** How far the size may be off: Civitai gives it in KiB, as a decimal fraction. */
  sizeToleranceBytes: number;
}

/** What has arrived. */
export interface Arrived {
  path: string;
  bytes: number;
  /** Lower-case hex, `null` when it was not computed. */
  sha256: string | null;
  /** The server said beforehand how long the file is, and that many bytes came. */
  lengthWasAnnounced: boolean;
}

/** Formats whose own header or directory says where the file ends. */
const SELF_MEASURING: ReadonlySet<ModelFormat> = new Set(['safetensors', 'gguf', 'torch_zip', 'onnx']);

/**
 * The strongest check that is possible: sha256, else size and structure, else a structure that shows its own end. Throws
 * `BadContentError` when the file is another one, no whole model, or cannot be proven whole.
 */
export async function verifyArrived(arrived: Arrived, expected: Expectation): Promise<Verification> {
  if (expected.sha256 !== null) {
    if (arrived.sha256 === expected.sha256) return 'sha256';
    const trouble = { kind: 'checksum', expected: expected.sha256, actual: arrived.sha256 ?? 'none' } as const;
    throw new BadContentError(trouble, { worthAnotherTry: true });
  }
  const structure = await inspectModelFile(arrived.path, { name: expected.filename });
  const bad = findFlaw(arrived, structure, expected);
  if (bad) throw new BadContentError(bad, { worthAnotherTry: !arrived.lengthWasAnnounced });
  return expected.sizeBytes !== null || arrived.lengthWasAnnounced ? 'size' : 'structure';
}

function findFlaw(arrived: Arrived, structure: ModelStructure, expected: Expectation): Trouble | undefined {
  if (!structure.whole) return { kind: 'not_a_model', what: structure.damage ?? 'no whole file' };
  if (expected.sizeBytes !== null) {
    return isExpectedSize(arrived.bytes, expected) ? undefined : { kind: 'size', expected: expected.sizeBytes, actual: arrived.bytes };
  }
  return arrived.lengthWasAnnounced || SELF_MEASURING.has(structure.format) ? undefined : { kind: 'unprovable' };
}

/** `true` also when no size is expected. */
export function isExpectedSize(bytes: number, expected: Pick<Expectation, 'sizeBytes' | 'sizeToleranceBytes'>): boolean {
  return expected.sizeBytes === null || Math.abs(bytes - expected.sizeBytes) <= expected.sizeToleranceBytes;
}
