import type { DownloadConfig } from '../core/config.ts';
import type { ProblemReport, Resolution, ResolutionSource } from '../core/model.ts';
import { redactUrl } from '../core/secrets.ts';
import { failureReport } from '../download/failures.ts';
import { occupiedBytes } from '../download/part-file.ts';
import type { PlannedSource } from '../download/plan.ts';
import { isPickle } from '../download/plan.ts';
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
  /** Sum of the known sizes of what would be fetched or linked, in bytes. */
  bytesTotal: number;
  /** How many of them have a size that nobody knows. */
  unknownSizes: number;
  volumes: VolumeSpace[];
}

/** Plans the download of every accepted resolution. Asks no server and writes nothing. */
export async function planDownloads(input: {
  resolutions: readonly Resolution[];
  config: Pick<DownloadConfig, 'allowPickle'>;
  allowedRoots: readonly string[];
}): Promise<DownloadPlan> {
  const { transfers, refused, misfits, volumes } = await prepareDownloads(input.resolutions, input);
  const rows = new Map<Resolution, DownloadPlanRow>();
  for (const { resolution, sources } of transfers) rows.set(resolution, planRow(resolution, actionOf(sources[0]), null));
  for (const { resolution, trouble } of [...refused, ...misfits]) {
    rows.set(resolution, planRow(resolution, 'refuse', failureReport(trouble, resolution)));
  }
  return {
    rows: input.resolutions.flatMap((resolution) => rows.get(resolution) ?? []),
    bytesTotal: transfers.reduce((sum, { expected }) => sum + (expected.sizeBytes ?? 0), 0),
    unknownSizes: transfers.filter(({ expected }) => expected.sizeBytes === null).length,
    volumes,
  };
}

function actionOf(source: PlannedSource): 'download' | 'link' {
  return source.kind === 'local' ? 'link' : 'download';
}

function planRow(resolution: Resolution, action: DownloadPlanRow['action'], problem: ProblemReport | null): DownloadPlanRow {
  const { filename, savePath, source, downloadUrl, sizeBytes, requiresAuth, gated, license } = resolution;
  return {
    filename,
    savePath,
    action,
    source,
    downloadUrl: downloadUrl === null ? null : redactUrl(downloadUrl),
    sizeBytes,
    heldBytes: savePath === null ? 0 : occupiedBytes(savePath),
    requiresAuth,
    gated,
    pickle: isPickle(resolution),
    license,
    problem,
  };
}
