import { basename } from 'node:path';
import { inspectModelFile } from '../core/model-file/inspect.ts';
import { possibleNames } from '../core/model-file/match-name.ts';
import type { Candidate, Requirement } from '../core/model.ts';
import { fitsFolder } from '../library/fitting-folder.ts';
import { HuggingfaceCache } from '../library/huggingface-cache.ts';
import type { LibraryIndex } from '../library/library-index.ts';
import { listModels } from '../library/walk.ts';
import { isPickleFilename } from '../sources/file-formats.ts';
import type { CopyPlaces } from './find-copy.ts';

/** Copies of one name that are looked at. */
const MOST_COPIES = 8;

/**
 * Files of this machine that may be a model's. `proven`: the file that it has been found to be elsewhere; where the workflow tells no sha256,
 * only files of its size are read for theirs.
 */
export type FindLocal = (requirement: Requirement, proven?: ProvenBytes) => Promise<readonly Candidate[]>;

export interface ProvenBytes {
  /** Lower-case hex. */
  sha256: string;
  sizeBytes: number | null;
}

type WantedCopy = Pick<Requirement, 'filename' | 'directory' | 'sha256'> & { sizeBytes: number | null };

/** Places tell some sizes in rounded kilobytes. */
const SIZE_TOLERANCE_BYTES = 1024;

/**
 * Looks for a model among the files of this machine: whole files of its name anywhere under the models folders, with their sha256 where the
 * workflow tells one, and what Hugging Face's own cache has of it. The folders are walked when the first model is asked for.
 */
export function makeFindLocal(places: CopyPlaces): FindLocal {
  let index: Promise<LibraryIndex> | undefined;
  let cache: Promise<HuggingfaceCache> | undefined;
  return async (requirement, proven) => {
    index ??= places.index ? Promise.resolve(places.index) : listModels(places.folders, places.signal);
    cache ??= HuggingfaceCache.open(places);
    const wanted = { ...requirement, sha256: requirement.sha256 ?? proven?.sha256 ?? null, sizeBytes: proven?.sizeBytes ?? null };
    const copies = await findCopies(wanted, await index, places);
    return [...copies, ...cachedCopies(wanted, await cache)];
  };
}

async function findCopies(requirement: WantedCopy, index: LibraryIndex, places: CopyPlaces): Promise<Candidate[]> {
  const hits = possibleNames(requirement.filename).flatMap((name) => index.findByBaseName(name).map(({ file }) => file.path));
  const renamed = requirement.sha256 === null ? [] : await places.hashes.pathsOf(requirement.sha256);
  const paths = [...new Set([...hits, ...renamed])].slice(0, MOST_COPIES);
  const found = await Promise.all(paths.map((path) => lookAt(path, requirement, places)));
  return found.filter((candidate) => candidate !== null);
}

/** `null` for a file that is not whole, of another kind, or gone. */
async function lookAt(path: string, requirement: WantedCopy, { hashes, signal }: CopyPlaces): Promise<Candidate | null> {
  try {
    const { whole, detectedType, sizeBytes } = await inspectModelFile(path);
    if (!whole || !fitsFolder(detectedType, requirement.directory)) return null;
    const sha256 = mayBeSame(requirement, sizeBytes) ? await hashes.sha256Of(path, { signal }) : null;
    return localCandidate({ path, filename: basename(path), sizeBytes, sha256 });
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** Whether a look at the whole file could show that it is the wanted one. */
function mayBeSame(wanted: WantedCopy, sizeBytes: number): boolean {
  if (wanted.sha256 === null) return false;
  return wanted.sizeBytes === null || Math.abs(wanted.sizeBytes - sizeBytes) <= SIZE_TOLERANCE_BYTES;
}

/** Only their sha256 speaks for files of the cache: each repository there has names of its own. */
function cachedCopies({ filename, sha256 }: WantedCopy, cache: HuggingfaceCache): Candidate[] {
  const blobs = [...(sha256 === null ? [] : cache.withSha256(sha256)), ...cache.named(filename)];
  const distinct = [...new Map(blobs.map((blob) => [blob.path, blob])).values()];
  return distinct.slice(0, MOST_COPIES).map((blob) => localCandidate({ ...blob, filename: blob.sha256 }));
}

function localCandidate(file: { path: string; filename: string; sizeBytes: number; sha256: string | null }): Candidate {
  return {
    source: 'local',
    filename: file.filename,
    score: 0,
    reason: '',
    downloadUrl: null,
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    modelId: null,
    versionId: null,
    repoId: null,
    revision: null,
    repoPath: null,
    foundAt: file.path,
    title: null,
    baseModel: null,
    downloads: null,
    requiresAuth: false,
    gated: false,
    pickle: isPickleFilename(file.path),
    danger: null,
    license: null,
  };
}
