import type { Expression } from './syntax.ts';
import { unescapeText } from './tokens.ts';

/** The fixed letters and the expressions of a formatted text. */
export function formatParts(raw: string, readField: (source: string) => Expression): (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  let fixed = '';
  let at = 0;
  while (at < raw.length) {
    const letter = raw.charAt(at);
    if ((letter === '{' || letter === '}') && raw.charAt(at + 1) === letter) {
      fixed += letter;
      at += 2;
    } else if (letter === '{') {
      const end = fieldEnd(raw, at + 1);
      parts.push(unescapeText(fixed), readField(raw.slice(at + 1, end)));
      fixed = '';
      at = end + 1;
    } else {
      fixed += letter;
      at++;
    }
  }
  return [...parts, unescapeText(fixed)];
}

function fieldEnd(raw: string, start: number): number {
  let depth = 0;
  for (let at = start; at < raw.length; at++) {
    const letter = raw.charAt(at);
    if (letter === '{' || letter === '(' || letter === '[') depth++;
    else if (depth > 0 && (letter === '}' || letter === ')' || letter === ']')) depth--;
    else if (letter === '}') return at;
  }
  return raw.length;
}
