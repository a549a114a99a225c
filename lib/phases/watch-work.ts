import { describeError } from '../core/error.ts';
import type { Emit, RunEvent, TransferProgress } from '../core/events.ts';
import type { DownloadRecord, ProblemReport, Requirement, Resolution } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { RateLimit } from '../download/pace.ts';
import { resolutionSchema } from '../state/schemas.ts';
import { fromWire, toWire } from '../state/wire.ts';
import type { QueueItem, WatchQueue } from '../watch/queue.ts';
import { pauseMs, setbackOf } from '../watch/retry.ts';
import { runDownload } from './download.ts';
import { runResolve } from './resolve.ts';
import { modelRoots, planTarget } from './targets.ts';
import type { WatchWorld } from './watch-world.ts';

/** Models that are looked for in one go: what is wanted more urgently meanwhile waits no longer than for these. */
const BATCH = 24;
/** A link that has failed so often is looked for anew. */
const DOUBTFUL_ATTEMPTS = 3;

/** What becomes of a model that waits. */
export type Stage = 'waiting' | 'resolving' | 'downloading' | 'arriving' | 'review' | 'retry';

export interface WorkPorts {
  queue: WatchQueue;
  world: () => WatchWorld;
  requirementOf: (key: string) => Requirement | undefined;
  /** What earlier runs have decided: a person's choices among it. */
  previous: readonly Resolution[];
  ports: Pick<Ports, 'sleep' | 'now'>;
  emit: Emit;
  /** Something has changed that is worth showing. */
  onChange: () => void;
  /** Models were looked up. */
  onResolved: () => void;
  /** A file came into its place, or failed to. */
  onRecord: (key: string, record: DownloadRecord) => void;
}

interface Transfer extends TransferProgress {
  controller: AbortController;
  savePath: string | null;
}

/** Works off the queue: looks models up, and fetches them, several at a time, the most urgent first. */
export class WatchWork {
  readonly #ports: WorkPorts;
  readonly #stop = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #transfers = new Map<string, Transfer>();
  readonly #resolving = new Set<string>();
  /** In place as far as we know, until somebody has looked. */
  readonly #arrived = new Set<string>();
  #held: ReadonlySet<string> = new Set();
  #rate: { bytesPerSecond: number | null; limit: RateLimit } | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** What services said when they could not be asked, of the last time that they were. */
  #serviceProblems: ProblemReport[] = [];

  constructor(ports: WorkPorts) {
    this.#ports = ports;
  }

  get isResolving(): boolean {
    return this.#resolving.size > 0;
  }

  get transfers(): ReadonlyMap<string, TransferProgress> {
    return this.#transfers;
  }

  get serviceProblems(): readonly ProblemReport[] {
    return this.#serviceProblems;
  }

