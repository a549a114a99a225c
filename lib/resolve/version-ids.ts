import { readCivitaiId } from '../core/civitai-reference.ts';
import type { Offer } from '../core/offer.ts';
import { parseName } from './name-parts.ts';

/** Numbers of one name that are asked for. */
const MOST_IDS = 2;
/** A number that stands by itself and is long enough for a version's id; ids of today have five to seven digits (2026-08). */
const NUMBERS = /(?<![\d.])[1-9]\d{4,6}(?![\d.])/g;
/** Steps of a training are round numbers. */
const ROUND = 100;

/**
 * Numbers in a file name that may be ids of versions on Civitai: some download tools put them into the names. The likeliest first, which
 * is the one that stands last.
 */
export function versionIdsIn(filename: string): number[] {
  const numbers = Array.from(parseName(filename).stem.matchAll(NUMBERS), ([text]) => readCivitaiId(text));
  const ids = numbers.filter((id) => id !== null).filter((id) => id % ROUND !== 0);
  return [...new Set(ids.toReversed())].slice(0, MOST_IDS);
}

/**
 * Whether the name without the id, its model's id and the word for the service is the file's or the model's own. The number alone is no
 * sign: every number of this size is some version's id.
 */
export function agreesBesidesId(filename: string, offer: Offer): boolean {
  const wanted = parseName(filename);
  const offered = parseName(offer.filename);
  if (wanted.extension !== '' && wanted.extension !== offered.extension) return false;
  const ids = [offer.versionId, offer.modelId].flatMap((id) => (id === null ? [] : [String(id)]));
  const rest = ids.reduce((text, id) => text.replace(new RegExp(`(?<!\\d)${id}(?!\\d)`), ' '), wanted.stem).replace(/civitai/i, ' ');
  const bare = parseName(rest).compact;
  return bare !== '' && [offered.compact, parseName(offer.title ?? '').compact].includes(bare);
}
