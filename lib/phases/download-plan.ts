import type { ProblemReport, Resolution, ResolutionSource } from '../core/model.ts';
import { redactUrl } from '../core/secrets.ts';
import { failureReport } from '../download/failures.ts';
import { occupiedBytes } from '../download/part-names.ts';
import { isPickle } from '../download/plan.ts';
import type { PrepareOptions } from '../download/prepare.ts';
import { prepareDownloads } from '../download/prepare.ts';
import type { VolumeSpace } from '../download/space.ts';

/** One file of a plan, for a person who wants to know beforehand. */
export interface DownloadPlanRow {
  filename: string;
  savePath: string | null;
  action: 'download' | 'link' | 'refuse';
  source: ResolutionSource;
  /** Without secrets; `null` for a file of this machine. */
  downloadUrl: string | null;
  /** The file of this machine that has the bytes already; `null` when they are to be fetched. */
  foundAt: string | null;
  /** `null` while nobody knows it. */
  sizeBytes: number | null;
  /** What an interrupted run has left of it already. */
  heldBytes: number;
  /** `true`: an account is needed; `null`: only trying tells. */
  requiresAuth: boolean | null;
  gated: boolean;
  pickle: boolean;
  license: string | null;
  /** Why it would not be fetched, `null` when it would. */
  problem: ProblemReport | null;
}

/** What a download would do, without doing it. */
export interface DownloadPlan {
  /** In the order of the resolutions. */
  rows: DownloadPlanRow[];
  /** Sum of the known sizes of what would be fetched, in bytes; what is linked is not. */
  bytesTotal: number;
  /** How many of what would be fetched have a size that nobody knows. */
  unknownSizes: number;
  volumes: VolumeSpace[];
}

/**
 * Plans the download of every accepted resolution. Asks no server, and writes no more than the hashes that `findCopy` keeps. Rejects when
 * that does.
 */
export async function planDownloads(input: PrepareOptions & { resolutions: readonly Resolution[] }): Promise<DownloadPlan> {
  const { transfers, refused, misfits, volumes } = await prepareDownloads(input.resolutions, input);
  const rows = new Map<Resolution, DownloadPlanRow>();
  for (const { resolution, sources } of transfers) {
    const [source] = sources;
    rows.set(resolution, source.kind === 'local' ? linkRow(resolution, source.path) : planRow(resolution, 'download', null));
  }
  for (const { resolution, trouble } of [...refused, ...misfits]) {
    rows.set(resolution, planRow(resolution, 'refuse', failureReport(trouble, resolution)));
  }
  const fetched = transfers.filter(({ sources }) => sources[0].kind === 'http');
  return {
    rows: input.resolutions.flatMap((resolution) => rows.get(resolution) ?? []),
    bytesTotal: fetched.reduce((sum, { expected }) => sum + (expected.sizeBytes ?? 0), 0),
    unknownSizes: fetched.filter(({ expected }) => expected.sizeBytes === null).length,
    volumes,
  };
}

/** Nobody is asked for a file that is here: no account is needed, and the place that it would come from says nothing of it. */
function linkRow(resolution: Resolution, foundAt: string): DownloadPlanRow {
  const row = planRow(resolution, 'link', null);
  return { ...row, source: 'local', downloadUrl: null, foundAt, requiresAuth: false, gated: false };
}

function planRow(resolution: Resolution, action: DownloadPlanRow['action'], problem: ProblemReport | null): DownloadPlanRow {
  const { filename, savePath, source, downloadUrl, sizeBytes, requiresAuth, gated, license } = resolution;
  return {
    filename,
    savePath,
    action,
    source,
    downloadUrl: downloadUrl === null ? null : redactUrl(downloadUrl),
    foundAt: null,
    sizeBytes,
    heldBytes: savePath === null ? 0 : occupiedBytes(savePath),
    requiresAuth,
    gated,
    pickle: isPickle(resolution),
    license,
    problem,
  };
}