  stageOf(item: QueueItem): Stage {
    if (this.#transfers.has(item.key)) return 'downloading';
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
    for (const key of keys) this.#transfers.get(key)?.controller.abort(new Error('no longer needed'));
  }

  /** Which keys were fetched so far: to be given to `looked` once somebody has looked for them on disk. */
  get arrived(): readonly string[] {
    return [...this.#arrived];
  }

  /** Somebody has looked: what is still missing of these is due again. */
  looked(keys: readonly string[]): void {
    for (const key of keys) {
      if (!this.#arrived.delete(key)) continue;
      const item = this.#ports.queue.get(key);
      if (item) this.#setBack(item, { problem: null, resolution: item.resolution, setback: 'trouble' });
    }
  }

  /** Begins what can begin now, and comes back when something is due. */
  kick(): void {
    if (this.#stop.signal.aborted) return;
    this.#startResolving();
    this.#startDownloads();
    this.#setTimer();
    this.#ports.onChange();
  }

  /** Ends everything; resolves when nothing is under way any more. What has arrived is kept. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    if (this.#timer) clearTimeout(this.#timer);
    for (const { controller } of this.#transfers.values()) controller.abort(this.#stop.signal.reason);
    await Promise.all(this.#tasks);
  }

  #nowMs(): number {
    return this.#ports.ports.now().getTime();
  }

  #due(): QueueItem[] {
    const nowMs = this.#nowMs();
    const isFree = ({ key }: QueueItem): boolean =>
      !this.#held.has(key) && !this.#arrived.has(key) && !this.#transfers.has(key) && !this.#resolving.has(key);
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
    const problem = {
      code: 'internal_error',
      error: 'Internal error',
      details: describeError(error),
      hint: 'It is tried again by itself; report it when this stays',
    };
    this.#ports.emit({ type: 'problem', problem, filename: this.#ports.requirementOf(key)?.filename ?? null });
    const item = this.#ports.queue.get(key);
    if (item) this.#setBack(item, { problem, resolution: null, setback: 'trouble' });
  }

  #startResolving(): void {
    if (this.isResolving) return;
    const batch = this.#due()
      .filter((item) => readAccepted(item) === null)
      .slice(0, BATCH);
    const found = batch.flatMap((item) => {
      const requirement = this.#ports.requirementOf(item.key);
      return requirement ? [{ item, requirement }] : [];
    });
    if (found.length === 0) return;
    for (const { item } of found) this.#resolving.add(item.key);
    const keys = found.map(({ item }) => item.key);
    this.#begin(keys, () => this.#resolve(found).finally(() => this.#resolving.clear()));
  }

  async #resolve(found: readonly { item: QueueItem; requirement: Requirement }[]): Promise<void> {
    const { setup, folders } = this.#ports.world();
    const problems = new Map<string, ProblemReport>();
    const services: ProblemReport[] = [];
    const emit = (event: RunEvent): void => {
      if (event.type === 'model_resolved') this.#ports.emit(event);
      if (event.type !== 'problem') return;
      this.#ports.emit(event);
      if (event.filename === null) services.push(event.problem);
      else problems.set(event.filename, event.problem);
    };
    const resolutions = await runResolve(
      {
        missing: found.map(({ requirement }) => requirement),
        search: setup.config.search,
        overrides: setup.config.overrides,
        picks: new Map(),
        acceptFuzzy: setup.acceptFuzzy,
        planTarget: (directory, subfolder, filename) => planTarget(folders, { directory, subfolder, filename }),
        previous: this.#ports.previous,
      },
      { http: setup.http, ports: this.#ports.ports, emit, signal: this.#stop.signal },
    );
    this.#serviceProblems = services;
    for (const [index, resolution] of resolutions.entries()) {
      const asked = found[index]?.item;
      const item = asked && this.#ports.queue.get(asked.key);
      if (item && item.facts === asked.facts) this.#settle(item, resolution, problems.get(resolution.filename) ?? null);
    }
    this.#ports.onResolved();
  }

  #settle(item: QueueItem, resolution: Resolution, problem: ProblemReport | null): void {
    const text = JSON.stringify(toWire(resolution));
    if (resolution.accepted) {
      this.#ports.queue.change(item.key, { resolution: text, problem: null, dueAtMs: this.#nowMs() });
      return;
    }
    const setback = resolution.unchecked.length > 0 ? 'trouble' : 'absent';
    this.#setBack(item, { problem: problem ?? describeUnchecked(resolution), resolution: text, setback });
  }

  #setBack(
    item: QueueItem,
    why: { problem: ProblemReport | null; resolution: string | null; setback: Parameters<typeof pauseMs>[0] },
  ): void {
    const attempts = item.attempts + 1;
    this.#ports.queue.change(item.key, {
      attempts,
      dueAtMs: this.#nowMs() + pauseMs(why.setback, attempts),
      resolution: why.resolution,
      problem: why.problem && JSON.stringify(why.problem),
    });
  }

  #startDownloads(): void {
    const { maxConcurrent } = this.#ports.world().setup.config.download;
    const busy = new Set([...this.#transfers.values()].map((transfer) => transfer.savePath));
    for (const item of this.#due()) {
      if (this.#transfers.size >= maxConcurrent) return;
      const resolution = readAccepted(item);
      if (!resolution || busy.has(resolution.savePath)) continue;
      busy.add(resolution.savePath);
      this.#startDownload(item, resolution);
    }
  }

  #startDownload(item: QueueItem, resolution: Resolution): void {
    const { filename, sizeBytes, savePath } = resolution;
    const controller = new AbortController();
    this.#transfers.set(item.key, { controller, savePath, filename, bytesDone: 0, bytesTotal: sizeBytes });
    this.#begin([item.key], () =>
      this.#download(item, resolution, controller)
        .catch((error: unknown) => {
          if (!controller.signal.aborted) throw error;
        })
        .finally(() => this.#transfers.delete(item.key)),
    );
  }

  async #download(item: QueueItem, resolution: Resolution, { signal }: AbortController): Promise<void> {
    const { setup, folders } = this.#ports.world();
    const emit = (event: RunEvent): void => this.#passOn(item.key, event);
    const [record] = await runDownload(
      { resolutions: [resolution], config: setup.config.download, allowedRoots: modelRoots(folders), dryRun: false },
      { http: setup.http, ports: this.#ports.ports, emit, signal, rate: this.#rateFor(setup.config.download.maxBytesPerSecond) },
    );
    if (!record) return;
    if (record.status === 'failed' || record.status === 'skipped') this.#failDownload(item.key, record);
    else this.#arrived.add(item.key);
    this.#ports.onRecord(item.key, record);
  }

  #failDownload(key: string, { error }: DownloadRecord): void {
    const item = this.#ports.queue.get(key);
    if (!item) return;
    const setback = setbackOf(error?.code ?? '');
    const isDoubtful = setback === 'refused' || item.attempts + 1 >= DOUBTFUL_ATTEMPTS;
    this.#setBack(item, { problem: error, resolution: isDoubtful ? null : item.resolution, setback });
  }

  #passOn(key: string, event: RunEvent): void {
    if (event.type === 'transfer_progress') {
      const transfer = this.#transfers.get(key);
      if (transfer) Object.assign(transfer, event.transfer);
      this.#ports.onChange();
    } else if (event.type === 'transfer_started' || event.type === 'transfer_resumed' || event.type === 'transfer_finished') {
      this.#ports.emit(event);
    } else if (event.type === 'problem') this.#ports.emit(event);
  }

  /** One limit for all transfers, made anew when it has changed. */
  #rateFor(bytesPerSecond: number | null): RateLimit {
    if (this.#rate?.bytesPerSecond !== bytesPerSecond || !this.#rate) {
      this.#rate = { bytesPerSecond, limit: new RateLimit(bytesPerSecond, this.#ports.ports) };
    }
    return this.#rate.limit;
  }
}

/** Where an item can be had, `null` when that is not settled. */
function readAccepted(item: QueueItem): Resolution | null {
  const resolution = readResolution(item);
  return resolution?.accepted ? resolution : null;
}

const parsed = new WeakMap<QueueItem, Resolution | null>();

/** What was found out about an item, `null` when nobody has looked, or when what the file says of it is none of ours. */
export function readResolution(item: QueueItem): Resolution | null {
  const known = parsed.get(item);
  if (known !== undefined) return known;
  const resolution = item.resolution === null ? null : parseResolution(item.resolution);
  parsed.set(item, resolution);
  return resolution;
}

function parseResolution(text: string): Resolution | null {
  try {
    return fromWire<Resolution>(resolutionSchema.parse(JSON.parse(text)));
  } catch {
    return null;
  }
}

function describeUnchecked({ filename, unchecked }: Resolution): ProblemReport | null {
  const [first] = unchecked;
  if (!first) return null;
  return {
    code: first.code,
    error: first.message,
    details: `${filename}: ${unchecked.map(({ source }) => source).join(', ')} could not be asked`,
    hint: 'It is asked again by itself; check the network when this stays',
  };
}
