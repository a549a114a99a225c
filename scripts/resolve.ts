import { makeCommand } from '../lib/cli/command.ts';
import { runJob } from '../lib/cli/job.ts';
import { WORKFLOW_ARGS } from '../lib/cli/options.ts';

const ARGS = {
  ...WORKFLOW_ARGS,
  pick: { type: 'string', valueHint: 'NAME=CHOICE', description: "Settle a model by a URL or by a candidate's number; repeatable" },
  offline: { type: 'boolean', description: 'Use what earlier runs have learnt, and ask nobody' },
  yes: { type: 'boolean', description: 'Accept the best candidate at or above the fuzzy threshold too' },
} as const;

export default makeCommand('resolve', ARGS, (context) => runJob(context, { from: 'resolving', to: 'resolving' }));
