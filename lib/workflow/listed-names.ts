import type { Finding } from './finding.ts';
import type { NodeRule } from './loaders/rules.ts';
import { couldBeBareName, fileNameOfUrl, looksLikeModelFile, modelStem } from './model-name.ts';
import { asText, isRecord } from './narrow.ts';
import { listedSources } from './source-links.ts';

/** What a node's own list of models tells of one of its texts. */
type ListedName = Pick<Finding, 'written' | 'directory'>;

const NONE: readonly ListedName[] = [];

/**
 * Texts of a node of an unknown type that are no file names by themselves, but to the letter the name of an entry in the node's own `models`
 * list, and stand for a file whose ending the node adds.
 */
export function listedNames(rule: NodeRule, texts: () => readonly string[], models: readonly unknown[]): readonly ListedName[] {
  if (isKnown(rule)) return NONE;
  const bare = new Set(texts().filter((text) => !looksLikeModelFile(text) && couldBeBareName(text)));
  if (bare.size === 0) return [];
  const found = new Map<string, ListedName>();
  for (const entry of models) {
    const written = isRecord(entry) ? asText(entry.name) : null;
    if (written === null || !bare.has(written) || found.has(written) || !leadsToFile(entry, written)) continue;
    found.set(written, { written, directory: listedSources([entry], '')[0]?.directory ?? null });
  }
  return [...found.values()];
}

/** The address is that of one file of this name, with an ending. A page, or a whole repository, is the node's own to fetch. */
function leadsToFile(entry: unknown, written: string): boolean {
  const url = isRecord(entry) ? asText(entry.url) : null;
  const filename = url === null ? undefined : fileNameOfUrl(url);
  return filename !== undefined && modelStem(filename) === modelStem(written);
}

/** Something tells which of the node's inputs take models, or that none does. */
function isKnown({ loaders, declared, selfDownload, silent, prompts, note }: NodeRule): boolean {
  return loaders.length > 0 || declared || selfDownload || silent || prompts || note;
}
