import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

/** How much of either end of a file is searched. */
const WINDOW = 4 * 1024 * 1024;
const MAX_FOUND = 8;
/** Objects without an end that are followed to the end of the window. */
const MAX_OPEN = 8;
const START = /(workflow|prompt)["'\s:=\0]{0,8}(?=\{["\s])/gi;

/**
 * The last resort for a container whose metadata stands in a place that is not known: JSON objects behind the words `workflow` or `prompt`
 * near the beginning or the end of the file.
 */
export function scanBytes(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const size = Math.min(WINDOW, limits.metadataBytes);
  const windows = source.size <= size * 2 ? [source.read(0, source.size)] : [source.read(0, size), source.read(source.size - size, size)];
  return windows.flatMap((bytes) => scanText(bytes.toString('utf8')));
}

function scanText(text: string): MetadataText[] {
  const found: MetadataText[] = [];
  let searched = 0;
  let open = 0;
  for (const match of text.matchAll(START)) {
    const start = match.index + match[0].length;
    if (start < searched || found.length >= MAX_FOUND || open >= MAX_OPEN) continue;
    const end = objectEnd(text, start);
    if (end === undefined) open++;
    if (end === undefined) continue;
    found.push({ key: match[1]?.toLowerCase() ?? '', text: text.slice(start, end) });
    searched = end;
  }
  return found;
}

/** Where the object that begins here is closed; `undefined` when it never is. */
function objectEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (isQuoted && character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === '{') depth++;
    else if (!isQuoted && character === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}
