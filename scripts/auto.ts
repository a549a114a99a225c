import { makeCommand } from '../lib/cli/command.ts';
import { runJob } from '../lib/cli/job.ts';
import { DOWNLOAD_ARGS, WORKFLOW_ARGS } from '../lib/cli/options.ts';

export default makeCommand('auto', { ...WORKFLOW_ARGS, ...DOWNLOAD_ARGS }, (context) =>
  runJob(context, { from: 'scanning', to: 'downloading' }),
);
