import { describeError } from '../core/error.ts';
import type { TransferProgress } from '../core/events.ts';
import type { DownloadRecord, ProblemReport, Requirement, Resolution } from '../core/model.ts';
import type { QueueItem, WatchQueue } from '../watch/queue.ts';
import { WatchCopies } from './watch-copies.ts';
import { readAccepted, WatchLedger } from './watch-ledger.ts';
import type { OpenItem, ResolverPorts } from './watch-resolve.ts';
import { WatchResolver } from './watch-resolve.ts';
import { WatchTransfers } from './watch-transfers.ts';
import type { WatchWorld } from './watch-world.ts';

/** Models that are looked for in one go: what is wanted more urgently meanwhile waits no longer than for these. */
const BATCH = 24;

/** What becomes of a model that waits. */
export type Stage = 'waiting' | 'resolving' | 'downloading' | 'arriving' | 'review' | 'retry';

export interface WorkPorts extends Omit<ResolverPorts, 'signal' | 'copies'> {
  queue: WatchQueue;
  world: () => WatchWorld;
  requirementOf: (key: string) => Requirement | undefined;
  /** Something has changed that is worth showing. */
  onChange: () => void;
  /** Models were looked up. */
  onResolved: () => void;
  /** A file came into its place, or failed to. */
  onRecord: (key: string, record: DownloadRecord) => void;
}

/** Works off the queue: looks models up, and fetches them, several at a time, the most urgent first. */
export class WatchWork {
  readonly #ports: WorkPorts;
  readonly #ledger: WatchLedger;
  readonly #copies: WatchCopies;
  readonly #resolver: WatchResolver;
  readonly #stop = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #transfers: WatchTransfers;
  readonly #resolving = new Set<string>();
  /** In place as far as we know, until somebody has looked. */
  readonly #arrived = new Set<string>();
  #held: ReadonlySet<string> = new Set();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #serviceProblems: readonly ProblemReport[] = [];

  constructor(ports: WorkPorts) {
    this.#ports = ports;
    this.#ledger = new WatchLedger(ports.queue, ports.ports.now);
    this.#copies = new WatchCopies({ ...ports, signal: this.#stop.signal });
    this.#transfers = new WatchTransfers({ ...ports, copies: this.#copies });
    this.#resolver = new WatchResolver({ ...ports, copies: this.#copies, signal: this.#stop.signal });
  }

  get isResolving(): boolean {
    return this.#resolving.size > 0;
  }

  get transfers(): ReadonlyMap<string, TransferProgress> {
    return this.#transfers.running;
  }

  /** What services said when they could not be asked, of the last time that they were. */
  get serviceProblems(): readonly ProblemReport[] {
    return this.#serviceProblems;
  }

