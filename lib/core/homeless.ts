import { readAir } from './civitai-reference.ts';
import type { Resolution } from './model.ts';
import { isRefusedInPlace } from './refused.ts';

type Settled = Pick<Resolution, 'filename' | 'source' | 'accepted' | 'savePath' | 'directory' | 'proof' | 'chosenByUser' | 'foundAt'>;

/**
 * Whether a model is left open because there is no place to save it, and not for want of a file: its name is none that can be saved safely,
 * or nobody knows the folder of a file that is settled. No choice of another place for it helps then.
 */
export function isHomeless(resolution: Settled): boolean {
  const { filename, source, accepted, savePath, directory, proof, chosenByUser } = resolution;
  if (accepted || savePath !== null || isRefusedInPlace(resolution)) return false;
  if (source === 'not_found' && readAir(filename) !== null) return false; // only its place would tell its name
  const isSettled = proof !== null && (proof !== 'fuzzy' || chosenByUser);
  return directory !== null || isSettled;
}
