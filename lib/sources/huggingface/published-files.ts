import type { KnownFile } from '../../core/known-file.ts';
import { isModelFileName } from '../../core/model-file/names.ts';
import type { SourceAnswer } from '../../core/offer.ts';
import { baseName, isPickleFilename } from '../file-formats.ts';
import type { HuggingfaceClient } from './client.ts';
import type { HuggingfaceLink } from './links.ts';
import { huggingfaceUrl } from './links.ts';
import { isGated, makeHuggingfaceOffer, readSha256 } from './offer.ts';
import { isKnownPublisher } from './publishers.ts';
import type { ListedRepository } from './schema.ts';

/**
 * A file of a known publisher by the whole list of its repository, which tells the sizes and sha256 of all its files in one request: whoever
 * needs one of them soon needs others. `null` where the file itself has to be asked: the list could not be had, only the file tells whether
 * access is granted, or a scan has to be asked about it anyway.
 */
export async function findPublished(link: HuggingfaceLink, client: HuggingfaceClient): Promise<SourceAnswer | null> {
  const isListed = link.kind === 'models' && link.revision === 'main' && isKnownPublisher(link.repoId) && !isPickleFilename(link.path);
  if (!isListed) return null;
  const listed = await client.listFiles(link.repoId);
  if (!listed.ok || isGated(listed.value) || listed.value.private || listed.value.disabled) return null;
  const repository = listed.value;
  const file = repository.siblings.find(({ rfilename }) => rfilename === link.path);
  if (!file) return { kind: 'nothing', reason: `${link.repoId} has no file ${link.path}` };
  const facts = { ...factsOf(file), commit: repository.sha ?? null, gated: false, requiresAuth: false, repository };
  return { kind: 'found', offers: [makeHuggingfaceOffer(link, facts)], unchecked: null };
}

/** The model files of a repository as the catalogue keeps them. */
export function lessonFiles(repository: ListedRepository): KnownFile[] {
  return repository.siblings
    .filter(({ rfilename }) => isModelFileName(rfilename))
    .map((file) => {
      const url = huggingfaceUrl({ kind: 'models', repoId: repository.id, revision: 'main', path: file.rfilename });
      return { name: baseName(file.rfilename), url, directory: null, ...factsOf(file) };
    });
}

function factsOf({ size, lfs }: ListedRepository['siblings'][number]): { sizeBytes: number | null; sha256: string | null } {
  return { sizeBytes: lfs?.size ?? size ?? null, sha256: readSha256(lfs?.sha256) };
}
