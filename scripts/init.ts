import { makeCommand, printJson } from '../lib/cli/command.ts';
import type { Context } from '../lib/cli/context.ts';
import { askForFolders, findInstall, openConfig, thisMachine } from '../lib/cli/context.ts';
import { flag, stringOption } from '../lib/cli/options.ts';
import { detectAll } from '../lib/comfy/detect.ts';
import type { Config } from '../lib/core/config.ts';
import { writeFoundSettings } from '../lib/state/config-file.ts';
import { readConfig } from '../lib/state/config.ts';

const ARGS = { force: { type: 'boolean', description: 'Replace what config.json has' } } as const;

export default makeCommand('init', ARGS, async (context) => {
  const force = flag(context.given, 'force');
  const config = openConfig(context);
  const install = await findInstall(context, { ...config, comfyuiRoot: chooseRoot(context, { config, force }) });
  const others = await detectAll({ machine: thisMachine(context.ports), askServer: () => askForFolders(config, context.ports) });
  const keys = writeFoundSettings(
    context.configPath,
    { comfyuiRoot: install.root, workflowDirectories: install.workflowDirectories },
    { force },
  );
  const also = others.filter((other) => other.root !== install.root);
  if (context.json) {
    printJson(context, {
      command: 'init',
      exit_code: 0,
      config: context.configPath,
      written: keys,
      also_found: also.map((other) => other.root),
    });
    return 0;
  }
  context.report.print(`Found ComfyUI: ${install.root} (${install.foundBy})`);
  for (const other of also)
    context.report.print(`Also found: ${other.root} (${other.foundBy}); choose it with init --force --comfyui-root "${other.root}"`);
  for (const { key, value, kept } of keys)
    context.report.print(`  ${key}: ${JSON.stringify(value)}${kept ? ' (kept as it was; --force replaces it)' : ''}`);
  context.report.print(`Wrote ${context.configPath}`);
  return 0;
});

/** A root that somebody has set stays, and with it its workflows; `--force` takes the one on the command line, or looks anew. */
function chooseRoot(context: Context, { config, force }: { config: Config; force: boolean }): string {
  const onCommandLine = stringOption(context.given, 'comfyui-root') !== undefined;
  if (force) return onCommandLine ? config.comfyuiRoot : 'auto';
  const inFile = readConfig({ path: context.configPath, named: false, env: context.ports.env, home: context.ports.home }).comfyuiRoot;
  return inFile === 'auto' ? config.comfyuiRoot : inFile;
}
