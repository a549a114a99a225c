import type { Requirement } from '../core/model.ts';
import { genericnessOf } from './generic-names.ts';
import { parseName, spell } from './name-parts.ts';
import { FAMILIES, NOISE_LEVELS, PARAMETER_COUNT, PRECISIONS, QUANTISATION, ROLES } from './vocabulary.ts';

/** Texts for the services' own searches, best first. */
export interface Queries {
  huggingface: string[];
  civitai: string[];
}

/** Words that stand in many names and lead nowhere. */
const NOISE_WORDS: ReadonlySet<string> = new Set(
  'safetensors model models ckpt pruned emaonly ema only nonema fp16 bf16 fp32 fp8 scaled mixed lora loras vae final steps step epoch rank dim high low noise full base new the of for and with all in one pretrained uncensored fast image video style comfy comfyui repackaged v'.split(
    ' ',
  ),
);
/** Words of many families' names: worth a question only when nothing else is. */
const COMMON_WORDS: ReadonlySet<string> = new Set(
  'clip vision text transformer diffusion adapter encoder decoder large small medium mini tiny frames long real stage'.split(' '),
);
/** Between words; a low line between two single digits is the point of a version (`v1_1`). */
const SEPARATORS = /(?:[-\s]|(?<!(?:^|\D)\d)_|_(?!\d(?:\D|$)))+/;
/** A shorter text brings up half the hub. */
const SHORTEST_QUERY = 3;
/** A beginning with fewer letters than this says too little to end there. */
const FEWEST_LEAD_LETTERS = 3;
/** What its maker calls a series of models: `CSBW`. */
const CAPITALS = /^\p{Lu}{3,}$/u;
const FEWEST_OWN_LETTERS = 3;

/**
 * Searches for a file name where services only search names of repositories and models. Hugging Face matches a text inside a repository's
 * id, so a query is a piece of the name as it is spelled; Civitai matches words of a model's name, so a query is its telling words.
 */
export function makeQueries(requirement: Pick<Requirement, 'filename' | 'subfolder'>): Queries {
  const stem = parseName(queryName(requirement)).stem;
  return { huggingface: huggingfaceQueries(stem), civitai: civitaiQueries(stem) };
}

/** A name that says nothing is looked for by the folder it stands in. */
function queryName({ filename, subfolder }: Pick<Requirement, 'filename' | 'subfolder'>): string {
  const folder = subfolder.split('/').findLast((name) => name !== '');
  return folder !== undefined && genericnessOf(filename) !== 'none' ? folder : filename;
}

/**
 * What its maker calls the model, the beginning of the name, a word of its own, and the family with its size. A family's or a role's own
 * name alone brings up half the hub, and goes last. A text that has an earlier one in it is worth a question only where the earlier one
 * brought more than a page.
 */
function huggingfaceQueries(stem: string): string[] {
  const pieces = stem.split(SEPARATORS).filter((piece) => piece !== '');
  const telling = pieces.filter((piece) => !isNoise(piece)).map(withoutVersion);
  const own = telling.filter((piece) => !isKnownWord(piece));
  const [first = ''] = telling;
  const inCapitals = own.find((piece) => CAPITALS.test(piece));
  const words = [inCapitals ?? longestOf(own), familyWithSize(stem), own[0] ?? '', longestOf(telling)];
  const queries = distinct(first === own[0] ? [first, leadOf(pieces), ...words] : [leadOf(pieces), ...words, first]);
  return queries.length > 0 ? queries : distinct([stem]);
}

function longestOf(pieces: readonly string[]): string {
  return pieces.toSorted((left, right) => letters(right) - letters(left))[0] ?? '';
}

/** `wan2.2-14B`: how repositories of adapters and conversions are called after what they were made for. */
function familyWithSize(stem: string): string {
  const { families } = parseName(stem);
  const [[family, version] = ['', null]] = families;
  const [count] = spell(stem).matchAll(PARAMETER_COUNT);
  return count === undefined || family === '' ? '' : `${family.replaceAll(' ', '-')}${version ?? ''}-${count[1]}${count[2]?.toUpperCase()}`;
}

/** `image` of `Qwen-Image` is a part of a family's name. */
function endsFamily(pieces: readonly string[], at: number): boolean {
  const spelled = spell(pieces.slice(Math.max(0, at - 1), at + 1).join(' '));
  return at > 0 && FAMILIES.some(({ pattern }) => pattern.exec(spelled)?.[0] === spelled);
}

function isKnownWord(piece: string): boolean {
  const spelled = spell(piece);
  const known = [...FAMILIES.map(({ pattern }) => pattern), ...ROLES.map(([, pattern]) => pattern)];
  const isKnown = known.some((pattern) => spelled.replace(pattern, '').trim() === '');
  return isKnown || COMMON_WORDS.has(spelled) || letters(piece) < FEWEST_OWN_LETTERS;
}

/** The beginning of the name up to where precision, steps or another detail starts; repositories mostly separate words by hyphens. */
function leadOf(pieces: readonly string[]): string {
  const end = pieces.findIndex((piece, at) => {
    return isNoise(piece) && !endsFamily(pieces, at) && letters(pieces.slice(0, at).join('')) >= FEWEST_LEAD_LETTERS;
  });
  return pieces.slice(0, end < 0 ? pieces.length : end).join('-');
}

/** `NetaYumev35` is a version of `NetaYume`. */
function withoutVersion(piece: string): string {
  return /^(\p{L}{4,}?)[vV]?\d+(?:\.\d+)*$/u.exec(piece)?.[1] ?? piece;
}

function civitaiQueries(stem: string): string[] {
  const words = spell(stem)
    .replaceAll(PARAMETER_COUNT, ' ')
    .replace(QUANTISATION, ' ')
    .split(/ +/)
    .filter((word) => word !== '' && !isNoise(word) && !/^v?\d+(\.\d+)*$/.test(word));
  return distinct([words.join(' '), words.slice(0, 2).join(' ')]);
}

function isNoise(piece: string): boolean {
  const spelled = spell(piece);
  if (NOISE_WORDS.has(spelled) || /^\d*steps?$|^v?\d+(\.\d+)*$|^e\d+$/.test(spelled)) return true;
  if (NOISE_LEVELS.some(([, pattern]) => spelled.replace(pattern, '').trim() === '')) return true;
  return QUANTISATION.test(spelled) || PRECISIONS.some(([, pattern]) => spelled.replace(pattern, '').trim() === '');
}

function letters(piece: string): number {
  return piece.replaceAll(/[^\p{L}]/gu, '').length;
}

function distinct(queries: readonly string[]): string[] {
  const seen = new Map(queries.map((query) => [query.toLowerCase(), query]));
  return [...seen.values()].filter((query) => query.length >= SHORTEST_QUERY);
}
