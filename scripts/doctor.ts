import { makeCommand, printJson } from '../lib/cli/command.ts';
import type { Context } from '../lib/cli/context.ts';
import { findInstall, findWorkflowPaths, openConfig, openHttp } from '../lib/cli/context.ts';
import { WORKFLOW_ARGS } from '../lib/cli/options.ts';
import { askLiveServer, askNamedServer, DEFAULT_COMFYUI_URL } from '../lib/comfy/live-server.ts';
import { readInstall } from '../lib/comfy/read-install.ts';
import type { Config } from '../lib/core/config.ts';
import { ToolkitError } from '../lib/core/error.ts';
import { plainText } from '../lib/core/text.ts';
import type { Finding } from '../lib/phases/doctor.ts';
import { checkBun, checkEndpoints, checkFolders, checkKeys, describeLive, fail, ok } from '../lib/phases/doctor.ts';

export default makeCommand('doctor', WORKFLOW_ARGS, async (context) => {
  const findings = await examine(context);
  const exitCode = findings.some((finding) => finding.level === 'fail') ? 1 : 0;
  if (context.json) printJson(context, { command: 'doctor', exit_code: exitCode, checks: findings });
  else for (const line of findings.flatMap((finding) => render(context, finding))) context.terminal.print(line);
  return exitCode;
});

async function examine(context: Context): Promise<Finding[]> {
  const bun = checkBun(Bun.version);
  const config = attempt('Configuration', () => openConfig(context));
  if ('finding' in config) return [bun, config.finding];
  const where = config.value.path ?? `no ${context.configPath}: the defaults hold`;
  const http = openHttp(context, config.value);
  const signal = AbortSignal.timeout(60_000);
  const [install, endpoints, keys] = await Promise.all([
    examineInstall(context, config.value),
    checkEndpoints(http, { signal, sources: config.value.search.sources }),
    checkKeys(http, { ports: context.ports, signal }),
  ]);
  const { comfyuiUrl } = config.value;
  const ask = comfyuiUrl === null ? askLiveServer : askNamedServer;
  const server = await ask(comfyuiUrl ?? DEFAULT_COMFYUI_URL, context.ports.fetch);
  return [bun, ok('Configuration', where), ...install, ...endpoints, ...keys, describeLive(server, comfyuiUrl)];
}

async function examineInstall(context: Context, config: Config): Promise<Finding[]> {
  const install = await findInstall(context, config).catch((error: unknown) => toFinding('ComfyUI', error));
  if ('check' in install) return [install];
  const paths = attempt('Workflows', () => findWorkflowPaths(context, { config, install }));
  const { folders } = await readInstall(install, { env: context.ports.env, home: context.ports.home });
  return [
    ...checkFolders(install, {
      workflowPaths: 'value' in paths ? paths.value : [],
      modelFolders: [...folders.folders.values()].map((folder) => folder.downloadRoot),
      stateFolder: context.state.folder,
    }),
    ...('finding' in paths ? [paths.finding] : []),
    ...folders.problems.map((problem) => fail('Model paths', problem.message, problem.hint)),
  ];
}

function attempt<T>(check: string, work: () => T): { value: T } | { finding: Finding } {
  try {
    return { value: work() };
  } catch (error) {
    return { finding: toFinding(check, error) };
  }
}

function toFinding(check: string, error: unknown): Finding {
  if (error instanceof ToolkitError) return fail(check, error.message, error.hint);
  throw error;
}

function render(context: Context, { check, level, message, hint }: Finding): string[] {
  const { style, quiet } = context;
  if (quiet && level !== 'fail') return [];
  const mark = level === 'ok' ? style.green('✓') : level === 'note' ? style.dim('-') : style.red('✗');
  const words = message.split('\n').map(plainText).join('\n    ');
  return [`${mark} ${check}: ${words}`, ...(hint === null ? [] : [`    → ${plainText(hint)}`])];
}
