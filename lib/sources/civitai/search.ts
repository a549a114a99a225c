import type { Unchecked } from '../../core/model.ts';
import type { SourceAnswer } from '../../core/offer.ts';
import type { SearchQuestion } from '../types.ts';
import type { CivitaiClient } from './client.ts';
import { isModelFile, typesForFolder } from './folders.ts';
import type { CivitaiPlace } from './offer.ts';
import { hasName, makeCivitaiOffer, placesOfModel } from './offer.ts';

/** The next text is only tried when the one before brought nothing at all: the service itself gives words up. */
const MOST_QUERIES = 2;
/** Similar names that are shown to a person. */
const MOST_RELATED = 5;
/** Below this a name has nothing to do with the wanted one. */
const LEAST_SIMILARITY = 0.5;

/** Searches models by names made from the file name, and compares every file of every version that comes up. */
export async function searchCivitai(question: SearchQuestion, client: CivitaiClient): Promise<SourceAnswer> {
  const types = typesForFolder(question.requirement.directory);
  const places = new Map<string, CivitaiPlace>();
  let unchecked: Unchecked | null = null;
  for (const text of question.queries.slice(0, MOST_QUERIES)) {
    const result = await client.searchModels(text, types);
    if (!result.ok) unchecked ??= client.session.unchecked(result.problem);
    for (const place of result.ok ? result.value.flatMap(placesOfModel) : []) places.set(`${place.version.id}/${place.file.id}`, place);
    if (!result.ok || result.value.length > 0) break;
  }
  return answer(question, [...places.values()], unchecked);
}

function answer(question: SearchQuestion, places: readonly CivitaiPlace[], unchecked: Unchecked | null): SourceAnswer {
  const files = places.filter(({ file }) => isModelFile(file));
  const exact = files.filter(({ file }) => hasName(file, question.requirement.filename));
  if (exact.length > 0) return { kind: 'found', offers: exact.map(makeCivitaiOffer), unchecked };
  const related = files
    .map((place) => ({ place, score: question.similarity(place.file.name) }))
    .filter(({ score }) => score >= LEAST_SIMILARITY)
    .sort((left, right) => right.score - left.score || left.place.file.id - right.place.file.id)
    .slice(0, MOST_RELATED)
    .map(({ place }) => makeCivitaiOffer(place));
  if (related.length > 0) return { kind: 'related', offers: related, reason: 'only similar names on Civitai', unchecked };
  if (unchecked) return { kind: 'failed', unchecked };
  return { kind: 'nothing', reason: 'no such file name on Civitai' };
}
