import { realpath, stat } from 'node:fs/promises';
import type { Environment } from '../core/ports.ts';
import { isUnderConstruction } from '../download/part-names.ts';
import type { Expectation } from '../download/verify.ts';
import { isExpectedSize } from '../download/verify.ts';
import type { HashStore } from '../library/hash-store.ts';
import { HuggingfaceCache } from '../library/huggingface-cache.ts';
import type { LibraryIndex } from '../library/library-index.ts';
import type { LibraryFolders } from '../library/walk.ts';
import { listModels } from '../library/walk.ts';

/** Files that are asked for their size at the same time. */
const LOOKED_AT_ONCE = 64;

export interface CopyPlaces {
  folders: LibraryFolders;
  /** What lies in the folders, where somebody has just looked; they are walked when absent. */
  index?: LibraryIndex;
  env: Environment;
  home: string;
  hashes: HashStore;
  signal: AbortSignal;
}

/**
 * Absolute path of a file with the sha256 that is wanted, whatever its name; `undefined` when there is none or no sha256 is known. With a
 * signal of its own, a question can be given up without the others.
 */
export type FindCopy = (expected: Expectation, signal?: AbortSignal) => Promise<string | undefined>;

/**
 * Looks for the bytes of a file on this machine: in every models folder and in Hugging Face's cache. The folders are walked when the first
 * file is asked for, and only files of the right size are hashed. Rejects with the signal's reason when it aborts.
 */
export function makeFindCopy(places: CopyPlaces): FindCopy {
  let cache: Promise<HuggingfaceCache> | undefined;
  let sizes: Promise<Map<number, string[]>> | undefined;
  return async (expected, signal = places.signal) => {
    const { sha256, sizeBytes } = expected;
    if (sha256 === null) return undefined;
    cache ??= HuggingfaceCache.open(places);
    const [cached] = (await cache).withSha256(sha256);
    if (cached && isExpectedSize(cached.sizeBytes, expected)) return cached.path;
    if (sizeBytes === null) return undefined;
    sizes ??= readSizes(places);
    const fitting = [...(await sizes)].flatMap(([size, paths]) => (isExpectedSize(size, expected) ? paths : []));
    return findSame(fitting, sha256, { ...places, signal });
  };
}

async function findSame(paths: readonly string[], sha256: string, { hashes, signal }: CopyPlaces): Promise<string | undefined> {
  for (const path of paths) {
    signal.throwIfAborted();
    const found = await hashes.sha256Of(path, { signal }).catch(() => undefined);
    if (found === sha256) return path;
  }
  signal.throwIfAborted();
  return undefined;
}

/** Paths by size in bytes; what several names lead to counts once. */
async function readSizes({ folders, index, signal }: CopyPlaces): Promise<Map<number, string[]>> {
  const listed = index ?? (await listModels(folders, signal));
  const files = new Set(listed.directories.flatMap((directory) => [...listed.filesIn(directory)].map(({ path }) => path)));
  const paths = [...files].filter((path) => !isUnderConstruction(path)); // those of transfers have their full size from the beginning
  const sizes = new Map<number, Set<string>>();
  for (let start = 0; start < paths.length; start += LOOKED_AT_ONCE) {
    const looks = paths.slice(start, start + LOOKED_AT_ONCE).map(async (path) => {
      const [real, { size }] = await Promise.all([realpath(path), stat(path)]);
      sizes.set(size, (sizes.get(size) ?? new Set()).add(real));
    });
    await Promise.allSettled(looks);
  }
  return new Map([...sizes].map(([size, found]) => [size, [...found]]));
}
