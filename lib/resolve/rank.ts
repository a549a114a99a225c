import Fuse from 'fuse.js';
import { extensionOf, isModelFileName } from '../core/model-file/names.ts';
import { parseName, spell } from './name-parts.ts';
import { compareNames } from './rules.ts';

/** A name's likeness to the wanted one. */
export interface NameScore {
  /** 0 to 1; 1 only for the same name. */
  score: number;
  /** Why not more: a clause for a person, `''` for the same name. */
  reason: string;
  otherModel: boolean;
}

/** So little in common that a closer look is not worth its time: fuse.js alone takes tens of milliseconds for a thousand names. */
const LEAST_SHARED_TRIGRAMS = 0.34;
/** A name that only resembles the wanted one is never proven. */
const MOST_FOR_SIMILAR = 0.95;

/** Judges one name after the other against a wanted one; what is known of the wanted name is worked out once. */
export function makeSimilarity(wanted: string): (offered: string) => number {
  const grams = trigramsOf(wanted);
  return (offered) => (sharedTrigrams(grams, trigramsOf(offered)) < LEAST_SHARED_TRIGRAMS ? 0 : scoreName(wanted, offered).score);
}

/** How well an offered file name fits the wanted one: what fuse.js says of the letters, below what the rules allow. */
export function scoreName(wanted: string, offered: string): NameScore {
  const verdict = compareNames(wanted, offered);
  if (verdict.exact) return { score: 1, reason: '', otherModel: false };
  const likeness = Math.max(fuseLikeness(wanted, offered), sharedTrigrams(trigramsOf(wanted), trigramsOf(offered)));
  const score = Math.min(verdict.ceiling, MOST_FOR_SIMILAR, verdict.differences.length === 0 ? 1 : likeness);
  const reason = verdict.differences.map(({ text }) => text).join('; ') || 'the same but for separators';
  return { score: Math.round(score * 1000) / 1000, reason, otherModel: verdict.otherModel };
}

function fuseLikeness(wanted: string, offered: string): number {
  const fuse = new Fuse([spell(parseName(offered).stem)], {
    includeScore: true,
    ignoreLocation: true,
    threshold: 1,
    minMatchCharLength: 2,
  });
  const [hit] = fuse.search(spell(parseName(wanted).stem));
  return hit?.score === undefined ? 0 : 1 - hit.score;
}

/** Thousands of offered names are compared with each of hundreds of wanted ones. */
const GRAMS = new Map<string, ReadonlySet<string>>();
const MOST_GRAMS = 50_000;

/** Letters and digits of the stem in threes, separators and case aside. */
function trigramsOf(name: string): ReadonlySet<string> {
  const known = GRAMS.get(name);
  if (known) return known;
  if (GRAMS.size >= MOST_GRAMS) GRAMS.clear();
  const grams = cutInThrees(name);
  GRAMS.set(name, grams);
  return grams;
}

function cutInThrees(name: string): ReadonlySet<string> {
  const stem = isModelFileName(name) ? name.slice(0, name.length - extensionOf(name).length) : name;
  const padded = ` ${stem.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '')} `;
  const grams = new Set<string>();
  for (let at = 0; at + 3 <= padded.length; at++) grams.add(padded.slice(at, at + 3));
  return grams;
}

/** Dice's coefficient: 1 for the same threes, 0 for none in common. */
function sharedTrigrams(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size + right.size === 0) return 0;
  let shared = 0;
  for (const gram of left) if (right.has(gram)) shared++;
  return (2 * shared) / (left.size + right.size);
}
