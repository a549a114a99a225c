import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { copyFile, link, open, realpath, rename, rm, stat } from 'node:fs/promises';

import { systemErrorCode } from '../core/error.ts';
import { inspectModelFile } from '../core/model-file/inspect.ts';
import type { Verification } from '../core/model.ts';
import { commitPart, replaceDamaged } from './commit.ts';
import type { GrowingHash, HashPool } from './hash-pool.ts';
import { diskError } from './disk-error.ts';
import { PartFile } from './part-file.ts';
import { clonePathOf, linkPathOf, partPathOf } from './part-names.ts';
import type { FileFingerprint, HashFile } from './target.ts';
import { TransferError } from './trouble.ts';
import type { Expectation } from './verify.ts';
import { isExpectedSize, verifyArrived } from './verify.ts';

const COPY_BLOCK_BYTES = 4 * 1024 * 1024;

export interface LocalRequest {
  /** The file that this machine already has. */
  foundAt: string;
  savePath: string;
  expected: Expectation;
  /** The damaged file that is to be replaced, `null` when the place is free. */
  damaged: FileFingerprint | null;
  hashFile: HashFile;
  hashes: HashPool;
  signal: AbortSignal;
  onProgress: (bytes: number) => void;
}

export interface LinkedFile {
  bytes: number;
  sha256: string | null;
  verified: Verification;
}

/**
 * Puts a file that this machine already has at its target without fetching a byte: as a hard link, else sharing its blocks, else as a
 * copy. It is checked like a download first: it may have changed since it was found. Throws `TransferError`.
 */
export async function linkLocal(request: LocalRequest): Promise<LinkedFile> {
  const { path, proven } = await proveLocal(request);
  if (!(await tryLink(path, request))) await copyIntoPlace(path, proven.bytes, request);
  return proven;
}

async function proveLocal(request: LocalRequest): Promise<{ path: string; proven: LinkedFile }> {
  const { expected } = request;
  try {
    const path = await realpath(request.foundAt);
    const { size } = await stat(path);
    if (!isExpectedSize(size, expected)) throw changed(`${request.foundAt} has ${size} bytes now`);
    const sha256 = expected.sha256 === null ? null : await request.hashFile(path);
    const structure = await inspectModelFile(path, { name: expected.filename });
    if (sha256 !== expected.sha256) throw changed(`${request.foundAt} has another sha256 now`);
    if (sha256 === null && !structure.whole) throw changed(`${request.foundAt}: ${structure.damage ?? 'it is damaged'}`);
    const verified = sha256 !== null ? 'sha256' : expected.sizeBytes !== null ? 'size' : 'structure';
    return { path, proven: { bytes: size, sha256, verified } };
  } catch (error) {
    if (systemErrorCode(error) !== undefined) throw changed(`${request.foundAt} cannot be read any more`);
    throw error;
  }
}

/** `false` when the two places do not share a disk, or the disk knows no hard links. */
async function tryLink(path: string, { savePath, damaged }: LocalRequest): Promise<boolean> {
  const temporary = linkPathOf(savePath);
  if (damaged) await rm(temporary, { force: true });
  try {
    await link(path, damaged ? temporary : savePath);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST')
      throw new TransferError({ kind: 'target_taken', detail: 'A file has appeared there meanwhile' });
    return false;
  }
  if (!damaged) return true;
  try {
    await replaceDamaged(temporary, savePath, damaged);
  } finally {
    await rm(temporary, { force: true });
  }
  return true;
}

async function copyIntoPlace(path: string, bytes: number, request: LocalRequest): Promise<void> {
  if (!(await tryShareBlocks(path, request.savePath))) await copyBytes(path, bytes, request);
  await commitPart(request.savePath, bytes, request.damaged);
}

/** Copies by reference where the file system can (btrfs, XFS, APFS); the bytes are the same by construction. */
async function tryShareBlocks(path: string, savePath: string): Promise<boolean> {
  const temporary = clonePathOf(savePath);
  try {
    await copyFile(path, temporary, constants.COPYFILE_FICLONE_FORCE);
    await rename(temporary, partPathOf(savePath));
    return true;
  } catch {
    await rm(temporary, { force: true });
    return false;
  }
}

async function copyBytes(path: string, bytes: number, request: LocalRequest): Promise<void> {
  const { savePath, expected, signal } = request;
  const part = PartFile.open(savePath, { url: `file:${path}`, sha256: expected.sha256 });
  const source = await open(path, 'r');
  const hash = request.hashes.follow(part.path, part.descriptor);
  let isWhole = false;
  try {
    await copyBlocks(source, { part, hash, bytes, request });
    const sha256 = await hash.finish(bytes, signal);
    await part.flush();
    await verifyArrived({ path: part.path, bytes, sha256, lengthWasAnnounced: true }, expected);
    isWhole = true;
  } catch (error) {
    throw diskError(error);
  } finally {
    hash.close();
    await source.close();
    await (isWhole || signal.aborted ? part.close() : part.discard());
  }
}

async function copyBlocks(
  source: FileHandle,
  options: { part: PartFile; hash: GrowingHash; bytes: number; request: LocalRequest },
): Promise<void> {
  const { part, hash, bytes, request } = options;
  const block = Buffer.allocUnsafe(COPY_BLOCK_BYTES);
  part.identify({ ...part.identity, total: bytes });
  for (let gap = part.nextGap([], COPY_BLOCK_BYTES); gap; gap = part.nextGap([], COPY_BLOCK_BYTES)) {
    request.signal.throwIfAborted();
    const { bytesRead } = await source.read(block, 0, gap.end - gap.start, gap.start);
    if (bytesRead === 0) throw changed(`${request.foundAt} has become shorter`);
    part.write(gap.start, block.subarray(0, bytesRead));
    hash.advance(part.frontBytes);
    request.onProgress(part.heldBytes);
  }
}

function changed(detail: string): TransferError {
  return new TransferError({ kind: 'local_changed', detail });
}
