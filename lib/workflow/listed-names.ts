import type { Finding } from './finding.ts';
import type { NodeRule } from './loaders/rules.ts';
import { couldBeBareName, looksLikeModelFile } from './model-name.ts';
import { asText, isRecord } from './narrow.ts';
import { listedSources } from './source-links.ts';

/** What a node's own list of models tells of one of its texts. */
type ListedName = Pick<Finding, 'written' | 'directory'>;

/**
 * Texts of a node of an unknown type that are no file names by themselves, but to the letter the name of an entry in the node's own `models`
 * list: a folder, or a file whose ending the node adds.
 */
export function listedNames(rule: NodeRule, texts: readonly string[], models: readonly unknown[]): ListedName[] {
  if (isKnown(rule)) return [];
  const bare = new Set(texts.filter((text) => !looksLikeModelFile(text) && couldBeBareName(text)));
  if (bare.size === 0) return [];
  const found = new Map<string, ListedName>();
  for (const entry of models) {
    const written = isRecord(entry) ? asText(entry.name) : null;
    if (written === null || !bare.has(written) || found.has(written)) continue;
    found.set(written, { written, directory: listedSources([entry], '')[0]?.directory ?? null });
  }
  return [...found.values()];
}

/** Something tells which of the node's inputs take models, or that none does. */
function isKnown({ loaders, declared, selfDownload, silent, prompts, note }: NodeRule): boolean {
  return loaders.length > 0 || declared || selfDownload || silent || prompts || note;
}
