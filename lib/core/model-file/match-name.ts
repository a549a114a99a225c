import { extensionOf, isModelFileName } from './names.ts';

/**
 * What looks like an ending, whether a known one or a slip of the hand (`.safetensorss`); `.5` of `v1.5` does not, nor does a version or a
 * precision (`.v2`, `.fp16`).
 */
const ENDING = /\.(?!v\d|(?:b?fp?|int|nf|q)\d)[a-z][a-z\d]{1,12}$/i;

/**
 * Endings that ComfyUI tries for a name without one, best first: embeddings in prompts and LoRA tags go without (its `sd1_clip.py`
 * looks for `.safetensors`, `.pt` and `.bin`, 2026-08).
 */
const SUPPLIED_ENDINGS = ['.safetensors', '.pt', '.bin'] as const;

/** Names that a wanted file may have at a place: itself, and for a name without an ending the ones that ComfyUI would load. Best first. */
export function possibleNames(wanted: string): string[] {
  return hasEnding(wanted) ? [wanted] : [wanted, ...SUPPLIED_ENDINGS.map((ending) => wanted + ending)];
}

/** Whether a file of the offered name is the one that is wanted by name; case does not count, as on Windows and macOS. */
export function isWantedName(wanted: string, offered: string): boolean {
  return possibleNames(wanted).some((name) => fold(name) === fold(offered));
}

/** The name to save an offered file under: the wanted one, with the offered ending where the wanted one has none. */
export function targetName(wanted: string, offered: string): string {
  return hasEnding(wanted) || !isModelFileName(offered) ? wanted : wanted + extensionOf(offered);
}

/** Whether the name says what kind of file it is. */
export function hasEnding(name: string): boolean {
  return ENDING.test(name);
}

/** The name as it is compared: composed Unicode, lower case. */
function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
