import type { RunEvent } from '../core/events.ts';
import { secondsLeft, SpeedMeter } from '../core/speed.ts';
import { formatTimestamp } from '../core/units.ts';
import type { Board, BoardItem } from '../phases/watch-board.ts';
import type { Status } from '../state/schemas.ts';
import type { StatusFile } from '../state/status.ts';

/** Keeps status.json as a watch stands: everything in it is of now, and nothing adds up for months. */
export class WatchStatus {
  readonly #file: StatusFile;
  readonly #now: () => Date;
  readonly #meter = new SpeedMeter();
  #finishedBytes = 0;
  /** How many files had come when there was last nothing to do: progress counts from there. */
  #fetchedBefore = 0;

  constructor(file: StatusFile, now: () => Date) {
    this.#file = file;
    this.#now = now;
  }

  handle(event: RunEvent): void {
    if (event.type === 'transfer_finished' && event.record.status === 'downloaded') this.#finishedBytes += event.record.bytes;
  }

  show(board: Board): void {
    this.#file.update((data) => this.#apply(data, board));
    const open = board.items.filter(({ stage }) => stage === 'waiting' || stage === 'resolving' || stage === 'downloading').length;
    const done = board.fetched - this.#fetchedBefore;
    this.#file.progress(done, done + open);
    if (board.phase === 'idle') this.#fetchedBefore = board.fetched;
    this.#file.show({
      phase: board.phase,
      queue: board.items.map(toQueued),
      failures: [...board.failures],
      problems: [
        ...board.problems.map((problem) => ({ problem, filename: null })),
        ...board.items.flatMap(({ problem, filename }) => (problem ? [{ problem, filename }] : [])),
      ],
    });
  }

  #apply(data: Status['data'], board: Board): void {
    const found = (source: string): number =>
      board.items.filter(({ resolution }) => resolution?.accepted && resolution.source === source).length;
    const open = board.items.filter(({ resolution }) => resolution && !resolution.accepted);
    const review = open.filter(({ resolution }) => resolution && resolution.candidates.length > 0).length;
    const unchecked = open.filter(({ resolution }) => resolution?.candidates.length === 0 && resolution.unchecked.length > 0).length;
    Object.assign(data, {
      workflows_scanned: board.workflows,
      local_models: board.localModels,
      missing_models: board.items.length,
      missing_nodes: board.missingNodes,
      civitai_matches: found('civitai'),
      huggingface_matches: found('huggingface'),
      direct_matches: found('direct'),
      local_matches: found('local'),
      not_found: open.length - review - unchecked,
      needs_review: review,
      unchecked,
      downloads_successful: board.fetched,
      downloads_failed: board.items.filter(({ problem }) => problem?.code.startsWith('download_')).length,
    });
    this.#applyTransfers(data, board.items);
  }

  #applyTransfers(data: Status['data'], items: readonly BoardItem[]): void {
    const transfers = items.filter(({ stage }) => stage === 'downloading');
    const sizes = transfers.map(({ bytesTotal }) => bytesTotal);
    data.downloads = transfers.map(({ filename, bytesDone, bytesTotal }) => ({ filename, bytes_done: bytesDone, bytes_total: bytesTotal }));
    data.current_download = transfers[0]?.filename ?? null;
    data.bytes_done = this.#finishedBytes + transfers.reduce((sum, { bytesDone }) => sum + bytesDone, 0);
    data.bytes_total = sizes.includes(null) ? null : this.#finishedBytes + sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    this.#meter.note(data.bytes_done, this.#now().getTime());
    data.bytes_per_second = transfers.length === 0 ? 0 : this.#meter.bytesPerSecond();
    data.eta_seconds = secondsLeft(data.bytes_done, data.bytes_total, data.bytes_per_second);
  }
}

function toQueued({ filename, directory, stage, attempts, dueAt }: BoardItem): Status['queue'][number] {
  const due = stage === 'review' || stage === 'retry' ? formatTimestamp(dueAt) : null;
  return { filename, directory, stage, attempts, due_at: due };
}
