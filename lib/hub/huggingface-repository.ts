import { createHash } from 'node:crypto';
import type { HfFile, HfRepository } from './catalogue.ts';

/** Endings that a model repository keeps in LFS (the default `.gitattributes` of the hub). */
const LFS_ENDING = /\.(safetensors|sft|ckpt|pt|pth|bin|gguf|onnx|pkl|msgpack|h5|zip|npz|model|tflite)$/i;

/** Whether the file lies in LFS, so that git has a pointer in its place. */
export function isLfs(file: HfFile): boolean {
  return file.lfs ?? LFS_ENDING.test(file.path);
}

/** The repository's only commit, 40 hex digits. */
export function commitOf(repository: HfRepository): string {
  return sha1(`commit ${repository.id} ${repository.files.map((file) => file.path).join(' ')}`);
}

/** Whether `revision` names the repository's commit. */
export function hasRevision(repository: HfRepository, revision: string): boolean {
  return revision === 'main' || revision === commitOf(repository) || (repository.revisions ?? []).includes(revision);
}

/** The text that stands in git in place of a file in LFS. */
export function pointerText(file: HfFile): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${file.content.sha256}\nsize ${file.content.sizeBytes}\n`;
}

/** Git's id of the file's blob: of the pointer for a file in LFS. */
export function blobIdOf(file: HfFile): string {
  const bytes = isLfs(file) ? Buffer.from(pointerText(file)) : file.content.read(0, file.content.sizeBytes);
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

/** The id of the file in the hub's chunk store; only its shape means something here. */
export function xetHashOf(file: HfFile): string {
  return createHash('sha256').update(`xet ${file.content.sha256}`).digest('hex');
}

/** What stands in place of a hash for those who may not read the repository. */
const MASK = '*'.repeat(64);

/** One row of `tree` and `paths-info`. */
export function describeTreeFile(file: HfFile, masked: boolean): Record<string, unknown> {
  const row = { type: 'file', oid: blobIdOf(file), size: file.content.sizeBytes, path: file.path };
  if (!isLfs(file)) return row;
  const oid = masked ? MASK : file.content.sha256;
  const lfs = { oid, size: file.content.sizeBytes, pointerSize: pointerText(file).length };
  return { ...row, lfs, xetHash: masked ? MASK : xetHashOf(file) };
}

/** The verdict of the scans, as `expand` adds it to a row. */
export function describeScan({ scan }: HfFile): Record<string, unknown> {
  const isFlagged = scan === 'virus' || scan === 'pickle' || scan === 'other';
  const verdict = isFlagged ? 'unsafe' : (scan ?? 'safe');
  const of = (name: HfFile['scan']): { status: string } => ({ status: scan === name ? 'unsafe' : isFlagged ? 'safe' : verdict });
  return {
    status: verdict,
    avScan: of('virus'),
    pickleImportScan: { ...of('pickle'), pickleImports: [], version: '0.0.0' },
    protectAiScan: of('other'),
    jFrogScan: { status: 'unscanned' },
  };
}

/** The rows of `tree` below `folder` (`''` for the whole repository): files, and the folders that hold them. */
export function describeTree(
  repository: HfRepository,
  folder: string,
  options: { recursive: boolean; masked: boolean },
): Record<string, unknown>[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const rows = new Map<string, Record<string, unknown>>();
  for (const file of repository.files) {
    if (!file.path.startsWith(prefix)) continue;
    const parts = file.path.slice(prefix.length).split('/');
    for (let depth = 1; depth < parts.length && (options.recursive || depth === 1); depth++) {
      const path = prefix + parts.slice(0, depth).join('/');
      rows.set(path, { type: 'directory', oid: sha1(`tree ${repository.id} ${path}`), size: 0, path });
    }
    if (options.recursive || parts.length === 1) rows.set(file.path, describeTreeFile(file, options.masked));
  }
  return [...rows.values()].sort((left, right) => (String(left['path']) < String(right['path']) ? -1 : 1));
}

/** One entry of `siblings`: the name, and with `blobs` size and hashes, where the key is `lfs.sha256` and not `lfs.oid`. */
export function describeSibling(file: HfFile, options: { blobs: boolean; masked: boolean }): Record<string, unknown> {
  if (!options.blobs) return { rfilename: file.path };
  const row = { rfilename: file.path, size: file.content.sizeBytes, blobId: blobIdOf(file) };
  if (!isLfs(file)) return row;
  const lfs = {
    sha256: options.masked ? MASK : file.content.sha256,
    size: file.content.sizeBytes,
    pointerSize: pointerText(file).length,
  };
  return { ...row, lfs };
}

/** Every field that the API tells of a repository besides its files. */
export function describeRepository(repository: HfRepository): Record<string, unknown> {
  const lastModified = repository.lastModified ?? '2026-06-01T12:00:00.000Z';
  const license = repository.license === undefined ? [] : [`license:${repository.license}`];
  return {
    _id: sha1(repository.id).slice(0, 24),
    id: repository.id,
    modelId: repository.id,
    author: repository.id.split('/')[0],
    sha: commitOf(repository),
    lastModified,
    createdAt: lastModified,
    private: repository.private ?? false,
    disabled: repository.disabled ?? false,
    gated: repository.gated ?? false,
    downloads: repository.downloads ?? 0,
    likes: repository.likes ?? 0,
    tags: [...(repository.tags ?? []), ...license, 'region:us'],
    cardData: repository.license === undefined ? {} : { license: repository.license },
  };
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
