import { lstatSync } from 'node:fs';

/** Where the bytes of a target are gathered until they are proven. */
export function partPathOf(target: string): string {
  return `${target}.part`;
}

/** Where it is written which of them are there. */
export function sidecarPathOf(target: string): string {
  return `${target}.part.json`;
}

/** What is locked while a process brings the file there. */
export function lockPathOf(target: string): string {
  return `${partPathOf(target)}.lock`;
}

/** Where aria2 keeps which bytes of the part are there. */
export function controlPathOf(target: string): string {
  return `${partPathOf(target)}.aria2`;
}

/** Where a copy that shares its blocks with another file stands until it has the part's name. */
export function clonePathOf(target: string): string {
  return `${partPathOf(target)}.new`;
}

/**
 * Where a second name of another file stands until it takes the damaged target's place. Never the part's own: should the process die before,
 * the next one would write into that file.
 */
export function linkPathOf(target: string): string {
  return `${partPathOf(target)}.link`;
}

/** `true` for what stands beside a target while it is brought there: it may be anything, and is gone a moment later. */
export function isUnderConstruction(path: string): boolean {
  return /\.part(\.new|\.link)?$/.test(path);
}

/** Bytes on the disk that a part from an earlier run already occupies; 0 when there is none. */
export function occupiedBytes(target: string): number {
  try {
    const { blocks, size } = lstatSync(partPathOf(target));
    return Math.min(size, blocks * 512);
  } catch {
    return 0;
  }
}
