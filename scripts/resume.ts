import { makeCommand, printJson } from '../lib/cli/command.ts';
import type { Context } from '../lib/cli/context.ts';
import { runJob } from '../lib/cli/job.ts';
import { DOWNLOAD_ARGS, flag, WORKFLOW_ARGS } from '../lib/cli/options.ts';
import { isComplete, readResults } from '../lib/phases/results.ts';
import { planResume } from '../lib/phases/resume.ts';
import { currentStatus } from '../lib/phases/status.ts';
import { refusedNames } from '../lib/state/status.ts';

export default makeCommand('resume', { ...WORKFLOW_ARGS, ...DOWNLOAD_ARGS }, async (context) => {
  const status = currentStatus(context.state, context.ports.now());
  const { resolutions, downloads } = readResults(context.state);
  const given = context.given.positionals.length > 0;
  const from = given ? 'scanning' : planResume({ status, resolutions, downloads, acceptFuzzy: flag(context.given, 'yes') });
  if (from === null) return sayNothingLeft(context, refusedNames(status).length);
  const resumed = status.workflow_paths.length > 0 ? { resumed: status } : {};
  return runJob(context, { from, to: 'downloading', ...resumed });
});

function sayNothingLeft(context: Context, refused: number): number {
  const complete = isComplete(readResults(context.state));
  const exitCode = complete && refused === 0 ? 0 : 1;
  context.report.print(
    exitCode === 0 ? '✓ Nothing to resume: every model is in place' : 'Nothing to resume: what is left waits for a decision',
  );
  if (!complete)
    context.report.print('  → Choose with resolve --pick "NAME=NUMBER_OR_URL", or accept the best candidates with resume --yes');
  if (refused > 0) context.report.print('  → Choose the refused models again in their nodes (see status), then run auto');
  if (context.json) printJson(context, { command: 'resume', exit_code: exitCode, nothing_to_resume: true });
  return exitCode;
}
