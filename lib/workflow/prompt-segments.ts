/** Deeper brackets are no prompt of a person. */
const MAX_DEPTH = 24;
/** What Python reads as a number, as far as anybody writes one behind a colon. */
const WEIGHT = /^\s*[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|infinity|nan)\s*$/i;

/**
 * The pieces that ComfyUI's tokenizer takes a prompt in, one after the other: what stands in a pair of round brackets, without its weight,
 * and what stands outside (`token_weights` in comfy/sd1_clip.py, read 2026-11). Escaped brackets stay as they are. Pieces without the word
 * are left out.
 */
export function promptSegments(text: string, word: string, depth = 0): string[] {
  return topLevelPieces(text).flatMap((piece) => {
    if (!piece.includes(word)) return [];
    const isGroup = piece.length >= 2 && piece.startsWith('(') && piece.endsWith(')') && piece.at(-2) !== '\\';
    return isGroup && depth < MAX_DEPTH ? promptSegments(withoutWeight(piece.slice(1, -1)), word, depth + 1) : [piece];
  });
}

/** A bracket that nothing opens counts too, as it does there: what follows it is in no piece of its own. */
function topLevelPieces(text: string): string[] {
  if (!text.includes('(') && !text.includes(')')) return [text];
  const pieces: string[] = [];
  let level = 0;
  let start = 0;
  for (const { index } of text.matchAll(/(?<!\\)[()]/g)) {
    if (text[index] === '(') {
      if (level++ !== 0) continue;
      pieces.push(text.slice(start, index));
      start = index;
    } else if (--level === 0) {
      pieces.push(text.slice(start, index + 1));
      start = index + 1;
    }
  }
  pieces.push(text.slice(start));
  return pieces.filter((piece) => piece !== '');
}

function withoutWeight(inside: string): string {
  const colon = inside.lastIndexOf(':');
  return colon > 0 && WEIGHT.test(inside.slice(colon + 1)) ? inside.slice(0, colon) : inside;
}
