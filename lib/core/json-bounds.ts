/** Shorter texts are not looked at: what they can come to is small, and most are. In UTF-16 units. */
const HARMLESS_LENGTH = 1024 * 1024;
/** Python's `json`, by which ComfyUI reads, gives up there too (its recursion limit). */
const MOST_DEEP = 1000;
/** Each takes some 200 bytes of memory, thirty times what it takes of the text. The headers of the largest models have 300,000. */
const MOST_CONTAINERS = 3_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The brackets of objects. Those of lists lack one bit, and no other bracket lies as high. */
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OBJECT_BIT = 0x20;
const LOWEST_BRACKET = OPEN - OBJECT_BIT;

/**
 * Why a JSON text would take unreasonable memory to parse, as words to put behind its name; `undefined` for one that may be parsed. It goes over
 * the text once, and need not be JSON at all.
 */
export function findJsonExcess(text: string): string | undefined {
  if (text.length <= HARMLESS_LENGTH) return undefined;
  let depth = 0;
  let containers = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = textEnd(text, at + 1);
    if (code < LOWEST_BRACKET) continue;
    if ((code | OBJECT_BIT) === CLOSE) depth--;
    if ((code | OBJECT_BIT) !== OPEN) continue;
    if (++depth > MOST_DEEP) return `nests lists and objects more than ${MOST_DEEP} deep`;
    if (++containers > MOST_CONTAINERS) return `holds more than ${MOST_CONTAINERS / 1_000_000} million lists and objects`;
  }
  return undefined;
}

/** Where the text that begins here is closed, or the end. */
function textEnd(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code !== QUOTE && at < text.length; code = text.charCodeAt(++at)) if (code === BACKSLASH) at++;
  return at;
}
