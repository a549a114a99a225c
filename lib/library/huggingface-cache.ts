import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Environment } from '../core/ports.ts';

/** A file of the cache. */
export interface CachedBlob {
  /** Absolute path of its bytes. */
  path: string;
  /** Lower-case hex: large files are kept under it. */
  sha256: string;
  sizeBytes: number;
}

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * The cache that Hugging Face's own libraries keep: `models--owner--name/blobs/<sha256>` holds the bytes, and links in
 * `snapshots/<commit>/<path>` have the names (huggingface_hub's documentation, 2026-08).
 */
export class HuggingfaceCache {
  readonly #bySha256 = new Map<string, CachedBlob>();
  readonly #byName = new Map<string, CachedBlob[]>();

  private constructor() {}

  /** Reads the names in the cache; one that is absent or cannot be read is empty. */
  static async open({ env, home }: { env: Environment; home: string }): Promise<HuggingfaceCache> {
    const cache = new HuggingfaceCache();
    const folder = cacheFolder(env, home);
    for (const repository of await namesIn(folder)) {
      if (!repository.startsWith('models--')) continue;
      await cache.#readBlobs(join(folder, repository, 'blobs'));
      await cache.#readSnapshots(join(folder, repository, 'snapshots'));
    }
    return cache;
  }

  /** Files with this sha256 (lower-case hex). */
  withSha256(sha256: string): CachedBlob[] {
    const blob = this.#bySha256.get(sha256);
    return blob ? [blob] : [];
  }

  /** Files with this base name in any repository; case does not count. */
  named(filename: string): readonly CachedBlob[] {
    return this.#byName.get(filename.toLowerCase()) ?? [];
  }

  async #readBlobs(folder: string): Promise<void> {
    for (const name of await namesIn(folder)) {
      if (!SHA256.test(name)) continue;
      const path = join(folder, name);
      const found = await stat(path).catch(() => null);
      if (found?.isFile()) this.#bySha256.set(name, { path, sha256: name, sizeBytes: found.size });
    }
  }

  async #readSnapshots(folder: string): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isSymbolicLink()) continue;
      const target = await realpath(join(entry.parentPath, entry.name)).catch(() => '');
      const blob = this.#bySha256.get(basename(target));
      const key = entry.name.toLowerCase();
      if (blob) this.#byName.set(key, [...(this.#byName.get(key) ?? []), blob]);
    }
  }
}

/** As huggingface_hub finds it (2026-08). */
function cacheFolder(env: Environment, home: string): string {
  const named = env['HF_HUB_CACHE'] ?? env['HUGGINGFACE_HUB_CACHE'];
  if (named) return named;
  const base = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'huggingface');
  return join(base, 'hub');
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