  /** Which keys were fetched so far: to be given to `looked` once somebody has looked for them on disk. */
  get arrived(): readonly string[] {
    return [...this.#arrived];
  }

  stageOf(item: QueueItem): Stage {
    if (this.transfers.has(item.key)) return 'downloading';
    if (this.#held.has(item.key)) return 'arriving';
    if (this.#resolving.has(item.key)) return 'resolving';
    if (item.attempts === 0 || item.dueAtMs <= this.#nowMs()) return 'waiting';
    return item.problem === null ? 'review' : 'retry';
  }

  /** Somebody is copying these into place: they are left alone, and what is under way for them ends. */
  hold(keys: ReadonlySet<string>): void {
    this.#held = keys;
    this.abandon([...keys]);
  }

  /** Nobody needs these any more. What has arrived of them is kept, in case somebody does again. */
  abandon(keys: readonly string[]): void {
    for (const key of keys) this.#transfers.end(key, new Error('no longer needed'));
  }

  /** Somebody has looked: what is still missing of these is tried again later. */
  looked(keys: readonly string[]): void {
    const { foreignUrl } = this.#ports.world();
    for (const key of keys) {
      const item = this.#arrived.delete(key) ? this.#ports.queue.get(key) : undefined;
      const requirement = this.#ports.requirementOf(key);
      if (!item) continue;
      if (foreignUrl !== null && requirement?.state === 'misplaced') this.#noteUnseen(key, { requirement, url: foreignUrl });
      else this.#ledger.setBack(key, { setback: 'trouble', problem: null, resolution: item.resolution });
    }
  }

  /** A ComfyUI on another machine does not see what has come: only its owner can mend that. */
  #noteUnseen(key: string, { requirement, url }: { requirement: Requirement; url: string }): void {
    const problem: ProblemReport = {
      code: 'model_unseen',
      error: 'ComfyUI does not list it',
      details: `${requirement.foundAt ?? requirement.filename} is in place, and the ComfyUI at ${url} has its models elsewhere`,
      hint: 'Share the models folder with that machine, or name the share in its extra_model_paths.yaml, and restart ComfyUI there',
    };
    this.#ports.emit({ type: 'problem', problem, filename: requirement.filename });
    this.#ledger.setBack(key, { setback: 'absent', problem, resolution: null });
  }

  /** Begins what can begin now, and comes back when something is due. */
  kick(): void {
    if (this.#stop.signal.aborted) return;
    this.#startLookup();
    this.#startDownloads();
    this.#setTimer();
    this.#ports.onChange();
  }

  /** Ends everything; resolves when nothing is under way any more. What has arrived is kept. */
  async stop(): Promise<void> {
    const reason = new Error('stopped');
    this.#stop.abort(reason);
    if (this.#timer) clearTimeout(this.#timer);
    for (const key of this.transfers.keys()) this.#transfers.end(key, reason);
    await Promise.all(this.#tasks);
    this.#resolver.close();
    this.#copies[Symbol.dispose]();
  }

  #nowMs(): number {
    return this.#ports.ports.now().getTime();
  }

  #due(): QueueItem[] {
    const nowMs = this.#nowMs();
    const isFree = ({ key }: QueueItem): boolean =>
      !this.#held.has(key) && !this.#arrived.has(key) && !this.transfers.has(key) && !this.#resolving.has(key);
    return this.#ports.queue.list().filter((item) => item.dueAtMs <= nowMs && isFree(item));
  }

  #setTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    const nowMs = this.#nowMs();
    const next = this.#ports.queue.list().reduce((first, { dueAtMs }) => (dueAtMs > nowMs ? Math.min(first, dueAtMs) : first), Infinity);
    this.#timer = next === Infinity ? null : setTimeout(() => this.kick(), Math.min(next - nowMs + 5, 2 ** 30));
  }

  /** Runs a task for some items. One that ends with a surprise sets its items back, so that it is not tried again and again at once. */
  #begin(keys: readonly string[], work: () => Promise<void>): void {
    const task = work()
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) for (const key of keys) this.#surprise(key, error);
      })
      .finally(() => {
        this.#tasks.delete(task);
        this.kick();
      });
    this.#tasks.add(task);
  }

  #surprise(key: string, error: unknown): void {
    const hint = 'It is tried again by itself; report it when this stays';
    const problem = { code: 'internal_error', error: 'Internal error', details: describeError(error), hint };
    this.#ports.emit({ type: 'problem', problem, filename: this.#ports.requirementOf(key)?.filename ?? null });
    this.#ledger.setBack(key, { setback: 'trouble', problem, resolution: null });
  }

  #startLookup(): void {
    if (this.isResolving) return;
    const batch = this.#due()
      .filter((item) => readAccepted(item) === null)
      .slice(0, BATCH);
    const open = batch.flatMap((item): OpenItem[] => {
      const requirement = this.#ports.requirementOf(item.key);
      return requirement ? [{ item, requirement }] : [];
    });
    if (open.length === 0) return;
    const keys = open.map(({ item }) => item.key);
    for (const key of keys) this.#resolving.add(key);
    this.#begin(keys, () => this.#lookUp(open).finally(() => this.#resolving.clear()));
  }

  async #lookUp(open: readonly OpenItem[]): Promise<void> {
    const { resolutions, problems, serviceProblems } = await this.#resolver.lookUp(open, this.#ports.world());
    this.#serviceProblems = serviceProblems;
    for (const [index, { item }] of open.entries()) {
      const resolution = resolutions[index];
      if (resolution) this.#ledger.settle(item, resolution, problems.get(resolution.filename) ?? null);
    }
    this.#ports.onResolved();
  }

  #startDownloads(): void {
    const { maxConcurrent } = this.#ports.world().setup.config.download;
    const busy = new Set<string | null>([...this.transfers.values()].map((transfer) => transfer.savePath));
    for (const item of this.#due()) {
      if (this.transfers.size >= maxConcurrent) return;
      const resolution = readAccepted(item);
      if (!resolution || busy.has(resolution.savePath)) continue;
      busy.add(resolution.savePath);
      this.#startDownload(item.key, resolution);
    }
  }

  #startDownload(key: string, resolution: Resolution): void {
    this.#begin([key], () => this.#transfers.fetch(key, resolution, (record) => this.#noteRecord(key, record)));
  }

  #noteRecord(key: string, record: DownloadRecord): void {
    if (record.status === 'failed' || record.status === 'skipped') this.#ledger.failDownload(key, record);
    else this.#arrived.add(key);
    this.#ports.onRecord(key, record);
  }
}
