import { FAMILIES, NOISE_LEVELS, PARAMETER_COUNT, PRECISIONS, QUANTISATION, ROLES, SIZES } from './vocabulary.ts';

/** What a model's file name tells of it. */
export interface NameParts {
  /** Lower case with the point, `''` without one. */
  extension: string;
  /** The name without its extension, as it is spelled. */
  stem: string;
  /** The stem with nothing but lower-case letters and digits: equal for names that differ in case and separators only. */
  compact: string;
  /** Architectures by name, with the version where the name has one. */
  families: ReadonlyMap<string, string | null>;
  /** Parameter counts such as `14b`, and words for a size. */
  counts: ReadonlySet<string>;
  roles: ReadonlySet<string>;
  noise: ReadonlySet<string>;
  /** Precision and quantisation words. */
  precisions: ReadonlySet<string>;
  /** Every other number: versions, steps, resolutions, ranks, epochs. */
  numbers: ReadonlySet<string>;
  /** Letters that stand alone or beside a number, and mean a size or a kind: `vit_b`, `yolov8n`. The `v` of a version is none. */
  letters: ReadonlySet<string>;
  /** Every other word of two letters or more. */
  words: ReadonlySet<string>;
}

const EXTENSION = /\.(safetensors|sft|ckpt|pt2?|pth|bin|pkl|gguf|onnx|engine|npz)$/i;

/** Words that stand for a family, a role or a noise level, and are compared as such. */
const NAMED_WORDS = [...FAMILIES.map(({ pattern }) => pattern), ...[...ROLES, ...NOISE_LEVELS, ...SIZES].map(([, pattern]) => pattern)];

/** Takes a base name apart. Pure, and never throws. */
export function parseName(filename: string): NameParts {
  const extension = EXTENSION.exec(filename)?.[0].toLowerCase() ?? '';
  const stem = filename.slice(0, filename.length - extension.length);
  const spelled = spell(stem);
  const quantisation = QUANTISATION.exec(spelled)?.[1];
  const precisions = new Set([...labelsIn(spelled, PRECISIONS), ...(quantisation ? [quantisation.replaceAll(/[ .]/g, '_')] : [])]);
  const rest = removeAll(spelled, [QUANTISATION, ...PRECISIONS.map(([, pattern]) => pattern)]);
  const counts = new Set([...Array.from(rest.matchAll(PARAMETER_COUNT), (match) => `${match[1]}${match[2]}`), ...labelsIn(rest, SIZES)]);
  const uncounted = rest.replaceAll(PARAMETER_COUNT, ' ');
  return {
    extension,
    stem,
    compact: stem
      .normalize('NFC')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ''),
    families: familiesIn(uncounted),
    counts,
    roles: labelsIn(uncounted, ROLES),
    noise: labelsIn(uncounted, NOISE_LEVELS),
    precisions,
    numbers: new Set(uncounted.match(/\d+(?:\.\d+)*/g) ?? []),
    letters: new Set(rest.match(/(?<!\p{L})[a-uw-z](?!\p{L})/gu) ?? []),
    words: new Set(removeAll(uncounted, NAMED_WORDS).match(/\p{L}{2,}/gu) ?? []),
  };
}

/** Lower case, one space for every separator and every step from a small letter to a capital, a point within versions (`2_1`, `v1-5`). */
export function spell(stem: string): string {
  return stem
    .normalize('NFC')
    .replaceAll(/(?<=\p{Ll}{2})(?=\p{Lu})/gu, ' ')
    .toLowerCase()
    .replaceAll(/(?<=(?:^|[^\d.])\d)[_-](?=\d(?!\d))/g, '.')
    .replaceAll(/[^\p{L}\p{N}.]+|\.(?!\d)|(?<!\d)\./gu, ' ')
    .trim();
}

function labelsIn(spelled: string, rows: readonly (readonly [string, RegExp])[]): Set<string> {
  return new Set(rows.filter(([, pattern]) => pattern.test(spelled)).map(([label]) => label));
}

function familiesIn(spelled: string): Map<string, string | null> {
  const families = new Map<string, string | null>();
  for (const { family, pattern } of FAMILIES) {
    const match = pattern.exec(spelled);
    if (match) families.set(family, canonicalVersion(match[1]));
  }
  return families;
}

/** `22` of `wan22` means 2.2. */
function canonicalVersion(version: string | undefined): string | null {
  if (version === undefined) return null;
  return /^\d\d$/.test(version) ? `${version[0]}.${version[1]}` : version.replace(/^\./, '');
}

function removeAll(text: string, patterns: readonly RegExp[]): string {
  return patterns.reduce((rest, pattern) => rest.replaceAll(new RegExp(pattern.source, 'g'), ' '), text);
}
