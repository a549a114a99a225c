import type { SourceAnswer } from '../../core/offer.ts';
import type { CivitaiClient } from './client.ts';
import { MOST_HASHES } from './client.ts';
import { makeCivitaiOffer, placesOfVersion, sha256Of } from './offer.ts';
import type { CivitaiVersionAnswer } from './schema.ts';

const NOT_KNOWN: SourceAnswer = { kind: 'nothing', reason: 'Civitai knows no file with this sha256' };

/** Files with these sha256 (lower-case hex), asked for a hundred at a time. Every hash gets an answer. */
export async function findByHash(sha256s: readonly string[], client: CivitaiClient): Promise<Map<string, SourceAnswer>> {
  const wanted = [...new Set(sha256s)];
  const answers = new Map<string, SourceAnswer>();
  for (let at = 0; at < wanted.length; at += MOST_HASHES) {
    const batch = wanted.slice(at, at + MOST_HASHES);
    for (const [hash, answer] of await askBatch(batch, client)) answers.set(hash, answer);
  }
  return answers;
}

async function askBatch(batch: readonly string[], client: CivitaiClient): Promise<[string, SourceAnswer][]> {
  const result = await client.fetchVersionsByHash(batch);
  if (result.ok) return batch.map((hash) => [hash, pickByHash(hash, result.value)]);
  // a mirror may know the question for one hash only
  if (!client.session.isTrouble(result))
    return Promise.all(batch.map(async (hash) => [hash, await askOne(hash, client)] as const).map(pair));
  const answer: SourceAnswer = { kind: 'failed', unchecked: client.session.unchecked(result.problem) };
  return batch.map((hash) => [hash, answer]);
}

async function pair(entry: Promise<readonly [string, SourceAnswer]>): Promise<[string, SourceAnswer]> {
  const [hash, answer] = await entry;
  return [hash, answer];
}

async function askOne(hash: string, client: CivitaiClient): Promise<SourceAnswer> {
  const result = await client.fetchVersionByHash(hash);
  if (result.ok) return pickByHash(hash, [result.value]);
  if (client.session.isTrouble(result)) return { kind: 'failed', unchecked: client.session.unchecked(result.problem) };
  return NOT_KNOWN;
}

/** The service may answer with any kind of hash and in any order: only a file that states this very sha256 counts. */
function pickByHash(hash: string, versions: readonly CivitaiVersionAnswer[]): SourceAnswer {
  const places = versions.flatMap(placesOfVersion).filter(({ file }) => sha256Of(file) === hash);
  const distinct = [...new Map(places.map((place) => [`${place.version.id}/${place.file.id}`, place])).values()];
  if (distinct.length === 0) return NOT_KNOWN;
  return { kind: 'found', offers: distinct.map(makeCivitaiOffer), unchecked: null };
}
