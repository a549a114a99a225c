import type { Content } from './content.ts';

/** Everything that a hub holds. What is absent is empty. */
export interface HubCatalogue {
  huggingface?: readonly HfRepository[];
  civitai?: readonly CivitaiModel[];
  modelscope?: readonly MsRepository[];
  releases?: readonly ReleaseFile[];
  /** Files of ComfyUI-Manager by name (`model-list.json`, ...), as values that become JSON. */
  manager?: Readonly<Record<string, unknown>>;
  registry?: readonly RegistryPack[];
  accounts?: readonly HubAccount[];
}

/** Somebody who has a key. */
export interface HubAccount {
  service: 'huggingface' | 'civitai' | 'modelscope';
  token: string;
  username: string;
  /** Gated or private repositories that this account may read. */
  repositories?: readonly string[];
}

/** A model repository on the Hugging Face part. */
export interface HfRepository {
  /** `owner/name`. */
  id: string;
  files: readonly HfFile[];
  downloads?: number;
  likes?: number;
  gated?: false | 'auto' | 'manual';
  private?: boolean;
  disabled?: boolean;
  license?: string;
  /** ISO time. */
  lastModified?: string;
  tags?: readonly string[];
  /** Former ids that redirect here. */
  formerIds?: readonly string[];
  /** Names besides `main` and the commit that stand for the one commit. */
  revisions?: readonly string[];
}

export interface HfFile {
  /** Path in the repository, `/` as separator. */
  path: string;
  content: Content;
  /** Kept in LFS, which every model file is; told from the ending when absent. */
  lfs?: boolean;
  /** What the hub's scans say; safe when absent. `virus`, `pickle` and `other`: which of them calls it unsafe. */
  scan?: 'queued' | 'suspicious' | 'virus' | 'pickle' | 'other';
}

/** A model repository on the ModelScope part. */
export interface MsRepository {
  /** `owner/name`. */
  id: string;
  files: readonly HfFile[];
  downloads?: number;
  likes?: number;
  /** ISO time. */
  createdAt?: string;
  private?: boolean;
  license?: string;
  /** Names besides `master` that stand for the one state of the repository. */
  revisions?: readonly string[];
}

/** A model on the Civitai part. */
export interface CivitaiModel {
  id: number;
  name: string;
  /** `Checkpoint`, `LORA`, `LoCon`, `VAE`, ... */
  type: string;
  versions: readonly CivitaiVersion[];
  creator?: string;
  tags?: readonly string[];
  downloads?: number;
  thumbsUp?: number;
  nsfw?: boolean;
  /** Bits: 1 PG, 2 PG13, 4 R, 8 X, 16 XXX. By `nsfw` when absent. */
  nsfwLevel?: number;
  /** A real person: never in a list, never downloadable. */
  poi?: boolean;
  mode?: 'Archived' | 'TakenDown';
}

export interface CivitaiVersion {
  id: number;
  name: string;
  files: readonly CivitaiFile[];
  baseModel?: string;
  /** ISO time. */
  publishedAt?: string;
  usageControl?: 'Download' | 'Generation' | 'InternalGeneration' | 'ExternalGeneration';
  /** Early access until `endsAt` (ISO time), or for good. */
  paidAccess?: { permanent: boolean; endsAt: string | null };
  /** The creator asks for an account. */
  requireAuth?: boolean;
  trainedWords?: readonly string[];
  downloads?: number;
}

export interface CivitaiFile {
  id: number;
  /** Name as the service gives it. */
  name: string;
  content: Content;
  /** Name as the uploader had it, which only the `mini` answer tells. */
  uploadedName?: string;
  /** `Model` when absent. */
  type?: string;
  metadata?: { format?: string; size?: string; fp?: string; quantType?: string };
  /** The first file of a version when none says so. */
  primary?: boolean;
  pickleScanResult?: string;
  virusScanResult?: string;
  /** What the service believes the hash to be, where it is wrong. */
  statedSha256?: string;
  /** The service never hashed this file. */
  unhashed?: boolean;
}

/** A file of a release on the GitHub part. */
export interface ReleaseFile {
  /** `owner/name`. */
  repository: string;
  tag: string;
  name: string;
  content: Content;
}

/** A node pack on the Comfy Registry part. */
export interface RegistryPack {
  id: string;
  name: string;
  repository: string;
  /** Node classes that it provides. */
  nodes: readonly string[];
  description?: string;
  publisher?: string;
  downloads?: number;
  status?: string;
  version?: string;
}
