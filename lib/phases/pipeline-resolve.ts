import { ToolkitError } from '../core/error.ts';
import { writeOutput } from '../state/outputs.ts';
import type { PipelineJob } from './pipeline.ts';
import { refuseUnknownPicks } from './resolve-choice.ts';
import { ResolveMachine } from './resolve-machine.ts';
import { runResolve } from './resolve.ts';
import { planTarget } from './targets.ts';

/** Resolves what the last scan has found missing. Throws `ToolkitError` `scan_missing` when there was none. */
export async function resolve({ request, ports, results, read }: PipelineJob): Promise<void> {
  if (!results.required)
    throw new ToolkitError('scan_missing', `There is no ${ports.state.missingModels}`, 'Run scan first, or auto for the whole job');
  const { config, install, acceptFuzzy, picks, offline, askAgain } = request;
  refuseUnknownPicks(picks, results.missing);
  const { folders } = await read();
  const readsTemplates = results.missing.length > 0 && config.search.sources.includes('catalog');
  using machine = await ResolveMachine.open({ ...ports, install, folders, readsTemplates });
  results.resolutions = await runResolve(
    {
      missing: results.missing,
      search: config.search,
      overrides: config.overrides,
      picks,
      acceptFuzzy,
      offline,
      askAgain,
      planTarget: (directory, subfolder, filename) => planTarget(folders, { directory, subfolder, filename }),
      previous: results.resolutions ?? [],
    },
    { ...ports, ...machine.ports },
  );
  writeOutput(ports.state.resolutions, results.resolutions, ports.scrub);
}
