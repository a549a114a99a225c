import { makeCommand } from '../lib/cli/command.ts';
import { WORKFLOW_ARGS } from '../lib/cli/options.ts';
import { runWatchJob } from '../lib/cli/watch-job.ts';

const ARGS = {
  ...WORKFLOW_ARGS,
  yes: { type: 'boolean', description: 'Accept the best candidate at or above the fuzzy threshold too' },
  'include-disabled': { type: 'boolean', description: 'Read muted and bypassed nodes too' },
} as const;

export default makeCommand('watch', ARGS, runWatchJob);
