import type { RunPhase } from '../core/events.ts';
import { type PipelineRequest, runPipeline, writeSummary } from '../phases/pipeline.ts';
import { isComplete, type PipelineResults } from '../phases/results.ts';
import { MemoryStore } from '../state/memory-store.ts';
import type { Status } from '../state/schemas.ts';
import type { RunIdentity } from '../state/status.ts';
import { continueStatus, emptyStatus, readStatus, refusedNames } from '../state/status.ts';
import { toWire } from '../state/wire.ts';
import { printJson } from './command.ts';
import type { Context } from './context.ts';
import { findInstall, findWorkflowPaths, openConfig, openHttp } from './context.ts';
import { renderEnding } from './ending.ts';
import { flag, stringOptions, usage } from './options.ts';
import { canAsk, makeAsk } from './prompts.ts';
import type { Session } from './session.ts';
import { withSession } from './session.ts';

/** A command that runs phases. */
export interface Job {
  from: RunPhase;
  to: RunPhase;
  /** The run that this one goes on with: it works on the same. */
  resumed?: Pick<Status, 'workflow_paths' | 'comfyui_root' | 'include_disabled'>;
}

/** Runs the phases of a job in the state folder, shows them, and gives the exit code that the contract has for the command. */
export function runJob(context: Context, job: Job): Promise<number> {
  return withSession(
    context,
    (run) => beginStatus(context, { job, run }),
    async (session) => {
      context.report.header();
      const request = await makeRequest(context, job);
      noteWork(session, request);
      using memory = MemoryStore.open(context.state.folder, context.ports.now());
      const results = await runPipeline(request, {
        ...session,
        state: context.state,
        ports: context.ports,
        http: openHttp(context, request.config),
        memory,
        ...(asksQuestions(context, job) ? { ask: makeAsk(context.terminal, session.signal) } : {}),
      });
      return endJob(context, { job, request, results, session });
    },
  );
}

/** `resolve` asks on a terminal, unless the command line has said how to decide. */
function asksQuestions({ given, json, quiet, ports, streams }: Context, job: Job): boolean {
  if (job.to !== 'resolving' || flag(given, 'yes') || stringOptions(given, 'pick').length > 0) return false;
  return canAsk({ stdinTTY: process.stdin.isTTY, stdoutTTY: streams.stdout.isTTY, json, quiet, env: ports.env });
}

/** A run that leaves out phases goes on with the numbers of the run that did them. */
function beginStatus(context: Context, { job, run }: { job: Job; run: RunIdentity }): Status {
  const previous = firstPhase(context, job) === 'scanning' ? null : readStatus(context.state.status);
  return previous ? continueStatus(previous, run, firstPhase(context, job)) : emptyStatus(run);
}

/** Workflows on the command line are read first, whatever the command, and `--yes` means that what is open is decided anew. */
function firstPhase({ given }: Context, job: Job): RunPhase {
  if (given.positionals.length > 0) return 'scanning';
  return flag(given, 'yes') && job.from === 'downloading' ? 'resolving' : job.from;
}

async function makeRequest(context: Context, job: Job): Promise<PipelineRequest> {
  const { given } = context;
  const { resumed } = job;
  const opened = openConfig(context);
  const config = opened.comfyuiRoot === 'auto' && resumed?.comfyui_root ? { ...opened, comfyuiRoot: resumed.comfyui_root } : opened;
  const install = await findInstall(context, config);
  return {
    from: firstPhase(context, job),
    to: job.to,
    config,
    install,
    workflowPaths: given.positionals.length === 0 && resumed ? resumed.workflow_paths : findWorkflowPaths(context, { config, install }),
    includeDisabled: flag(given, 'include-disabled') || config.scan.includeDisabled || resumed?.include_disabled === true,
    acceptFuzzy: flag(given, 'yes'),
    picks: parsePicks(stringOptions(given, 'pick')),
    offline: flag(given, 'offline'),
    askAgain: resumed !== undefined,
    dryRun: flag(given, 'dry-run'),
  };
}

/** `NAME=URL_OR_CANDIDATE_NUMBER`; the name ends at the first `=`. */
function parsePicks(picks: readonly string[]): Map<string, string> {
  return new Map(
    picks.map((pick) => {
      const [, name, choice] = /^([^=]+)=(.+)$/.exec(pick) ?? [];
      if (name === undefined || choice === undefined)
        throw usage(`--pick ${pick} is no NAME=CHOICE`, 'Write --pick "model.safetensors=1" or --pick "model.safetensors=https://..."');
      return [name, choice] as const;
    }),
  );
}

/** What `resume` needs to go on with the same work. */
function noteWork(session: Session, request: PipelineRequest): void {
  session.status.describeWork({
    workflow_paths: [...request.workflowPaths],
    comfyui_root: request.install.root,
    include_disabled: request.includeDisabled,
  });
}

interface EndedJob {
  job: Job;
  request: PipelineRequest;
  results: PipelineResults;
  session: Session;
}

function endJob(context: Context, ended: EndedJob): number {
  const { job, request, results, session } = ended;
  const { data, failed_workflows } = session.status.status;
  const wholeRun = job.to === 'downloading' && !request.dryRun;
  if (wholeRun)
    writeSummary(
      results,
      {
        workflows: data.workflows_scanned,
        localModels: data.local_models,
        failures: failed_workflows,
        refused: refusedNames(session.status.status),
      },
      { state: context.state, now: context.ports.now(), scrub: session.scrub },
    );
  const exitCode = exitCodeOf(context, ended);
  const refused = refusedNames(session.status.status).length;
  for (const line of renderEnding({ to: job.to, results, refused, summaryPath: wholeRun ? context.state.summary : null }))
    context.report.print(line);
  if (context.json) printJson(context, jsonResult(context, { ...ended, exitCode }));
  return exitCode;
}

function exitCodeOf(context: Context, { job, request, results, session }: EndedJob): number {
  const refused = refusedNames(session.status.status).length;
  if (job.to === 'scanning')
    return flag(context.given, 'check') && results.missing.length + results.missingNodes.length + refused > 0 ? 1 : 0;
  if (refused > 0) return 1;
  if (job.to === 'resolving' || request.dryRun) return results.resolutions?.every((item) => item.accepted) ? 0 : 1;
  return isComplete(results) ? 0 : 1;
}

function jsonResult(context: Context, ended: EndedJob & { exitCode: number }): Record<string, unknown> {
  const { required, missing, missingNodes, resolutions, downloads, plan } = ended.results;
  const { from, to } = ended.request;
  const { data, errors, failed_workflows } = ended.session.status.status;
  return {
    command: context.command,
    exit_code: ended.exitCode,
    status: data,
    errors,
    failed_workflows,
    ...(from === 'scanning' ? { required_models: toWire(required ?? []) } : {}),
    missing_models: toWire(missing),
    missing_nodes: toWire(missingNodes),
    ...(to === 'scanning' ? {} : { resolutions: toWire(resolutions ?? []) }),
    ...(to === 'downloading' && !plan ? { downloads: toWire(downloads ?? []) } : {}),
    ...(plan ? { plan: toWire(plan) } : {}),
  };
}
