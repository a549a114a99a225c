import type { CivitaiFile, CivitaiModel, CivitaiVersion } from './catalogue.ts';
import { hashesOf } from './civitai-hashes.ts';

const PUBLISHED = '2026-01-15T09:16:12.062Z';

/** Which of the service's answers a record stands in: they differ in fields and in the form of the download link. */
type RecordPlace = 'list' | 'model' | 'version';

/** The file that the plain download link of a version delivers. */
export function primaryFile(version: CivitaiVersion): CivitaiFile | undefined {
  return version.files.find((file) => file.primary === true) ?? version.files[0];
}

/** Bits of the browsing level: 1 stands for PG; a model called not safe for work has none of it. */
export function nsfwLevelOf(model: CivitaiModel): number {
  return model.nsfwLevel ?? (model.nsfw === true ? 28 : 1);
}

/** A model as it stands in a list or in its own answer. */
export function describeModel(model: CivitaiModel, place: 'list' | 'model', origin: string): Record<string, unknown> {
  const archived = model.mode === 'Archived';
  const versions = model.versions.filter((version) => version.files.length > 0);
  return {
    id: model.id,
    name: model.name,
    description: '',
    type: model.type,
    nsfw: model.nsfw ?? false,
    nsfwLevel: nsfwLevelOf(model),
    poi: model.poi ?? false,
    minor: false,
    availability: 'Public',
    ...(model.mode === undefined ? {} : { mode: model.mode }),
    creator: { username: model.creator ?? 'someone', image: null },
    tags: model.tags ?? [],
    stats: { downloadCount: model.downloads ?? 0, thumbsUpCount: model.thumbsUp ?? 0, thumbsDownCount: 0, commentCount: 0 },
    modelVersions: versions.map((version) => {
      const described = describeListedVersion(version, place, origin);
      if (!archived) return described;
      return Object.assign(described, { files: [], downloadUrl: undefined });
    }),
  };
}

function describeListedVersion(version: CivitaiVersion, place: RecordPlace, origin: string): Record<string, unknown> {
  return {
    id: version.id,
    name: version.name,
    baseModel: version.baseModel ?? 'Other',
    baseModelType: 'Standard',
    publishedAt: version.publishedAt ?? PUBLISHED,
    status: 'Published',
    availability: 'Public',
    nsfwLevel: 1,
    trainedWords: version.trainedWords ?? [],
    ...(version.paidAccess === undefined ? {} : { paidAccess: version.paidAccess }),
    stats: { downloadCount: version.downloads ?? 0, thumbsUpCount: 0 },
    files: version.files.map((file) => describeFile(file, version, { place, origin })),
    images: [],
    downloadUrl: `${origin}/api/download/models/${version.id}`,
  };
}

/** A version as `model-versions/:id` and by-hash have it: with `usageControl` and the model that it belongs to. */
export function describeVersion(model: CivitaiModel, version: CivitaiVersion, origin: string): Record<string, unknown> {
  return {
    ...describeListedVersion(version, 'version', origin),
    modelId: model.id,
    description: null,
    air: airOf(model, version),
    usageControl: version.usageControl ?? 'Download',
    earlyAccessEndsAt: null,
    paidAccess: version.paidAccess ?? null,
    licensingFee: null,
    model: {
      name: model.name,
      type: model.type,
      nsfw: model.nsfw ?? false,
      poi: model.poi ?? false,
      ...(model.mode === undefined ? {} : { mode: model.mode }),
    },
  };
}

/** The short answer, which alone tells the uploader's file name and whether an account is needed. */
export function describeMini(model: CivitaiModel, version: CivitaiVersion, origin: string): Record<string, unknown> {
  const file = primaryFile(version);
  return {
    air: airOf(model, version),
    versionName: version.name,
    modelName: model.name,
    baseModel: version.baseModel ?? 'Other',
    availability: 'Public',
    publishedAt: version.publishedAt ?? PUBLISHED,
    size: file === undefined ? null : file.content.sizeBytes / 1024,
    fileType: file?.type ?? 'Model',
    fileName: file?.uploadedName ?? file?.name ?? null,
    hashes: file === undefined ? {} : hashesOf(file),
    downloadUrls: [`${origin}/api/download/models/${version.id}`],
    format: file?.metadata?.format ?? 'SafeTensor',
    requireAuth: version.requireAuth ?? false,
    checkPermission: version.paidAccess !== undefined,
    earlyAccessEndsAt: version.paidAccess?.endsAt ?? null,
  };
}

function describeFile(file: CivitaiFile, version: CivitaiVersion, at: { place: RecordPlace; origin: string }): Record<string, unknown> {
  const isPrimary = file === primaryFile(version);
  return {
    id: file.id,
    sizeKB: file.content.sizeBytes / 1024,
    name: file.name,
    type: file.type ?? 'Model',
    pickleScanResult: file.pickleScanResult ?? 'Success',
    pickleScanMessage: 'No Pickle imports',
    virusScanResult: file.virusScanResult ?? 'Success',
    virusScanMessage: null,
    scannedAt: PUBLISHED,
    metadata: metadataOf(file),
    hashes: hashesOf(file),
    downloadUrl: fileLink(file, version, { ...at, isPrimary }),
    // absent instead of false in lists and models
    ...(isPrimary || at.place === 'version' ? { primary: isPrimary } : {}),
  };
}

function metadataOf(file: CivitaiFile): { format?: string; size?: string; fp?: string; quantType?: string } {
  return file.metadata ?? { format: 'SafeTensor' };
}

function fileLink(file: CivitaiFile, version: CivitaiVersion, at: { place: RecordPlace; origin: string; isPrimary: boolean }): string {
  const plain = `${at.origin}/api/download/models/${version.id}`;
  if (at.place === 'model') return `${plain}?fileId=${file.id}`;
  if (at.isPrimary) return plain;
  return `${plain}?${new URLSearchParams({ type: file.type ?? 'Model', ...metadataOf(file) }).toString()}`;
}

function airOf(model: CivitaiModel, version: CivitaiVersion): string {
  return `urn:air:other:${model.type.toLowerCase()}:civitai:${model.id}@${version.id}`;
}
