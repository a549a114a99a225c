import { statSync } from 'node:fs';
import type { RunPhase } from '../core/events.ts';
import type { DownloadRecord, Resolution } from '../core/model.ts';
import type { Status } from '../state/schemas.ts';

export interface ResumeState {
  status: Status | null;
  resolutions: readonly Resolution[] | null;
  downloads: readonly DownloadRecord[] | null;
  /** `--yes`: what waits for review is accepted now. */
  acceptFuzzy: boolean;
}

/**
 * The phase that a run goes on with, `null` when there is nothing left to do that could end otherwise than it did: everything is in
 * place, or only a person can decide.
 */
export function planResume(state: ResumeState): RunPhase | null {
  const done = new Set(state.status?.completed_phases);
  if (!done.has('scanning')) return 'scanning';
  if (!done.has('resolving') || state.resolutions === null) return 'resolving';
  if (state.resolutions.some((item) => mayChange(item, state.acceptFuzzy))) return 'resolving';
  if (!done.has('downloading') || state.downloads === null) return 'downloading';
  return isUnfinished(state.resolutions, state.downloads) ? 'downloading' : null;
}

/** Nobody had it, or somebody could not be asked: asking again may help. One that waits for review needs a decision, not a question. */
function mayChange(resolution: Resolution, acceptFuzzy: boolean): boolean {
  if (resolution.accepted) return false;
  return acceptFuzzy || resolution.candidates.length === 0 || resolution.unchecked.length > 0;
}

/** Something failed, has gone since, or was never tried: a dry run stops before that. */
function isUnfinished(resolutions: readonly Resolution[], downloads: readonly DownloadRecord[]): boolean {
  if (downloads.some((record) => record.status === 'failed' || isGone(record))) return true;
  const tried = new Set(downloads.map((record) => record.savePath));
  return resolutions.some((resolution) => resolution.accepted && !tried.has(resolution.savePath));
}

/** A model that was in place and no longer is. */
function isGone(record: DownloadRecord): boolean {
  if (record.savePath === null || record.status === 'skipped') return false;
  return statSync(record.savePath, { throwIfNoEntry: false })?.size !== record.bytes;
}
