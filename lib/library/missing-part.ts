import { stat } from 'node:fs/promises';

import { parsePartName } from '../core/model-file/part-name.ts';

/** Why a file is of no use by itself: the first part of its model that does not lie beside it. `null` when it lacks none, or is no part. */
export async function missingBeside(path: string): Promise<string | null> {
  const name = parsePartName(path);
  if (name === undefined) return null;
  for (let part = 1; part <= name.total; part++) {
    if (part !== name.part && !(await isFile(name.nameOf(part)))) return describe(part, name.total);
  }
  return null;
}

/** Which part of a split model is not among the files; `undefined` when none is missing. */
export function missingPart(paths: readonly string[]): string | undefined {
  const there = new Set(paths);
  for (const path of paths) {
    const name = parsePartName(path);
    for (let part = 1; part <= (name?.total ?? 0); part++) {
      if (name !== undefined && !there.has(name.nameOf(part))) return describe(part, name.total);
    }
  }
  return undefined;
}

function describe(part: number, total: number): string {
  return `part ${part} of ${total} is not there`;
}

/** Anything that may not be looked at is none either. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
