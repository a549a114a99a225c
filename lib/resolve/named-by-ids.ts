import { type CivitaiReference, readAir } from '../core/civitai-reference.ts';
import type { Requirement } from '../core/model.ts';
import type { Offer } from '../core/offer.ts';

/** The ids that stand where a file name is asked for; `null` for a file name. */
export function idsOf({ filename }: Pick<Requirement, 'filename'>): CivitaiReference | null {
  return filename.includes(':') ? readAir(filename) : null;
}

/** Whether the offer is what the ids stand for, as far as they tell. */
export function isNamedByIds(ids: CivitaiReference, { source, modelId, versionId }: Offer): boolean {
  if (source !== 'civitai') return false;
  if (ids.versionId !== null && ids.versionId !== versionId) return false;
  return ids.modelId === null || modelId === null || ids.modelId === modelId;
}
