import type { SourceUrl, UrlOrigin } from '../core/model.ts';
import { isAddress, shownAddress } from './address.ts';
import { presentDayDirectory } from './directories.ts';
import { asList, asText, isRecord, type JsonRecord } from './narrow.ts';
import { fileNameOfUrl, looksLikeModelFile } from './model-name.ts';

/** Where a workflow says that a file can be had, and what else it says of it. */
export interface NamedSource {
  /** Base name in lower case. */
  name: string;
  url: SourceUrl | null;
  /** Lower-case hex, `null` when the workflow gives none. */
  sha256: string | null;
  /** Folder that the entry names, `null` when it names none. */
  directory: string | null;
  /** What stands before the base name in the entry, `/` as separator, lower-case; `''` when nothing does. */
  subfolder: string;
  /** The node whose own list the entry stands in, by `nodeKey`; `null` for what is said to the whole workflow. */
  node: string | null;
}

/*
 * Notes are anybody's: nothing that is repeated here can begin again inside itself, so that the time grows with the text and no faster. An
 * address has brackets in pairs, one inside another at the most (CommonMark wants them balanced); a single one belongs to the text around it.
 */
const address = (part: string) => String.raw`https?://${part}(?:\(${part}(?:\(${part}\)${part})*\)${part})*`;
const MARKDOWN_LINK = new RegExp(String.raw`\[([^\][\n]{1,300})\]\(\s*<?(${address(String.raw`[^\s<>"()]*`)})>?\s*\)`, 'g');
const HTML_LINK = /<a\s[^<>]{0,300}?href=["'](https?:\/\/[^"'<>]+)["'][^<>]{0,300}>([^<]{1,300})<\/a>/gi;
/** Typographic quotes, and the punctuation of Chinese and Japanese: no blank stands between it and an address. */
const PUNCTUATION = String.raw`\u2018-\u201f\u2026\u3000-\u3003\u3008-\u3020\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65`;
const BARE_URL = new RegExp(address(String.raw`[^\s<>"'\x60\]\\|()${PUNCTUATION}]*`), 'g');
/** A file's name, perhaps with a query, that text in another script than Latin stands right behind. */
const FILE_BEFORE_TEXT = /\.(?:safetensors|sft|ckpt|pt2?|pth|bin|pkl|gguf|onnx|patch)(?:\?[!->@-~]*)?(?=[\u0250-\uffff])/gi;
/** A quick look whether a link can name a file at all: most links in notes lead to pages. */
const FILE_INSIDE = /\.(safetensors|sft|ckpt|pt2?|pth|bin|pkl|gguf|onnx|patch)\b/i;
const MAX_TEXT = 200_000;
/** A link in a text says nothing but its name. */
export const TOLD_TO_ALL = { sha256: null, directory: null, subfolder: '', node: null } as const;

/** Tells one node of a workflow from the others. */
export function nodeKey({ subgraph, nodeId }: { subgraph: string | null; nodeId: number | string }): string {
  return subgraph === null ? String(nodeId) : `${subgraph}:${nodeId}`;
}

/**
 * Entries of a `models` list, of a node's properties (`node` is its key) or of the whole workflow (`null`):
 * `{name, url, directory, hash, hash_type}`.
 */
export function listedSources(models: unknown, node: string | null): NamedSource[] {
  const found: NamedSource[] = [];
  for (const entry of asList(models)) {
    const source = isRecord(entry) ? listedSource(entry, node) : undefined;
    if (source !== undefined) found.push(source);
  }
  return found;
}

function listedSource(entry: JsonRecord, node: string | null): NamedSource | undefined {
  const from: UrlOrigin = node === null ? 'workflow' : 'properties';
  const name = asText(entry.name)?.trim().toLowerCase() ?? '';
  if (name === '') return undefined;
  const url = asText(entry.url)?.trim() ?? '';
  const source = isAddress(url) ? { url: shownAddress(url), from } : null;
  const directory = readDirectory(entry.directory);
  const base = baseName(name);
  const subfolder = base.length === name.length ? '' : folderName(name);
  return { name: base, url: source, sha256: readHash(entry), directory, subfolder, node };
}

/** A folder below the models folder; anything that could lead elsewhere is no folder. */
function readDirectory(value: unknown): string | null {
  const name = asText(value)?.trim() ?? '';
  return /^[\w+ -][\w.+ -]*(\/[\w+ -][\w.+ -]*){0,3}$/.test(name) ? presentDayDirectory(name) : null;
}

/** Only a sha256 identifies a file; other hashes are left alone. */
function readHash(entry: JsonRecord): string | null {
  if (typeof entry.hash !== 'string') return null;
  const hash = entry.hash.trim().toLowerCase();
  const type = asText(entry.hash_type)?.toLowerCase() ?? 'sha256';
  return type.replace('-', '') === 'sha256' && /^[0-9a-f]{64}$/.test(hash) ? hash : null;
}

/** Links in a text that name a model file, by the link's words or by the URL itself. */
export function linkedSources(text: string, from: UrlOrigin): NamedSource[] {
  if (!text.includes('://')) return [];
  const body = text.slice(0, MAX_TEXT);
  const found: NamedSource[] = [];
  let rest = body;
  if (body.includes('](')) rest = rest.replace(MARKDOWN_LINK, (_, label: string, url: string) => add(found, { url, label, from }));
  if (body.includes('<a')) rest = rest.replace(HTML_LINK, (_, url: string, label: string) => add(found, { url, label, from }));
  for (const url of rest.includes('://') ? bareUrls(rest) : []) add(found, { url, label: '', from });
  return found;
}

function bareUrls(text: string): readonly string[] {
  return text.replaceAll(FILE_BEFORE_TEXT, '$& ').match(BARE_URL) ?? [];
}

/** Returns what stands in the text for a link that was taken out of it. */
function add(found: NamedSource[], link: { url: string; label: string; from: UrlOrigin }): string {
  const url = trimEnd(link.url);
  if (!FILE_INSIDE.test(url) && !FILE_INSIDE.test(link.label)) return ' ';
  const label = withoutMarks(link.label);
  const ofUrl = fileNameOfUrl(url);
  const tell = (name: string) =>
    found.push({ name: baseName(name.trim().toLowerCase()), url: { url: shownAddress(url), from: link.from }, ...TOLD_TO_ALL });
  if (ofUrl !== undefined) tell(ofUrl);
  if (label !== ofUrl && looksLikeModelFile(label)) tell(label);
  return ' ';
}

/** Without the marks of Markdown around a text, and blanks. */
function withoutMarks(label: string): string {
  return /^[`*_~\s]|[`*_~\s]$/.test(label) ? label.replaceAll(/[`*_~\s]*$|^[`*_~\s]*/g, '') : label;
}

const SENTENCE_MARKS = '.,;:!?*_~';

/** Without the punctuation of the sentence around a URL. */
function trimEnd(url: string): string {
  let end = url.length;
  while (end > 0 && SENTENCE_MARKS.includes(url.charAt(end - 1))) end--;
  return url.slice(0, end);
}

/** What stands before the base name, `/` as separator. */
function folderName(name: string): string {
  return name
    .split(/[/\\]+/)
    .slice(0, -1)
    .join('/');
}

function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}
