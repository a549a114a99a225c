import { looksLikeModelFile } from '../model-name.ts';
import type { Feed } from './node.ts';

/**
 * What a node hands on when all it does is hold texts, such as a string constant: the only name of a model among its values, or, where it
 * holds several, the one at the place of the output. `null` when something else decides.
 */
export function stringConstant(values: readonly unknown[], output: number): Feed {
  if (values.some((value) => typeof value === 'object' && value !== null)) return null;
  const names = values.filter(isName);
  if (names.length === 1) return { value: names[0] };
  return isName(values[output]) ? { value: values[output] } : null;
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && looksLikeModelFile(value);
}
