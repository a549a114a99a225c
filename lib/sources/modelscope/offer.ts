import type { KnownFile, Lesson } from '../../core/known-file.ts';
import { isModelFileName } from '../../core/model-file/names.ts';
import type { Offer } from '../../core/offer.ts';
import { baseName, isPickleFilename } from '../file-formats.ts';
import { foldersOfPath } from '../path-folders.ts';
import type { ModelscopeLink } from './links.ts';
import { modelscopeUrl, repositoryUrl } from './links.ts';
import type { FileRow, RepositoryRow } from './schema.ts';

/** What is known of a file besides its address. */
export interface ModelscopeFacts {
  sizeBytes?: number | null;
  sha256?: string | null;
  /** `null`: not known. */
  requiresAuth?: boolean | null;
  repository?: RepositoryRow;
}

/**
 * A file on ModelScope as an offer. Nobody vouches for its accounts here: names of publishers may be anybody's there, so that only its
 * bytes or its users speak for a file.
 */
export function makeModelscopeOffer(link: ModelscopeLink, facts: ModelscopeFacts): Offer {
  const { repository } = facts;
  const isGuarded = repository?.gated === true || repository?.private === true;
  return {
    source: 'direct',
    filename: baseName(link.path),
    downloadUrl: modelscopeUrl(link),
    sizeBytes: facts.sizeBytes ?? null,
    sha256: facts.sha256 ?? null,
    modelId: null,
    versionId: null,
    // repository ids in the files are those of Hugging Face
    repoId: null,
    revision: link.revision,
    repoPath: link.path,
    foundAt: null,
    title: `${link.repoId} on ModelScope`,
    baseModel: null,
    downloads: repository?.downloads ?? null,
    requiresAuth: isGuarded ? true : (facts.requiresAuth ?? null),
    gated: isGuarded,
    pickle: isPickleFilename(link.path),
    danger: null,
    license: repository?.license || null,
    knownPublisher: false,
    directories: foldersOfPath(link.path),
    likes: repository?.likes ?? null,
    createdAt: repository?.created_at ?? null,
    obstacle: null,
  };
}

/** The facts of a row of a repository's file list. */
export function factsOfRow({ Size, Sha256 }: FileRow): Pick<ModelscopeFacts, 'sizeBytes' | 'sha256'> {
  return { sizeBytes: Size ?? null, sha256: Sha256 !== undefined && /^[0-9a-f]{64}$/i.test(Sha256) ? Sha256.toLowerCase() : null };
}

/** What the catalogue keeps of a repository's model files. */
export function lessonOf(place: Omit<ModelscopeLink, 'path'>, rows: readonly FileRow[]): Lesson {
  const files = rows.filter(({ Path }) => isModelFileName(Path)).map((row) => knownFile({ ...place, path: row.Path }, row));
  return { teacher: repositoryUrl(place.repoId), kind: 'hub', files };
}

function knownFile(link: ModelscopeLink, row: FileRow): KnownFile {
  const { sizeBytes = null, sha256 = null } = factsOfRow(row);
  return { name: baseName(link.path), url: modelscopeUrl(link), directory: null, sha256, sizeBytes };
}
