import { basename } from 'node:path';
import { inspectModelFile } from '../core/model-file/inspect.ts';
import { possibleNames } from '../core/model-file/match-name.ts';
import type { Candidate, Requirement } from '../core/model.ts';
import type { Environment } from '../core/ports.ts';
import { fitsFolder } from '../library/fitting-folder.ts';
import type { HashStore } from '../library/hash-store.ts';
import { HuggingfaceCache } from '../library/huggingface-cache.ts';
import type { LibraryIndex } from '../library/library-index.ts';
import type { LibraryFolders } from '../library/walk.ts';
import { listModels } from '../library/walk.ts';
import { isPickleFilename } from '../sources/file-formats.ts';

/** Copies of one name that are looked at. */
const MOST_COPIES = 8;

interface LocalPlaces {
  folders: LibraryFolders;
  env: Environment;
  home: string;
  hashes: HashStore;
  signal: AbortSignal;
}

/**
 * Looks for a model among the files of this machine: whole files of its name anywhere under the models folders, with their sha256 where the
 * workflow tells one, and what Hugging Face's own cache has of it. The folders are walked when the first model is asked for.
 */
export function makeFindLocal(places: LocalPlaces): (requirement: Requirement) => Promise<readonly Candidate[]> {
  let index: Promise<LibraryIndex> | undefined;
  let cache: Promise<HuggingfaceCache> | undefined;
  return async (requirement) => {
    index ??= listModels(places.folders, places.signal);
    cache ??= HuggingfaceCache.open(places);
    const copies = await findCopies(requirement, await index, places);
    return [...copies, ...cachedCopies(requirement, await cache)];
  };
}

async function findCopies(requirement: Requirement, index: LibraryIndex, places: LocalPlaces): Promise<Candidate[]> {
  const hits = possibleNames(requirement.filename).flatMap((name) => index.findByBaseName(name).map(({ file }) => file.path));
  const paths = [...new Set(hits)].slice(0, MOST_COPIES);
  const found = await Promise.all(paths.map((path) => lookAt(path, requirement, places)));
  return found.filter((candidate) => candidate !== null);
}

/** `null` for a file that is not whole, of another kind, or gone. */
async function lookAt(path: string, requirement: Requirement, { hashes, signal }: LocalPlaces): Promise<Candidate | null> {
  try {
    const { whole, detectedType, sizeBytes } = await inspectModelFile(path);
    if (!whole || !fitsFolder(detectedType, requirement.directory)) return null;
    const sha256 = requirement.sha256 === null ? null : await hashes.sha256Of(path, { signal });
    return localCandidate({ path, filename: basename(path), sizeBytes, sha256 });
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** Only their sha256 speaks for files of the cache: each repository there has names of its own. */
function cachedCopies({ filename, sha256 }: Requirement, cache: HuggingfaceCache): Candidate[] {
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
    license: null,
  };
}
