import { readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes read at once when the hash catches up with what is on disk. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * The sha256 of a file that is being written, computed while it grows: bytes that come in order are hashed from memory, those that were
 * there before or came out of order are read back, never more than a block at a time.
 */
export class PrefixHash {
  readonly #descriptor: number;
  #hasher = new Bun.CryptoHasher('sha256');
  #at = 0;
  #block: Buffer | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Bytes have been written at `position`; everything below `front` is there. */
  wrote(position: number, bytes: Uint8Array, front: number): void {
    if (position === this.#at) {
      this.#hasher.update(bytes);
      this.#at += bytes.byteLength;
    } else if (this.#at < front) {
      this.#readOn(front);
    }
  }

  /** Begins anew: what was hashed is no longer there. */
  reset(): void {
    this.#hasher = new Bun.CryptoHasher('sha256');
    this.#at = 0;
  }

  /** The sha256 of the first `total` bytes, lower-case hex. May be asked once. Rejects with the signal's reason when it aborts. */
  async finish(total: number, signal: AbortSignal): Promise<string> {
    while (this.#at < total) {
      signal.throwIfAborted();
      if (!this.#readOn(total)) break;
      await nextTurn();
    }
    return this.#hasher.digest('hex');
  }

  /** Hashes the next block below `end`; `false` when the file has no more. */
  #readOn(end: number): boolean {
    this.#block ??= Buffer.allocUnsafe(BLOCK_BYTES);
    const length = readSync(this.#descriptor, this.#block, 0, Math.min(BLOCK_BYTES, end - this.#at), this.#at);
    this.#hasher.update(this.#block.subarray(0, length));
    this.#at += length;
    return length > 0;
  }
}

/** The sha256 of a whole file, lower-case hex. Rejects with the signal's reason when it aborts. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hasher = new Bun.CryptoHasher('sha256');
  for await (const chunk of Bun.file(path).stream()) {
    signal.throwIfAborted();
    hasher.update(chunk);
  }
  return hasher.digest('hex');
}
