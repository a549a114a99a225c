import type { Emit, RunEvent, TransferProgress } from '../core/events.ts';
import type { DownloadRecord, Resolution } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { RateLimit } from '../download/pace.ts';
import { reportBesideWatch } from '../watch/hints.ts';
import { runDownload } from './download.ts';
import { modelRoots, trustChosenHosts } from './targets.ts';
import type { WatchCopies } from './watch-copies.ts';
import type { WatchWorld } from './watch-world.ts';

export interface TransferPorts {
  ports: Pick<Ports, 'sleep' | 'now'>;
  emit: Emit;
  world: () => WatchWorld;
  copies: WatchCopies;
  /** Bytes have come. */
  onChange: () => void;
}

interface Transfer extends TransferProgress {
  controller: AbortController;
}

/** The downloads that are under way, by the keys of their models. */
export class WatchTransfers {
  readonly #ports: TransferPorts;
  readonly #running = new Map<string, Transfer>();
  #rate: { bytesPerSecond: number | null; limit: RateLimit } | null = null;

  constructor(ports: TransferPorts) {
    this.#ports = ports;
  }

  get running(): ReadonlyMap<string, TransferProgress> {
    return this.#running;
  }

  /** Brings one model into its place. `onRecord` is told of what came of it while it still counts as under way; of one that is ended, never. */
  async fetch(key: string, resolution: Resolution, onRecord: (record: DownloadRecord) => void): Promise<void> {
    const { filename, sizeBytes, savePath } = resolution;
    const controller = new AbortController();
    this.#running.set(key, { controller, savePath: savePath ?? '', filename, bytesDone: 0, bytesTotal: sizeBytes });
    try {
      const record = await this.#download(key, resolution, controller.signal);
      if (record) onRecord(besideWatch(record));
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      this.#running.delete(key);
    }
  }

  /** Ends the download of a model, if there is one. What has arrived is kept. */
  end(key: string, reason: Error): void {
    this.#running.get(key)?.controller.abort(reason);
  }

  async #download(key: string, resolution: Resolution, signal: AbortSignal): Promise<DownloadRecord | undefined> {
    const { ports, copies, world } = this.#ports;
    const { setup, folders } = world();
    const { download } = setup.config;
    const [record] = await runDownload(
      { resolutions: [resolution], config: download, allowedRoots: modelRoots(folders) },
      {
        http: trustChosenHosts(setup.http, [resolution]),
        ports,
        emit: (event) => this.#passOn(key, event),
        signal,
        rate: this.#rateFor(download.maxBytesPerSecond),
        hashFile: (path) => copies.hashFile(path, signal),
        findCopy: (expected) => copies.findCopy(world(), expected, signal),
      },
    );
    return record;
  }

  #passOn(key: string, event: RunEvent): void {
    const { emit, onChange } = this.#ports;
    if (event.type === 'transfer_progress') {
      const transfer = this.#running.get(key);
      if (transfer) Object.assign(transfer, event.transfer);
      onChange();
    } else if (event.type === 'problem') emit({ ...event, problem: reportBesideWatch(event.problem) });
    else if (event.type === 'transfer_finished') emit({ ...event, record: besideWatch(event.record) });
    else if (event.type.startsWith('transfer_')) emit(event);
  }

  /** One limit for all transfers, made anew when it has changed. */
  #rateFor(bytesPerSecond: number | null): RateLimit {
    if (!this.#rate || this.#rate.bytesPerSecond !== bytesPerSecond) {
      this.#rate = { bytesPerSecond, limit: new RateLimit(bytesPerSecond, this.#ports.ports) };
    }
    return this.#rate.limit;
  }
}

function besideWatch(record: DownloadRecord): DownloadRecord {
  return record.error ? { ...record, error: reportBesideWatch(record.error) } : record;
}
