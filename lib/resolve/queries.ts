import type { Requirement } from '../core/model.ts';
import { genericnessOf } from './generic-names.ts';
import { parseName, spell } from './name-parts.ts';
import { NOISE_LEVELS, PARAMETER_COUNT, PRECISIONS, QUANTISATION } from './vocabulary.ts';

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
/** Between words; a low line between two single digits is the point of a version (`v1_1`). */
const SEPARATORS = /(?:[-\s]|(?<!(?:^|\D)\d)_|_(?!\d(?:\D|$)))+/;
/** A shorter text brings up half the hub. */
const SHORTEST_QUERY = 3;
/** A beginning with fewer letters than this says too little to end there. */
const FEWEST_LEAD_LETTERS = 3;

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

function huggingfaceQueries(stem: string): string[] {
  const pieces = stem.split(SEPARATORS).filter((piece) => piece !== '');
  const telling = pieces.filter((piece) => !isNoise(piece)).map(withoutVersion);
  const longest = telling.toSorted((left, right) => letters(right) - letters(left))[0] ?? '';
  const queries = distinct([leadOf(pieces), telling[0] ?? '', longest]);
  return queries.length > 0 ? queries : distinct([stem]);
}

/** The beginning of the name up to where precision, steps or another detail starts; repositories mostly separate words by hyphens. */
function leadOf(pieces: readonly string[]): string {
  const end = pieces.findIndex((piece, at) => isNoise(piece) && letters(pieces.slice(0, at).join('')) >= FEWEST_LEAD_LETTERS);
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
