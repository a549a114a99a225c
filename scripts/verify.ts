import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { makeCommand, printJson } from '../lib/cli/command.ts';
import type { Context } from '../lib/cli/context.ts';
import { findInstall, openConfig } from '../lib/cli/context.ts';
import { flag, usage } from '../lib/cli/options.ts';
import { renderVerify, VerifyView } from '../lib/cli/verify-view.ts';
import type { ModelFolders } from '../lib/comfy/model-folders.ts';
import { readInstall } from '../lib/comfy/read-install.ts';
import { makeScrub } from '../lib/core/secrets.ts';
import { runVerify, type VerifyResult } from '../lib/phases/verify.ts';
import { writeOutput } from '../lib/state/outputs.ts';
import { toWire } from '../lib/state/wire.ts';

const ARGS = {
  paths: { type: 'positional', required: false, description: 'Model files or folders, instead of all models folders' },
  hash: { type: 'boolean', description: 'Compute sha256 too, and find copies; hashes are kept for the next time' },
} as const;

export default makeCommand('verify', ARGS, async (context) => {
  const paths = context.given.positionals.map((path) => existing(resolve(context.ports.cwd, path)));
  const install = await findInstall(context, openConfig(context));
  const { folders } = await readInstall(install, { env: context.ports.env, home: context.ports.home });
  const result = await check(context, { folders, paths });
  writeOutput(context.state.verify, result.files, makeScrub(context.secrets));
  const exitCode = result.damaged > 0 ? 1 : 0;
  if (context.json) printJson(context, { command: 'verify', exit_code: exitCode, ...describe(result, folders) });
  else show(context, { folders, result });
  return exitCode;
});

function existing(path: string): string {
  if (existsSync(path)) return path;
  throw usage(`There is no ${path}`, 'Give the path of a model file or of a folder with model files');
}

async function check(context: Context, { folders, paths }: { folders: ModelFolders; paths: string[] }): Promise<VerifyResult> {
  const view = new VerifyView(context.terminal, context.ports.now);
  const hashStore = flag(context.given, 'hash') ? context.state.hashes : null;
  try {
    return await runVerify({ folders, paths, hashStore }, context.quiet ? {} : { onProgress: (progress) => view.show(progress) });
  } finally {
    view.end();
  }
}

function describe(result: VerifyResult, folders: ModelFolders): Record<string, unknown> {
  const { files, damaged, misplaced, wastedBytes } = result;
  const problems = [...folders.problems.map(({ path, code, message }) => ({ path, code, reason: message })), ...result.problems];
  return { damaged, misplaced, wasted_bytes: wastedBytes, problems: toWire(problems), files: toWire(files) };
}

function show(context: Context, { folders, result }: { folders: ModelFolders; result: VerifyResult }): void {
  const options = { folders, style: context.style, hashed: flag(context.given, 'hash') };
  if (context.quiet && result.damaged + result.problems.length + folders.problems.length === 0) return;
  for (const line of renderVerify(result, options)) context.terminal.print(line);
}
