import type { SourceAnswer } from '../../core/offer.ts';
import type { ModelscopeClient } from './client.ts';
import type { ModelscopeLink } from './links.ts';
import { factsOfRow, makeModelscopeOffer } from './offer.ts';

/**
 * Looks whether the repository has the file, by the list of its files: that tells size and sha256, while the file's own address answers
 * with status 200 for a file that is not there (seen 2026).
 */
export async function checkModelscopeLink(link: ModelscopeLink, client: ModelscopeClient): Promise<SourceAnswer> {
  const files = await client.listFiles(link);
  if (files.ok) {
    const row = files.value.find(({ Path }) => Path === link.path);
    if (!row) return { kind: 'nothing', reason: `${link.repoId} on ModelScope has no file ${link.path}` };
    const facts = { ...factsOfRow(row), requiresAuth: client.needsKey };
    return { kind: 'found', offers: [makeModelscopeOffer(link, facts)], unchecked: null };
  }
  if (client.session.isTrouble(files)) return { kind: 'failed', unchecked: client.session.unchecked(files.problem) };
  return { kind: 'nothing', reason: `${link.repoId} or its revision ${link.revision} is not on ModelScope, or is private` };
}
