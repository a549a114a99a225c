import { makeCommand, printJson } from '../lib/cli/command.ts';
import { renderStatus } from '../lib/cli/status-view.ts';
import { currentStatus } from '../lib/phases/status.ts';

export default makeCommand('status', {}, async (context) => {
  const now = context.ports.now();
  const status = currentStatus(context.state, now);
  if (context.json) printJson(context, status);
  else for (const line of renderStatus(status, now)) context.terminal.print(line);
  return 0;
});
