import { makeCommand } from '../lib/cli/command.ts';
import { runJob } from '../lib/cli/job.ts';
import { WORKFLOW_ARGS } from '../lib/cli/options.ts';

const ARGS = {
  ...WORKFLOW_ARGS,
  check: { type: 'boolean', description: 'Exit with 1 when something is missing' },
  'include-disabled': { type: 'boolean', description: 'Read muted and bypassed nodes too' },
} as const;

export default makeCommand('scan', ARGS, (context) => runJob(context, { from: 'scanning', to: 'scanning' }));
