import type { DownloadConfig } from '../core/config.ts';
import { ToolkitError } from '../core/error.ts';
import type { Resolution } from '../core/model.ts';
import { HashStore } from '../library/hash-store.ts';
import { writeOutput } from '../state/outputs.ts';
import type { DownloadPlan } from './download-plan.ts';
import { planDownloads } from './download-plan.ts';
import { runDownload } from './download.ts';
import type { FindCopy } from './find-copy.ts';
import { makeFindCopy } from './find-copy.ts';
import type { PipelineJob } from './pipeline.ts';
import { modelRoots, trustChosenHosts } from './targets.ts';

/** What a download would fetch. Throws as `download` does. */
export async function planOnly(job: PipelineJob): Promise<DownloadPlan> {
  using hashes = HashStore.open(job.ports.state.hashes);
  return await planDownloads({ ...(await downloadInput(job)), findCopy: await copyFinder(job, hashes) });
}

/** Fetches the accepted resolutions. Throws `ToolkitError` `resolve_missing` when nothing was resolved. */
export async function download(job: PipelineJob): Promise<void> {
  const input = await downloadInput(job);
  const http = trustChosenHosts(job.ports.http, input.resolutions);
  const { signal, state } = job.ports;
  using hashes = HashStore.open(state.hashes);
  const hashFile = (path: string): Promise<string> => hashes.sha256Of(path, { signal });
  const findCopy = await copyFinder(job, hashes);
  job.results.downloads = await runDownload(input, { ...job.ports, http, hashFile, findCopy });
  writeOutput(job.ports.state.downloads, job.results.downloads, job.ports.scrub);
}

async function copyFinder({ ports: { ports, signal }, read }: PipelineJob, hashes: HashStore): Promise<FindCopy> {
  const { folders } = await read();
  return makeFindCopy({ folders, env: ports.env, home: ports.home, hashes, signal });
}

async function downloadInput({ request, ports, results, read }: PipelineJob): Promise<{
  resolutions: Resolution[];
  config: DownloadConfig;
  allowedRoots: string[];
}> {
  const { resolutions } = results;
  if (!resolutions)
    throw new ToolkitError('resolve_missing', `There is no ${ports.state.resolutions}`, 'Run resolve first, or auto for the whole job');
  return { resolutions, config: request.config.download, allowedRoots: modelRoots((await read()).folders) };
}
