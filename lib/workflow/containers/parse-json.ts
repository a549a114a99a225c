import { findJsonExcess } from '../../core/json-bounds.ts';

/** A JSON text that was read, or the words why it could not be, with the code of a file of which that holds. */
export type JsonOutcome = { value: unknown } | { code: 'not_json' | 'too_large'; reason: string };

/** Strings, also one that is never closed, so that no place is looked at twice; and the words outside of them. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/gs;

/**
 * Reads a JSON text as Python's `json` would: a byte order mark is skipped, and the bare words `NaN`, `Infinity` and `-Infinity`, which
 * Python writes for such numbers, become `null`. A text that would fill the memory is not read.
 */
export function parseJson(text: string): JsonOutcome {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const excess = findJsonExcess(body);
  if (excess !== undefined) return { code: 'too_large', reason: `it ${excess}` };
  try {
    return { value: JSON.parse(body) };
  } catch (error) {
    return parseWithoutBareWords(body) ?? { code: 'not_json', reason: explain(body, error) };
  }
}

/** `undefined` when the bare words were not what was wrong. */
function parseWithoutBareWords(body: string): JsonOutcome | undefined {
  if (!body.includes('NaN') && !body.includes('Infinity')) return undefined;
  try {
    return { value: JSON.parse(body.replace(TOKENS, (token) => (token.startsWith('"') ? token : 'null'))) };
  } catch {
    return undefined;
  }
}

function explain(body: string, error: unknown): string {
  const start = body.trimStart();
  if (start === '') return 'it holds nothing but white space';
  if (start.startsWith('<')) return 'it is a web page or XML, saved under the name of a JSON file';
  const detail = error instanceof Error ? error.message.replace(/^JSON Parse error: /, '') : '';
  return detail === '' ? 'it is not valid JSON' : `it is not valid JSON (${detail.slice(0, 120)})`;
}
