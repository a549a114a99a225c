import type { KnownFile, Lesson, ScanVerdict } from '../../core/known-file.ts';
import { isWantedName } from '../../core/model-file/match-name.ts';
import type { Offer } from '../../core/offer.ts';
import { isPickleFilename } from '../file-formats.ts';
import { foldersOfFile } from './folders.ts';
import type { CivitaiLink } from './links.ts';
import { civitaiUrl } from './links.ts';
import type { CivitaiFile, CivitaiModel, CivitaiOwner, CivitaiVersion, CivitaiVersionAnswer } from './schema.ts';

/** One file of one version of one model. */
export interface CivitaiPlace {
  owner: CivitaiOwner;
  version: CivitaiVersion;
  file: CivitaiFile;
}

export function makeCivitaiOffer({ owner, version, file }: CivitaiPlace): Offer {
  const isPaid = isPaidAccess(version);
  return {
    source: 'civitai',
    filename: file.overrideName ?? file.name,
    downloadUrl: downloadUrlOf(owner, version, file),
    // files may be a few bytes off what `sizeKB` comes to, since it is a rounded number
    sizeBytes: typeof file.sizeKB === 'number' ? Math.round(file.sizeKB * 1024) : null,
    sha256: sha256Of(file),
    modelId: owner.id,
    versionId: version.id,
    repoId: null,
    revision: null,
    repoPath: null,
    foundAt: null,
    title: [owner.name, version.name].filter(Boolean).join(' '),
    baseModel: version.baseModel ?? null,
    downloads: downloadsOf(owner, version),
    requiresAuth: isPaid ? true : null,
    gated: isPaid,
    pickle: isPickleFilename(file.name),
    danger: dangerOf(file),
    license: null,
    knownPublisher: false,
    directories: foldersOfFile(owner.type, file),
    likes: version.stats?.thumbsUpCount ?? owner.likes,
    createdAt: version.publishedAt ?? null,
    obstacle: obstacleOf(version, file),
  };
}

/** A file of which only what the catalogue has kept is known. */
export function describePlace(known: KnownFile, link: CivitaiLink): Offer {
  return {
    source: 'civitai',
    filename: known.name,
    downloadUrl: known.url,
    sizeBytes: known.sizeBytes,
    sha256: known.sha256,
    modelId: link.modelId,
    versionId: link.versionId,
    repoId: null,
    revision: null,
    repoPath: null,
    foundAt: null,
    title: null,
    baseModel: null,
    downloads: null,
    requiresAuth: null,
    gated: false,
    pickle: isPickleFilename(known.name),
    danger: null,
    license: null,
    knownPublisher: false,
    directories: known.directory === null ? [] : [known.directory],
    likes: null,
    createdAt: null,
    obstacle: null,
  };
}

/** What the catalogue keeps of these places: one lesson for each version. */
export function lessonsOf(places: readonly CivitaiPlace[]): Lesson[] {
  const byVersion = Map.groupBy(places, ({ version }) => version.id);
  return [...byVersion].map(([versionId, own]) => ({
    teacher: `https://civitai.com/model-versions/${versionId}`,
    kind: 'hub',
    files: own.map(makeCivitaiOffer).flatMap(({ filename, downloadUrl, sha256, sizeBytes, directories, obstacle }): KnownFile[] => {
      if (downloadUrl === null || obstacle !== null) return [];
      return [
        { name: filename, url: downloadUrl, directory: directories.length === 1 ? (directories[0] ?? null) : null, sha256, sizeBytes },
      ];
    }),
  }));
}

/** What the scans say of the files that they have looked at. */
export function verdictsOf(places: readonly CivitaiPlace[]): ScanVerdict[] {
  return places.flatMap((place) => {
    const { downloadUrl, sha256, danger } = makeCivitaiOffer(place);
    const isScanned = danger !== null || place.file.virusScanResult === 'Success';
    return isScanned && downloadUrl !== null && sha256 !== null ? [{ place: downloadUrl, sha256, danger }] : [];
  });
}

/** Every file of a model with where it stands. */
export function placesOfModel(model: CivitaiModel): CivitaiPlace[] {
  const owner: CivitaiOwner = {
    id: model.id,
    name: model.name,
    type: model.type,
    downloads: model.stats?.downloadCount ?? null,
    likes: model.stats?.thumbsUpCount ?? null,
  };
  return model.modelVersions.flatMap((version) => version.files.map((file) => ({ owner, version, file })));
}

/** Every file of a version with where it stands. */
export function placesOfVersion(answer: CivitaiVersionAnswer): CivitaiPlace[] {
  const owner: CivitaiOwner = { id: answer.modelId, name: answer.model.name, type: answer.model.type, downloads: null, likes: null };
  return answer.files.map((file) => ({ owner, version: answer, file }));
}

/** Lower-case hex, `null` when the service has none. */
export function sha256Of(file: CivitaiFile): string | null {
  const hash = file.hashes?.SHA256?.toLowerCase() ?? '';
  return /^[0-9a-f]{64}$/.test(hash) ? hash : null;
}

/** Whether the file goes by this name, as shown or as its creator has overridden it. */
export function hasName(file: CivitaiFile, filename: string): boolean {
  return isWantedName(filename, file.name) || (typeof file.overrideName === 'string' && isWantedName(filename, file.overrideName));
}

/**
 * A VAE beside the files of another kind of model belongs to a version of its own: the service lists it here, but knows it under this
 * version only by its type (Civitai's source, 2026-08).
 */
function downloadUrlOf(owner: CivitaiOwner, version: CivitaiVersion, file: CivitaiFile): string {
  const isLinked = file.type === 'VAE' && owner.type !== 'VAE';
  return civitaiUrl(version.id, isLinked ? { type: 'VAE' } : { fileId: file.id });
}

/** Those of the model: a new version of a well-known model is no unknown place. */
function downloadsOf(owner: CivitaiOwner, version: CivitaiVersion): number | null {
  const counts = [owner.downloads, version.stats?.downloadCount].filter((count) => typeof count === 'number');
  return counts.length === 0 ? null : Math.max(...counts);
}

function isPaidAccess(version: CivitaiVersion): boolean {
  return Boolean(version.paidAccess) || version.availability === 'EarlyAccess';
}

function obstacleOf(version: CivitaiVersion, file: CivitaiFile): string | null {
  if (version.usageControl && version.usageControl !== 'Download') return 'its creator has disabled downloads on Civitai';
  return dangerOf(file);
}

function dangerOf(file: CivitaiFile): string | null {
  if (file.virusScanResult === 'Danger') return "Civitai's virus scan calls it dangerous";
  if (file.pickleScanResult === 'Danger') return "Civitai's pickle scan calls it dangerous";
  return null;
}
