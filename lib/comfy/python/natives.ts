import { folderNatives } from './folder-natives.ts';
import { builtinNatives } from './builtin-natives.ts';
import { libraryNatives } from './library-natives.ts';
import type { CallArguments, Machine } from './machine.ts';
import { patternNatives } from './pattern-natives.ts';
import type { Value } from './values.ts';

type Native = (machine: Machine, given: CallArguments) => Value;

/** What functions outside the sources give back, by their dotted names: Python's own, its library's, and ComfyUI's folders. */
export const natives: ReadonlyMap<string, Native> = new Map<string, Native>([
  ...builtinNatives,
  ...libraryNatives,
  ...patternNatives,
  ...folderNatives,
]);
