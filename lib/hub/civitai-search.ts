import type { CivitaiModel } from './catalogue.ts';
import { hashesOf } from './civitai-hashes.ts';

/**
 * The text index behind `query`: name of the model, name of its creator, hashes and trigger words; never file names or version names.
 * A word matches as a prefix or with one typo, and words are given up from the last one on, so a hit proves nothing.
 */
export function searchIndex(models: readonly CivitaiModel[], query: string): CivitaiModel[] {
  const words = wordsOf(query);
  const hits = models
    .map((model) => ({ model, score: countLeading(words, indexedWords(model)) }))
    .filter((hit) => words.length === 0 || hit.score > 0);
  hits.sort((left, right) => right.score - left.score || (right.model.downloads ?? 0) - (left.model.downloads ?? 0));
  return hits.map((hit) => hit.model);
}

function indexedWords(model: CivitaiModel): string[] {
  const versions = model.versions;
  const hashes = versions.flatMap((version) => version.files.flatMap((file) => Object.values(hashesOf(file))));
  const triggers = versions.flatMap((version) => version.trainedWords ?? []);
  return [
    ...wordsOf(model.name),
    ...wordsOf(model.creator ?? ''),
    ...hashes.map((hash) => hash.toLowerCase()),
    ...triggers.flatMap(wordsOf),
  ];
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** How many of the words match before the first that does not. */
function countLeading(words: readonly string[], indexed: readonly string[]): number {
  const missing = words.findIndex(
    (word) => !indexed.some((other) => other.startsWith(word) || (word.length >= 5 && differByOne(word, other))),
  );
  return missing === -1 ? words.length : missing;
}

/** Whether one letter added, left out or changed makes the words equal. */
function differByOne(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false;
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  const tails = [
    [left.slice(same + 1), right.slice(same + 1)],
    [left.slice(same + 1), right.slice(same)],
    [left.slice(same), right.slice(same + 1)],
  ];
  return tails.some(([one, other]) => one === other);
}
