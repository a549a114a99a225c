import { parseArgs } from 'node:util';
import type { ArgsDef } from 'citty';
import { ToolkitError } from '../core/error.ts';
import { findNearest } from '../core/nearest.ts';

/** Options that every command takes. */
export const GLOBAL_ARGS = {
  config: { type: 'string', valueHint: 'FILE', description: 'Configuration file (default: config.json in the working directory)' },
  'state-dir': {
    type: 'string',
    valueHint: 'DIR',
    description: "Folder for status.json, output and log (default: the configuration file's)",
  },
  'comfyui-root': { type: 'string', valueHint: 'DIR', description: 'Folder of ComfyUI' },
  json: { type: 'boolean', description: 'Print JSON only on stdout' },
  quiet: { type: 'boolean', description: 'Print only what went wrong' },
  verbose: { type: 'boolean', description: 'Print what is done in detail' },
  help: { type: 'boolean', alias: 'h', description: 'Show this help' },
  version: { type: 'boolean', description: 'Show the version' },
} as const satisfies ArgsDef;

/** Positional arguments of the commands that read workflows. */
export const WORKFLOW_ARGS = {
  workflows: {
    type: 'positional',
    required: false,
    description: 'Workflow files or folders, instead of workflow_directories',
  },
} as const satisfies ArgsDef;

/** Options of the commands that download. */
export const DOWNLOAD_ARGS = {
  'dry-run': { type: 'boolean', description: 'Show what would be downloaded, and download nothing' },
  yes: { type: 'boolean', description: 'Accept the best candidate at or above the fuzzy threshold too' },
} as const satisfies ArgsDef;

/** The options as a command gets them. */
export interface GivenOptions {
  values: Readonly<Record<string, string | boolean | string[] | undefined>>;
  positionals: string[];
}

/**
 * Parses strictly: an unknown flag, a flag without its value and a positional where none belongs are `ToolkitError` `usage`, which names
 * the nearest flag there is. A string option may be given several times; all its values are kept, in order.
 */
export function parseStrictly(rawArgs: readonly string[], args: ArgsDef): GivenOptions {
  try {
    const { values, positionals } = parseArgs({ args: [...rawArgs], options: toNodeOptions(args), strict: true, allowPositionals: true });
    const allowsPositionals = Object.values(args).some((arg) => arg.type === 'positional');
    if (positionals.length > 0 && !allowsPositionals)
      throw usage(`Unexpected argument "${positionals[0]}"`, 'Take it out; --help shows what the command takes');
    return { values: { ...values }, positionals };
  } catch (error) {
    throw error instanceof ToolkitError ? error : usageError(error, { rawArgs, args });
  }
}

/** The value of a string option, the last one given; `undefined` when it is absent. */
export function stringOption(given: GivenOptions, name: string): string | undefined {
  const value = given.values[name];
  return Array.isArray(value) ? value.at(-1) : typeof value === 'string' ? value : undefined;
}

/** All values of a string option. */
export function stringOptions(given: GivenOptions, name: string): string[] {
  const value = given.values[name];
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
}

export function flag(given: GivenOptions, name: string): boolean {
  return given.values[name] === true;
}

type NodeOption = { type: 'boolean' } | { type: 'boolean'; short: string } | { type: 'string'; multiple: true };

function toNodeOptions(args: ArgsDef): Record<string, NodeOption> {
  const options: Record<string, NodeOption> = {};
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === 'positional') continue;
    if (arg.type === 'string') options[name] = { type: 'string', multiple: true };
    else options[name] = 'alias' in arg && typeof arg.alias === 'string' ? { type: 'boolean', short: arg.alias } : { type: 'boolean' };
  }
  return options;
}

function usageError(error: unknown, given: { rawArgs: readonly string[]; args: ArgsDef }): ToolkitError {
  const names = Object.entries(given.args).flatMap(([name, arg]) => (arg.type === 'positional' ? [] : [name]));
  const unknown = given.rawArgs.find((arg) => arg.startsWith('--') && arg !== '--' && !names.includes(flagName(arg)));
  if (unknown !== undefined) return unknownFlag(unknown, names);
  const words = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return usage(words.replace(/ To specify .*$/, ''), 'Run the command with --help to see what it takes');
}

function unknownFlag(written: string, names: readonly string[]): ToolkitError {
  const near = findNearest(flagName(written), names);
  const hint = near ? `Did you mean --${near}? --help shows all options` : 'Run the command with --help to see all options';
  return usage(`Unknown option --${flagName(written)}`, hint);
}

function flagName(arg: string): string {
  return arg.replace(/^--/, '').replace(/=.*$/, '');
}

export function usage(message: string, hint: string): ToolkitError {
  return new ToolkitError('usage', message, hint);
}
