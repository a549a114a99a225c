/** Endings of formats that are Python pickles, or may hold one, and can run code when they are loaded. */
const PICKLE_ENDING = /\.(ckpt|pt|pt2|pth|bin|pkl)$/i;

export function isPickleFilename(filename: string): boolean {
  return PICKLE_ENDING.test(filename);
}

/** What stands after the last `/`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
