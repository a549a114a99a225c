import type { DownloadConfig } from '../core/config.ts';
import type { Emit } from '../core/events.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { DownloadRecord, DownloadStatus, Resolution } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { redactUrl } from '../core/secrets.ts';
import { aria2Engine } from '../download/aria2/engine.ts';
import type { Delivery, DeliveryDeps } from '../download/deliver.ts';
import { deliver } from '../download/deliver.ts';
import { failureReport } from '../download/failures.ts';
import type { FetchPart } from '../download/fetch-part.ts';
import { fetchPart } from '../download/fetch-part.ts';
import { hashFile } from '../download/hash-file.ts';
import { HashPool } from '../download/hash-pool.ts';
import { Lanes } from '../download/lanes.ts';
import { RateLimit } from '../download/pace.ts';
import type { PlannedTransfer, RefusedDownload } from '../download/plan.ts';
import { prepareDownloads } from '../download/prepare.ts';
import type { TransferTuning } from '../download/transfer.ts';
import type { FindCopy } from './find-copy.ts';

/** Progress of one file is told at most this often. */
const PROGRESS_EVERY_MS = 250;

export interface DownloadInput {
  resolutions: Resolution[];
  config: DownloadConfig;
  /** Absolute model folders below which files may be put. */
  allowedRoots: string[];
}

export interface DownloadPhasePorts {
  http: HttpClient;
  ports: Pick<Ports, 'sleep' | 'now'>;
  emit: Emit;
  signal: AbortSignal;
  /** The sha256 of a file on disk, lower-case hex; the file is read when absent. A cache may stand here. */
  hashFile?: (path: string) => Promise<string>;
  /** Looks whether this machine has the bytes of a file already; nobody looks when absent. */
  findCopy?: FindCopy;
  /** For tests. */
  tuning?: TransferTuning;
  /** A limit that other runs share; absent: this run has `config.maxBytesPerSecond` for itself. */
  rate?: RateLimit;
}

/**
 * Fetches every accepted resolution into its place and proves it. Returns one record for each, in their order: failures are records
 * (`failed`, or `skipped` where nothing was tried), so that one dead link never stops the others. Rejects with the signal's reason when it aborts; what has arrived is kept.
 */
export async function runDownload(input: DownloadInput, ports: DownloadPhasePorts): Promise<DownloadRecord[]> {
  const { emit } = ports;
  emit({ type: 'phase_started', phase: 'downloading' });
  const { transfers, refused, misfits } = await prepareDownloads(input.resolutions, { ...input, findCopy: ports.findCopy });
  const records = new Map<Resolution, DownloadRecord>();
  for (const item of [...refused, ...misfits]) {
    const record = refusalRecord(item, misfits.includes(item) ? 'failed' : 'skipped');
    records.set(item.resolution, record);
    if (record.error) emit({ type: 'problem', problem: record.error, filename: record.filename });
  }
  emit({ type: 'downloads_planned', files: transfers.length, bytesTotal: sumSizes(transfers) });
  await fetchAll(transfers, { input, ports, records });
  emit({ type: 'phase_finished', phase: 'downloading' });
  return input.resolutions.flatMap((resolution) => records.get(resolution) ?? []);
}

interface RunContext {
  input: DownloadInput;
  ports: DownloadPhasePorts;
  /** Filled as files come in. */
  records: Map<Resolution, DownloadRecord>;
}

async function fetchAll(transfers: readonly PlannedTransfer[], context: RunContext): Promise<void> {
  const { ports, input } = context;
  const lanes = new Lanes(ports.signal);
  const rate = ports.rate ?? new RateLimit(input.config.maxBytesPerSecond, ports.ports);
  const hashes = new HashPool();
  const waiting = transfers.entries();
  const total = transfers.length;
  let finished = 0;
  const work = async (signal: AbortSignal): Promise<void> => {
    for (const [index, transfer] of waiting) {
      const record = await fetchOne(transfer, { ...context, rate, hashes, signal, place: { index: index + 1, total } });
      context.records.set(transfer.resolution, record);
      if (record.error) ports.emit({ type: 'problem', problem: record.error, filename: record.filename });
      ports.emit({ type: 'transfer_finished', record, index: index + 1, total });
      ports.emit({ type: 'phase_progress', phase: 'downloading', current: ++finished, total });
    }
  };
  for (let lane = 0; lane < Math.min(input.config.maxConcurrent, total); lane++) lanes.start(work);
  await lanes.settle().finally(() => hashes.close());
}

