import { stat } from 'node:fs/promises';

import { describeError } from '../core/error.ts';
import { inspectModelFile } from '../core/model-file/inspect.ts';
import type { DetectedType } from '../core/model-file/structure.ts';

/** What is known of one file on disk. */
export interface FileCondition {
  /** Why the file is not whole, `null` when it is. */
  damage: string | null;
  detectedType: DetectedType | null;
}

/** Remembers what the structure check said, by path, size and time of change, for as long as it lives. */
export class StructureCache {
  readonly #known = new Map<string, Promise<FileCondition>>();

  /** The condition of a file. One that cannot be read is damaged, and says why. */
  async conditionOf(path: string): Promise<FileCondition> {
    try {
      const { size, mtimeMs } = await stat(path);
      const key = `${path}\0${size}\0${mtimeMs}`;
      const known = this.#known.get(key) ?? inspectModelFile(path);
      this.#known.set(key, known);
      return await known;
    } catch (error) {
      return { damage: `the file cannot be read: ${describeError(error)}`, detectedType: null };
    }
  }
}
