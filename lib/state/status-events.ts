import type { RunEvent, TransferProgress } from '../core/events.ts';
import type { DownloadRecord, Resolution } from '../core/model.ts';
import { isRefusedInPlace } from '../core/refused.ts';
import { secondsLeft, SpeedMeter } from '../core/speed.ts';
import type { Status } from './schemas.ts';
import type { StatusFile } from './status.ts';

type Data = Status['data'];

/** Keeps the numbers of status.json in step with what a run emits. Phases are entered by the run itself, since that may wait. */
export class StatusListener {
  readonly #file: StatusFile;
  readonly #now: () => Date;
  readonly #meter = new SpeedMeter();
  /** Transfers under way, by where they are put. */
  readonly #active = new Map<string, Omit<TransferProgress, 'savePath'>>();
  #finishedBytes = 0;

  constructor(file: StatusFile, now: () => Date) {
    this.#file = file;
    this.#now = now;
    file.onHeartbeat((data) => this.#showSpeed(data));
  }

  handle(event: RunEvent): void {
    switch (event.type) {
      case 'phase_progress':
        return this.#file.progress(event.current, event.total);
      case 'phase_finished':
        return this.#file.completePhase(event.phase);
      case 'workflow_failed':
        return this.#file.addFailedWorkflow(event.failure);
      case 'problem':
        return this.#file.addError(event.problem, event.filename);
      default:
        return this.#file.update((data) => this.#apply(data, event));
    }
  }

  #apply(data: Data, event: RunEvent): void {
    switch (event.type) {
      case 'local_models_found':
        data.local_models = event.count;
        break;
      case 'scan_finished':
        applyScan(data, event);
        break;
      case 'model_resolved':
        countResolution(data, event.resolution);
        break;
      case 'downloads_planned':
        data.bytes_total = event.bytesTotal;
        break;
      case 'transfer_started':
        this.#active.set(event.savePath, { filename: event.filename, bytesDone: 0, bytesTotal: event.bytesTotal });
        this.#showTransfers(data);
        break;
      case 'transfer_resumed':
        this.#takeUp(event);
        break;
      case 'transfer_progress':
        this.#active.set(event.transfer.savePath, event.transfer);
        this.#showTransfers(data);
        break;
      case 'transfer_finished':
        this.#finish(data, event.record);
        break;
      default:
    }
  }

  #finish(data: Data, record: DownloadRecord): void {
    const active = this.#active.get(record.savePath ?? '');
    this.#active.delete(record.savePath ?? '');
    if (record.status === 'failed') data.downloads_failed++;
    else if (record.status !== 'skipped') data.downloads_successful++;
    if (active) this.#count(record, active.bytesDone);
    this.#showTransfers(data);
  }

  /** What was here already is done too, and says nothing of the speed. */
  #takeUp({ savePath, fromBytes }: Extract<RunEvent, { type: 'transfer_resumed' }>): void {
    const active = this.#active.get(savePath);
    if (!active) return;
    this.#meter.skip(fromBytes - active.bytesDone);
    this.#active.set(savePath, { ...active, bytesDone: fromBytes });
  }

  #count({ status, bytes }: DownloadRecord, shownBytes: number): void {
    const countedBytes = status === 'failed' || status === 'skipped' ? 0 : bytes;
    this.#finishedBytes += countedBytes;
    if (status !== 'downloaded') this.#meter.skip(countedBytes - shownBytes);
  }

  #showTransfers(data: Data): void {
    const transfers = [...this.#active.values()].map(({ filename, bytesDone, bytesTotal }) => ({
      filename,
      bytes_done: bytesDone,
      bytes_total: bytesTotal,
    }));
    data.downloads = transfers;
    data.current_download = transfers[0]?.filename ?? null;
    data.bytes_done = this.#finishedBytes + transfers.reduce((sum, transfer) => sum + transfer.bytes_done, 0);
    this.#showSpeed(data);
  }

  #showSpeed(data: Data): void {
    this.#meter.note(data.bytes_done, this.#now().getTime());
    data.bytes_per_second = this.#meter.bytesPerSecond();
    data.eta_seconds = secondsLeft(data.bytes_done, data.bytes_total, data.bytes_per_second);
  }
}

function applyScan(data: Data, event: Extract<RunEvent, { type: 'scan_finished' }>): void {
  data.workflows_scanned = event.workflows;
  data.local_models = event.localModels;
  data.missing_models = event.missing.length;
  data.missing_nodes = event.missingNodes.length;
}

const MATCH_COUNTS = {
  civitai: 'civitai_matches',
  huggingface: 'huggingface_matches',
  direct: 'direct_matches',
  local: 'local_matches',
} as const;

/**
 * One that waits for review counts as such, and not for the source that offers it. One that some source could not be asked for is
 * `unchecked`: it may well be there.
 */
function countResolution(data: Data, resolution: Resolution): void {
  if (isRefusedInPlace(resolution)) return; // nothing to review or to find
  if (resolution.accepted && resolution.source !== 'not_found') data[MATCH_COUNTS[resolution.source]]++;
  else if (resolution.source !== 'not_found' || resolution.candidates.length > 0) data.needs_review++;
  else if (resolution.unchecked.length > 0) data.unchecked++;
  else data.not_found++;
}

/** Sets back what a phase counts, before it is done again. */
export function resetCounts(data: Data, phase: 'resolving' | 'downloading'): void {
  if (phase === 'resolving') {
    for (const name of Object.values(MATCH_COUNTS)) data[name] = 0;
    data.not_found = 0;
    data.needs_review = 0;
    data.unchecked = 0;
  }
  Object.assign(data, { downloads_successful: 0, downloads_failed: 0, bytes_done: 0, bytes_total: 0, downloads: [] });
}