interface FileContext extends RunContext {
  rate: RateLimit;
  hashes: HashPool;
  signal: AbortSignal;
  place: { index: number; total: number };
}

async function fetchOne(transfer: PlannedTransfer, context: FileContext): Promise<DownloadRecord> {
  const { ports, place, signal } = context;
  const { savePath, expected } = transfer;
  signal.throwIfAborted();
  const startedMs = ports.ports.now().getTime();
  ports.emit({ type: 'transfer_started', filename: expected.filename, savePath, ...place, bytesTotal: expected.sizeBytes });
  const delivery = await deliver(transfer, deliveryDeps(transfer, context));
  return deliveryRecord(transfer, delivery, (ports.ports.now().getTime() - startedMs) / 1000);
}

function deliveryDeps(transfer: PlannedTransfer, context: FileContext): DeliveryDeps {
  const { ports, input, rate, hashes, signal } = context;
  const { expected, savePath } = transfer;
  const { filename } = expected;
  let toldAt = -Infinity;
  return {
    http: ports.http,
    ports: ports.ports,
    rate,
    hashes,
    signal,
    settings: {
      connections: input.config.connectionsPerFile,
      stallMs: input.config.timeoutSeconds * 1000,
      ...ports.tuning,
    },
    hashFile: ports.hashFile ?? ((path) => hashFile(path, signal)),
    fetchPart: chooseEngine(input.config),
    onResume: (fromBytes) => ports.emit({ type: 'transfer_resumed', filename, savePath, fromBytes }),
    onProgress: (bytesDone, bytesTotal) => {
      const now = performance.now();
      if (now - toldAt < PROGRESS_EVERY_MS) return;
      toldAt = now;
      ports.emit({ type: 'transfer_progress', transfer: { filename, savePath, bytesDone, bytesTotal } });
    },
  };
}

/** A daemon knows no limit over several downloads, and each of those at a time gets its share. */
function chooseEngine({ engine, aria2Rpc, maxBytesPerSecond, maxConcurrent }: DownloadConfig): FetchPart {
  if (engine === 'builtin') return fetchPart;
  return aria2Engine({ rpcUrl: aria2Rpc, bytesPerSecond: maxBytesPerSecond === null ? null : maxBytesPerSecond / maxConcurrent });
}

function deliveryRecord({ resolution }: PlannedTransfer, delivery: Delivery, seconds: number): DownloadRecord {
  if (delivery.kind === 'failed') {
    const record = emptyRecord(resolution, 'failed');
    return { ...record, bytes: delivery.heldBytes, seconds, error: failureReport(delivery.trouble, resolution) };
  }
  const { status, bytes, sha256, verified, source } = delivery;
  const record = { ...emptyRecord(resolution, status), bytes, sha256, verified, seconds };
  if (source?.kind === 'http') return { ...record, source: source.origin, downloadUrl: redactUrl(source.url) };
  return source?.kind === 'local' ? { ...record, source: 'local', downloadUrl: null } : record;
}

function refusalRecord({ resolution, trouble }: RefusedDownload, status: 'failed' | 'skipped'): DownloadRecord {
  return { ...emptyRecord(resolution, status), error: failureReport(trouble, resolution) };
}

function emptyRecord(resolution: Resolution, status: DownloadStatus): DownloadRecord {
  const { filename, savePath, source, downloadUrl } = resolution;
  return {
    filename,
    savePath,
    status,
    bytes: 0,
    sha256: null,
    verified: null,
    source,
    downloadUrl: downloadUrl === null ? null : redactUrl(downloadUrl),
    seconds: 0,
    error: null,
  };
}

function sumSizes(transfers: readonly PlannedTransfer[]): number | null {
  let sum = 0;
  for (const { expected } of transfers) {
    if (expected.sizeBytes === null) return null;
    sum += expected.sizeBytes;
  }
  return sum;
}
