import type { Candidate, MissingNode, Requirement, Resolution } from '../core/model.ts';
import { plainText } from '../core/text.ts';
import { formatBytes } from '../core/units.ts';
import { packWords } from '../state/pack-words.ts';

/** More candidates than these are in resolutions.json. */
const MOST_CANDIDATES = 5;

/** The counts of a resolve phase. */
export function renderResolutions(resolutions: readonly Resolution[]): string[] {
  const total = resolutions.length;
  const from = (source: Resolution['source']): number => resolutions.filter((item) => item.accepted && item.source === source).length;
  const unresolved = resolutions.filter((item) => !item.accepted && item.candidates.length === 0).length;
  const review = total - unresolved - resolutions.filter((item) => item.accepted).length;
  return [
    `  Civitai: ${from('civitai')}/${total} found`,
    `  HuggingFace: ${from('huggingface')}/${total} found`,
    ...(from('direct') > 0 ? [`  Other links: ${from('direct')}/${total} found`] : []),
    ...(from('local') > 0 ? [`  On this machine: ${from('local')}/${total} found`] : []),
    ...(review > 0 ? [`  Waiting for review: ${review}/${total}`] : []),
    `  Unresolved: ${unresolved}/${total}`,
  ];
}

/** Longer names push their column aside instead of all the others. */
const WIDEST_COLUMN = 56;

/** One line per missing model: folder and name, and who needs it. */
export function renderMissing(missing: readonly Requirement[]): string[] {
  return alignColumns(
    missing.map((item): [string, string] => {
      const name = [item.directory ?? '(folder not known)', item.subfolder, item.filename].filter(Boolean).join('/');
      const state =
        item.state === 'missing' ? '' : `${item.state}${item.foundAt ? `: ${item.foundAt}` : ''}${item.damage ? `, ${item.damage}` : ''}; `;
      return [name, `${state}${item.workflow}, ${item.nodeType}`];
    }),
  );
}

const PLAIN = { text: (words: string) => words, command: (words: string) => words };

/** One line per missing node type: its pack, or the packs that claim it. */
export function renderMissingNodes(nodes: readonly MissingNode[]): string[] {
  return alignColumns(nodes.map((node) => [node.nodeType, packWords(node, PLAIN)]));
}

function alignColumns(rows: readonly (readonly [string, string])[]): string[] {
  const widest = rows.reduce((most, [name]) => Math.max(most, plainText(name).length), 0);
  const width = Math.min(WIDEST_COLUMN, widest);
  return rows.map(([name, words]) => `  ${plainText(name).padEnd(width)}  ${plainText(words)}`);
}

/** What waits for a person: the model, its best candidates by number for `--pick`, and why. */
export function renderReview(resolutions: readonly Resolution[]): string[] {
  const lines: string[] = [];
  for (const item of resolutions) {
    if (item.accepted) continue;
    lines.push(`  ${plainText(item.filename)}: ${plainText(item.reason)}`);
    lines.push(...item.candidates.slice(0, MOST_CANDIDATES).map(renderCandidate));
  }
  return lines;
}

function renderCandidate(candidate: Candidate, position: number): string {
  const place = candidate.repoId ?? candidate.title ?? candidate.downloadUrl ?? candidate.foundAt ?? candidate.source;
  const size = candidate.sizeBytes === null ? '' : `, ${formatBytes(candidate.sizeBytes)}`;
  const words = `${candidate.filename} (${candidate.source}: ${place}${size}) ${candidate.score.toFixed(2)} ${candidate.reason}`;
  return `    ${position + 1}. ${plainText(words)}`;
}
