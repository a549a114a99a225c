import { isWantedName } from '../core/model-file/match-name.ts';
import type { NameParts } from './name-parts.ts';
import { parseName } from './name-parts.ts';

type DifferenceKind = 'architecture' | 'parameters' | 'role' | 'noise' | 'format' | 'version' | 'precision' | 'words' | 'packaging';

/** One way in which an offered name differs from the wanted one. */
interface Difference {
  kind: DifferenceKind;
  /** Words for a person: `14b and not 1.3b`. */
  text: string;
}

export interface NameVerdict {
  /** The very same name; case does not count. */
  exact: boolean;
  differences: readonly Difference[];
  /** The most that a score may be with these differences, 0 to 1. */
  ceiling: number;
  /** The offered file is another model: no threshold and no `--yes` makes it the wanted one. */
  otherModel: boolean;
}

/*
 * What a difference leaves of a score. The first four make it another model altogether, so that they stay below any sensible threshold; a
 * precision or a version may do for a person who looks at it, and stays below the default threshold of 0.7.
 */
const CEILINGS: Readonly<Record<DifferenceKind, number>> = {
  architecture: 0.3,
  parameters: 0.3,
  role: 0.3,
  noise: 0.3,
  format: 0.35,
  version: 0.5,
  precision: 0.6,
  words: 0.65,
  packaging: 0.85,
};
const OTHER_MODEL: ReadonlySet<DifferenceKind> = new Set(['architecture', 'parameters', 'role', 'noise', 'format']);
/** Names that differ in nothing but separators and case. */
const SAME_BUT_SPELLED = 0.95;
/** Words that tell how a model was packed, and not which one it is. */
const PACKAGING: ReadonlySet<string> = new Set('pruned ema emaonly comfy comfyui kj repackaged official model diffusion final'.split(' '));
/** Extensions whose files the same loaders read. */
const TORCH_EXTENSIONS: ReadonlySet<string> = new Set(['.safetensors', '.sft', '.ckpt', '.pt', '.pth', '.bin', '']);

/** Compares an offered file name with the wanted one, by what is known of model names. */
export function compareNames(wanted: string, offered: string): NameVerdict {
  if (isWantedName(wanted, offered)) {
    return { exact: true, differences: [], ceiling: 1, otherModel: false };
  }
  const differences = findDifferences(parseName(wanted), parseName(offered));
  return {
    exact: false,
    differences,
    ceiling: differences.reduce((least, { kind }) => Math.min(least, CEILINGS[kind]), SAME_BUT_SPELLED),
    otherModel: differences.some(({ kind }) => OTHER_MODEL.has(kind)),
  };
}

/** Differences between two names, the gravest first. */
function findDifferences(wanted: NameParts, offered: NameParts): Difference[] {
  const format = compareFormats(wanted.extension, offered.extension);
  if (wanted.compact === offered.compact) return format;
  const differences = [
    ...compareFamilies(wanted.families, offered.families),
    ...compareSets('parameters', wanted.counts, offered.counts),
    ...compareSets('noise', wanted.noise, offered.noise),
    ...compareSets('role', wanted.roles, offered.roles),
    ...format,
    ...compareSets('version', wanted.numbers, offered.numbers),
    ...compareSets('version', wanted.letters, offered.letters),
    ...compareSets('precision', wanted.precisions, offered.precisions),
    ...compareWords(wanted, offered),
  ];
  // what no rule explains may mean anything
  return differences.length > 0 ? differences : [{ kind: 'version', text: 'spelled otherwise' }];
}

/** Both name an architecture, and not the same; a name that tells none may be of any. */
function compareFamilies(wanted: NameParts['families'], offered: NameParts['families']): Difference[] {
  if (wanted.size === 0 || offered.size === 0) return [];
  const shared = [...wanted.keys()].filter((family) => offered.has(family));
  const onlyWanted = [...wanted.keys()].filter((family) => !offered.has(family));
  const onlyOffered = [...offered.keys()].filter((family) => !wanted.has(family));
  if (onlyWanted.length > 0 && onlyOffered.length > 0) return [otherOf('architecture', onlyWanted, onlyOffered)];
  for (const family of shared) {
    const [mine, theirs] = [wanted.get(family), offered.get(family)];
    if (mine && theirs && mine !== theirs) return [otherOf('architecture', [`${family} ${mine}`], [`${family} ${theirs}`])];
  }
  return [];
}

/** Roles that exclude one another: a name has one of them for good. */
const TASKS: ReadonlySet<string> = new Set([
  'text to video',
  'image to video',
  'text and image to video',
  'speech to video',
  'dev',
  'schnell',
]);

/**
 * What both names tell, and not the same: one says high noise and the other low noise, 14B and 1.3B, Q4 and Q8. A clause for a person, `null`
 * when they do not contradict each other. What only one of them tells is no conflict: files are renamed for good reasons.
 */
export function describeConflict(wanted: NameParts, offered: NameParts): string | null {
  const told: [ReadonlySet<string>, ReadonlySet<string>][] = [
    [wanted.noise, offered.noise],
    [wanted.counts, offered.counts],
    [tasksOf(wanted), tasksOf(offered)],
    [wanted.precisions, offered.precisions],
  ];
  const conflict = told.find(([mine, theirs]) => mine.size > 0 && theirs.size > 0 && mine.isDisjointFrom(theirs));
  return conflict ? `its name says ${[...conflict[1]].join(' ')}, and the wanted one ${[...conflict[0]].join(' ')}` : null;
}

function tasksOf({ roles }: NameParts): ReadonlySet<string> {
  return new Set([...roles].filter((role) => TASKS.has(role)));
}

function compareFormats(wanted: string, offered: string): Difference[] {
  if (wanted === offered) return [];
  const text = `${offered || 'no extension'} and not ${wanted || 'no extension'}`;
  if (TORCH_EXTENSIONS.has(wanted) && TORCH_EXTENSIONS.has(offered)) return [{ kind: 'precision', text }];
  return [{ kind: 'format', text }];
}

function compareSets(kind: DifferenceKind, wanted: ReadonlySet<string>, offered: ReadonlySet<string>): Difference[] {
  const missing = [...wanted].filter((entry) => !offered.has(entry));
  const added = [...offered].filter((entry) => !wanted.has(entry));
  return missing.length + added.length === 0 ? [] : [otherOf(kind, missing, added)];
}

/** A word that the other name has in one piece with its neighbours is no difference: `DreamShaper` and `dreamshaper`. */
function compareWords(wanted: NameParts, offered: NameParts): Difference[] {
  const missing = [...wanted.words].filter((word) => !offered.compact.includes(word));
  const added = [...offered.words].filter((word) => !wanted.compact.includes(word));
  if (missing.length + added.length === 0) return [];
  const kind = [...missing, ...added].every((word) => PACKAGING.has(word)) ? 'packaging' : 'words';
  return [otherOf(kind, missing, added)];
}

function otherOf(kind: DifferenceKind, wanted: readonly string[], offered: readonly string[]): Difference {
  if (offered.length === 0) return { kind, text: `it lacks "${wanted.join(' ')}"` };
  if (wanted.length === 0) return { kind, text: `it has "${offered.join(' ')}" besides` };
  return { kind, text: `it has "${offered.join(' ')}", not "${wanted.join(' ')}"` };
}
