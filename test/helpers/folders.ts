import { afterAll } from 'bun:test';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What makes folders for the tests of one file, and removes them when those are done. To be called at its top. */
export function useFolders(name: string): () => string {
  const made: string[] = [];
  afterAll(() => {
    for (const folder of made) {
      chmodSync(folder, 0o700); // a test may have locked it
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), `${name}-test-`));
    made.push(folder);
    return folder;
  };
}
