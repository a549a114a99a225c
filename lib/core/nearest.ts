import Fuse from 'fuse.js';

/** How unlike a name may be (0 equal, 1 anything) to be taken for a slip of the hand. */
const MOST_DIFFERENCE = 0.5;

/** The name that somebody most likely meant, `undefined` when none is near. */
export function findNearest(written: string, names: readonly string[]): string | undefined {
  return new Fuse(names, { threshold: MOST_DIFFERENCE, ignoreLocation: true }).search(written)[0]?.item;
}
