import type { Resolution } from '../core/model.ts';

/** What of a resolution helps to say which page to open. */
export type FailureSubject = Pick<Resolution, 'filename' | 'repoId' | 'modelId' | 'versionId'>;

/** What a report says, before it has the form that agents match on. */
export interface FailureWords {
  code: string;
  /** Follows `Download failed: `. */
  reason: string;
  details: string;
  hint: string;
}
