import { isWantedName } from '../../core/model-file/match-name.ts';
import { isModelFileName } from '../../core/model-file/names.ts';
import type { Unchecked } from '../../core/model.ts';
import type { Offer, SourceAnswer } from '../../core/offer.ts';
import type { SearchQuestion } from '../types.ts';
import type { ModelscopeClient } from './client.ts';
import { DEFAULT_REVISION } from './links.ts';
import { factsOfRow, makeModelscopeOffer } from './offer.ts';
import type { RepositoryRow } from './schema.ts';

const MOST_QUERIES = 2;
/** Repositories whose files are listed for one name; a list is read once for all names of a run. */
const MOST_LISTS = 3;
/** A repository with as many downloads is no copycat: no further query is made for the name. */
const USED_DOWNLOADS = 100;
/** Similar names that are shown to a person. */
const MOST_RELATED = 5;
/** Below this a name has nothing to do with the wanted one. */
const LEAST_SIMILARITY = 0.5;

/** Searches repositories by names made from the file name, and looks for the very name in the lists of the likeliest. */
export async function searchModelscope(question: SearchQuestion, client: ModelscopeClient): Promise<SourceAnswer> {
  const { filename } = question.requirement;
  const listed = new Map<string, Offer[]>();
  let failure: Unchecked | null = null;
  for (const text of question.queries.slice(0, MOST_QUERIES)) {
    const found = await client.searchRepositories(text);
    if (!found.ok) {
      failure ??= client.session.unchecked(found.problem);
      break;
    }
    const likeliest = orderByChance(found.value, text).filter(({ id }) => !listed.has(id));
    for (const repository of likeliest.slice(0, MOST_LISTS - listed.size)) {
      const offers = await listOffers(repository, client);
      if ('code' in offers) failure ??= offers;
      else listed.set(repository.id, offers);
    }
    const exact = [...listed.values()].flat().filter((offer) => isWantedName(filename, offer.filename));
    if (listed.size >= MOST_LISTS || exact.some(({ downloads }) => (downloads ?? 0) >= USED_DOWNLOADS)) break;
  }
  return conclude(question, [...listed.values()].flat(), failure);
}

/** Repackagings for ComfyUI first, then by downloads; private ones cannot be listed. */
function orderByChance(repositories: readonly RepositoryRow[], text: string): RepositoryRow[] {
  const chance = ({ id }: RepositoryRow): number => Number(/comfy/i.test(id)) + Number(id.toLowerCase().includes(text.toLowerCase()));
  return repositories
    .filter(({ private: hidden }) => hidden !== true)
    .toSorted((left, right) => chance(right) - chance(left) || (right.downloads ?? 0) - (left.downloads ?? 0));
}

/** The model files of a repository; a repository that went away has none. */
async function listOffers(repository: RepositoryRow, client: ModelscopeClient): Promise<Offer[] | Unchecked> {
  const place = { repoId: repository.id, revision: DEFAULT_REVISION };
  const files = await client.listFiles(place);
  if (!files.ok) return client.session.isTrouble(files) ? client.session.unchecked(files.problem) : [];
  const models = files.value.filter(({ Path }) => isModelFileName(Path));
  return models.map((row) =>
    makeModelscopeOffer({ ...place, path: row.Path }, { ...factsOfRow(row), requiresAuth: client.needsKey, repository }),
  );
}

function conclude({ requirement, similarity }: SearchQuestion, offers: readonly Offer[], unchecked: Unchecked | null): SourceAnswer {
  const exact = offers.filter((offer) => isWantedName(requirement.filename, offer.filename));
  if (exact.length > 0) return { kind: 'found', offers: exact, unchecked };
  const related = offers
    .map((offer) => ({ offer, score: similarity(offer.filename) }))
    .filter(({ score }) => score >= LEAST_SIMILARITY)
    .toSorted((left, right) => right.score - left.score)
    .slice(0, MOST_RELATED)
    .map(({ offer }) => offer);
  if (related.length > 0) return { kind: 'related', offers: related, reason: 'only similar names on ModelScope', unchecked };
  if (unchecked) return { kind: 'failed', unchecked };
  return { kind: 'nothing', reason: 'no such file name on ModelScope' };
}
