import { closeSync, openSync, readSync } from 'node:fs';

/** Reads pieces of a file: the containers look at its headers and never load the pictures and films themselves. */
export interface ByteSource {
  readonly size: number;
  /** Bytes from `offset` on, fewer at the end of the file, none beyond it. Throws a system error when the disk fails. */
  read: (offset: number, length: number) => Buffer;
}

/** Opens a file for the time of one call. Throws a system error when it cannot be opened. */
export function withByteSource<T>(path: string, size: number, use: (source: ByteSource) => T): T {
  const descriptor = openSync(path, 'r');
  try {
    return use({ size, read: (offset, length) => readPiece(descriptor, offset, Math.min(length, size - offset)) });
  } finally {
    closeSync(descriptor);
  }
}

/** The same source up to a number of bytes that are read in all: beyond it there are none. */
export function withBudget(source: ByteSource, totalBytes: number): ByteSource {
  let left = totalBytes;
  const read = (offset: number, length: number): Buffer => {
    const piece = source.read(offset, Math.min(length, left));
    left -= piece.length;
    return piece;
  };
  return { size: source.size, read };
}

function readPiece(descriptor: number, offset: number, length: number): Buffer {
  if (length <= 0 || offset < 0) return Buffer.alloc(0);
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
}
