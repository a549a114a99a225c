import type { Unchecked } from '../core/model.ts';
import type { Evidence } from './decide.ts';
import type { ProvenFile } from './proofs.ts';

/** Folders whose models their makers mostly put on Civitai; parts that many models share are published on Hugging Face. */
const CIVITAI_FOLDERS: ReadonlySet<string> = new Set(['loras', 'checkpoints', 'embeddings', 'hypernetworks']);

/**
 * Whether a publisher may have another file under the name without our knowing, since Hugging Face has not answered everything: a name alone
 * then proves nothing. What is on Civitai for a folder that is filled from there stands by itself.
 */
export function mayHideRivals({ requirement, unchecked }: Evidence, { offer }: ProvenFile): boolean {
  if (!unchecked.some(isFailedHub)) return false;
  return offer.source === 'huggingface' || !CIVITAI_FOLDERS.has(requirement.directory ?? '');
}

/** Offline nobody is asked: what is known then is all there is. */
export function isFailedHub({ source, code }: Unchecked): boolean {
  return source === 'huggingface' && code !== 'offline';
}
