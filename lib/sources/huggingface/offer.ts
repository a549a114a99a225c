import type { Offer } from '../../core/offer.ts';
import { baseName, isPickleFilename } from '../file-formats.ts';
import type { HuggingfaceLink } from './links.ts';
import { huggingfaceUrl } from './links.ts';
import { foldersOfPath } from '../path-folders.ts';
import { findLookalike, isKnownPublisher } from './publishers.ts';
import type { RepositoryRow, TreeRow } from './schema.ts';

/** The sha256 in an etag or `lfs.oid`; `null` for git's own ids and for the asterisks of a gated repository. */
export function readSha256(value: string | null | undefined): string | null {
  const bare = (value ?? '').replace(/^W\//, '').replaceAll('"', '');
  return /^[0-9a-f]{64}$/i.test(bare) ? bare.toLowerCase() : null;
}

/** What is known of a file besides its address. */
export interface HuggingfaceFacts {
  sizeBytes?: number | null;
  sha256?: string | null;
  /** Commit that was looked at. */
  commit?: string | null;
  gated?: boolean;
  /** What the hub's scans say against the file. */
  danger?: string | null;
  requiresAuth?: boolean | null;
  repository?: RepositoryRow;
}

export function makeHuggingfaceOffer(link: HuggingfaceLink, facts: HuggingfaceFacts): Offer {
  const { repository } = facts;
  const gated = facts.gated ?? isGated(repository);
  const lookalikeOf = findLookalike(link.repoId);
  return {
    source: 'huggingface',
    filename: baseName(link.path),
    downloadUrl: huggingfaceUrl(link),
    sizeBytes: facts.sizeBytes ?? null,
    sha256: facts.sha256 ?? null,
    modelId: null,
    versionId: null,
    repoId: link.repoId,
    revision: facts.commit ?? repository?.sha ?? link.revision,
    repoPath: link.path,
    foundAt: null,
    title: link.repoId,
    baseModel: null,
    downloads: repository?.downloads ?? null,
    requiresAuth: gated ? true : (facts.requiresAuth ?? (repository ? false : null)),
    gated,
    pickle: isPickleFilename(link.path),
    danger: facts.danger ?? null,
    license: licenseOf(repository),
    knownPublisher: link.kind === 'models' && isKnownPublisher(link.repoId),
    ...(lookalikeOf === null ? {} : { lookalikeOf }),
    directories: foldersOfPath(link.path),
    likes: repository?.likes ?? null,
    createdAt: repository?.createdAt ?? null,
    obstacle: facts.danger ?? (repository?.disabled ? 'Hugging Face has disabled this repository' : null),
  };
}

/** The facts of a tree's row. */
export function factsOfRow(row: TreeRow): Pick<HuggingfaceFacts, 'sizeBytes' | 'sha256' | 'danger'> {
  return { sizeBytes: row.lfs?.size ?? row.size ?? null, sha256: readSha256(row.lfs?.oid), danger: dangerOfRow(row) };
}

/** `gated` is `false`, `"auto"` or `"manual"` (a form to fill in, or a person to wait for). */
export function isGated(repository: RepositoryRow | undefined): boolean {
  return repository?.gated === true || typeof repository?.gated === 'string';
}

/** Licences stand among the tags as `license:apache-2.0`. */
function licenseOf(repository: RepositoryRow | undefined): string | null {
  const tag = repository?.tags?.find((candidate) => candidate.startsWith('license:'));
  return tag?.slice('license:'.length) ?? null;
}

/**
 * What the hub's scans say against a file; only rows that were asked for with `expand` tell. Of its verdicts (unscanned, safe, queued, error,
 * caution, suspicious, unsafe; its OpenAPI description, 2026) only the last one is a refusal: half the harmless pickles are suspicious.
 */
export function dangerOfRow({ securityFileStatus }: TreeRow): string | null {
  if (securityFileStatus?.status !== 'unsafe') return null;
  if (securityFileStatus.avScan?.status === 'unsafe') return "Hugging Face's virus scan calls it unsafe";
  if (securityFileStatus.pickleImportScan?.status === 'unsafe') return "Hugging Face's pickle scan calls it unsafe";
  return 'a scan on Hugging Face calls it unsafe';
}
