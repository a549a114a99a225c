import type { Unchecked } from '../../core/model.ts';
import type { SourceAnswer } from '../../core/offer.ts';
import type { SearchQuestion } from '../types.ts';
import type { CivitaiClient } from './client.ts';
import { isModelFile, typesForFolder } from './folders.ts';
import type { CivitaiPlace } from './offer.ts';
import { hasName, makeCivitaiOffer, placesOfModel } from './offer.ts';

/** Similar names that are shown to a person. */
const MOST_RELATED = 5;
/** Below this a name has nothing to do with the wanted one. */
const LEAST_SIMILARITY = 0.5;

/** Searches models by names made from the file name, and compares every file of every version that comes up. */
export async function searchCivitai(question: SearchQuestion, client: CivitaiClient): Promise<SourceAnswer> {
  const types = typesForFolder(question.requirement.directory);
  const [text] = question.queries; // a shorter one would bring nothing more: the service itself gives words up, from the last one on
  if (text === undefined) return { kind: 'nothing', reason: 'the name has no word to search Civitai for' };
  const result = await client.searchModels(text, types);
  const places = result.ok ? result.value.flatMap(placesOfModel) : [];
  const distinct = new Map(places.map((place) => [`${place.version.id}/${place.file.id}`, place]));
  return answer(question, [...distinct.values()], result.ok ? null : client.session.unchecked(result.problem));
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
