import { watch } from 'chokidar';
import { describeError, systemErrorCode } from '../core/error.ts';
import type { ProblemReport } from '../core/model.ts';
import type { Change } from './inbox.ts';
import type { WatchPlaces } from './places.ts';
import { changeAt, isUnwatched } from './places.ts';

/** Network shares are asked so often, in milliseconds. */
const POLLING_MS = 1000;

/** Eyes on folders and files, until closed. */
export interface Watcher {
  close: () => Promise<void>;
}

export interface WatcherOptions {
  places: WatchPlaces;
  /** Look again and again instead of being told: for network shares. */
  polling: boolean;
  onChange: (change: Change) => void;
  onProblem: (problem: ProblemReport) => void;
}

/**
 * Watches every place, with the folders in it and those that are still to come. Resolves once what happens from now on is told; what was
 * there before is not told.
 */
export async function openWatcher({ places, polling, onChange, onProblem }: WatcherOptions): Promise<Watcher> {
  const paths = [...places.workflows, ...places.users, ...places.models, ...places.packs, ...places.folderFiles, places.configFile];
  const watcher = watch([...new Set(paths)], {
    ignored: (path) => isUnwatched(path, places),
    ignoreInitial: true,
    ignorePermissionErrors: true,
    ...(polling ? { backend: 'polling' as const, pollingInterval: POLLING_MS, pollingBinaryInterval: POLLING_MS } : {}),
  });
  const ready = Promise.withResolvers<void>();
  watcher.on('all', (event, path) => {
    const change = changeAt(path, event.endsWith('Dir'), places);
    if (change) onChange(change);
  });
  watcher.on('error', (error) => onProblem(describeTrouble(error)));
  watcher.on('ready', () => ready.resolve());
  await ready.promise;
  return { close: () => watcher.close() };
}

function describeTrouble(error: unknown): ProblemReport {
  const code = systemErrorCode(error);
  const full = code === 'ENOSPC' || code === 'EMFILE';
  return {
    code: full ? 'watch_limit' : 'watch_trouble',
    error: full ? 'The system watches no more folders' : 'A folder cannot be watched',
    details: describeError(error),
    hint: full
      ? 'Raise fs.inotify.max_user_watches, or set watch.polling to true in config.json'
      : 'Check that the folder can be read; for a network share set watch.polling to true in config.json',
  };
}
