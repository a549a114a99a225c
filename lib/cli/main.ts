import type { CommandDef, CommandMeta } from 'citty';
import { renderUsage, runCommand } from 'citty';
import { stripAnsi } from 'consola/utils';
import { describeError, systemErrorCode, ToolkitError } from '../core/error.ts';
import { findNearest } from '../core/nearest.ts';
import type { Ports } from '../core/ports.ts';
import { makeScrub } from '../core/secrets.ts';
import { plainText } from '../core/text.ts';
import { readSecrets } from '../state/secrets.ts';
import type { GivenOptions } from './options.ts';
import { flag, GLOBAL_ARGS, parseStrictly, usage } from './options.ts';
import { createPorts } from './ports.ts';
import { chooseStyle } from './style.ts';
import type { Streams } from './terminal.ts';
import { changeText } from './terminal.ts';
import { describeVersion, VERSION } from './version.ts';

/** A command as `scripts/cli.ts` lists it: its code is loaded when it runs. */
export interface CommandEntry {
  meta: CommandMeta & { name: string; description: string };
  load: () => Promise<CommandDef>;
}

export const PROGRAM = {
  name: 'comfy-fixer',
  version: VERSION,
  description: 'Finds what your ComfyUI workflows need and this machine lacks, and brings it, verified',
};

/** The older tool had its commands as flags; they stay valid. */
const LEGACY_FLAGS: ReadonlySet<string> = new Set(['--auto', '--scan', '--resolve', '--download', '--status', '--resume']);

/** Runs the command that the arguments name. Never throws; returns the exit code. */
export async function main(argv: readonly string[], commands: readonly CommandEntry[], edge = realEdge()): Promise<number> {
  try {
    return await dispatch(argv, { commands, edge });
  } catch (error) {
    return reportFatal(error, { argv, edge });
  }
}

interface Edge {
  ports: Ports;
  streams: Streams;
}

/** This process's streams, which no key of the user passes, whoever wrote the words. A reader that has gone away stops no run. */
function realEdge(): Edge {
  const ports = createPorts();
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (systemErrorCode(error) !== 'EPIPE') throw error;
    });
  }
  return { ports, streams: changeText({ stdout: process.stdout, stderr: process.stderr }, makeScrub(readSecrets(ports))) };
}

async function dispatch(argv: readonly string[], options: { commands: readonly CommandEntry[]; edge: Edge }): Promise<number> {
  const { commands, edge } = options;
  const { name, rest, before } = splitCommand(argv, new Set(commands.map((command) => command.meta.name)));
  if (name === null) return runBare(rest, options);
  const entry = commands.find((command) => command.meta.name === name);
  if (!entry) {
    parseStrictly(before, GLOBAL_ARGS); // a mistyped option makes its value look like the command
    throw unknownCommand(name, commands);
  }
  const command = await entry.load();
  const args = (typeof command.args === 'function' ? await command.args() : await command.args) ?? {};
  const given = parseStrictly(rest, args);
  if (given.values['help']) return showHelp(await renderUsage({ ...command, meta: entry.meta }, { meta: PROGRAM }), edge);
  if (given.values['version']) return showVersion(edge, given);
  const { result } = await runCommand(command, { rawArgs: [...rest], data: { given, ...edge } });
  return typeof result === 'number' ? result : 0;
}

interface SplitCommand {
  name: string | null;
  /** Everything but the command. */
  rest: string[];
  /** What stands before it. */
  before: string[];
}

/** The command may stand before or after the options that every command takes; one of the older flags may stand in its place. */
function splitCommand(argv: readonly string[], names: ReadonlySet<string>): SplitCommand {
  const at = findPositional(argv);
  const word = at === -1 ? null : (argv[at] ?? null);
  const legacy = argv.find((arg) => LEGACY_FLAGS.has(arg));
  if (legacy !== undefined && (word === null || !names.has(word)))
    return { name: legacy.slice(2), rest: argv.filter((arg) => arg !== legacy), before: [] };
  return { name: word, rest: argv.filter((_, position) => position !== at), before: argv.slice(0, Math.max(0, at)) };
}

function findPositional(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at] ?? '';
    if (arg === '--') return -1;
    if (!arg.startsWith('-')) return at;
    if (takesValue(arg)) at++;
  }
  return -1;
}

function takesValue(arg: string): boolean {
  const option = Object.entries(GLOBAL_ARGS).find(([name]) => arg === `--${name}`);
  return option?.[1].type === 'string';
}

async function runBare(rest: readonly string[], options: { commands: readonly CommandEntry[]; edge: Edge }): Promise<number> {
  const given = parseStrictly(rest, GLOBAL_ARGS);
  if (given.values['version']) return showVersion(options.edge, given);
  const subCommands = Object.fromEntries(options.commands.map((entry) => [entry.meta.name, { meta: entry.meta }]));
  const text = await renderUsage({ meta: PROGRAM, args: GLOBAL_ARGS, subCommands });
  if (given.values['help']) return showHelp(text, options.edge);
  if (flag(given, 'json'))
    throw usage('No command is given', `The commands are ${options.commands.map((entry) => entry.meta.name).join(', ')}`);
  options.edge.streams.stderr.write(`${stripAnsi(text)}\n`);
  return 2;
}

function showHelp(text: string, edge: Edge): number {
  const coloured = edge.streams.stdout.isTTY && !edge.ports.env['NO_COLOR'];
  edge.streams.stdout.write(`${coloured ? text : stripAnsi(text)}\n`);
  return 0;
}

function showVersion(edge: Edge, given: GivenOptions): number {
  const words = flag(given, 'verbose') ? describeVersion() : VERSION;
  edge.streams.stdout.write(`${flag(given, 'json') ? JSON.stringify({ version: VERSION, description: words }) : words}\n`);
  return 0;
}

function unknownCommand(name: string, commands: readonly CommandEntry[]): ToolkitError {
  const names = commands.map((command) => command.meta.name);
  const near = findNearest(name, names);
  return usage(`Unknown command "${name}"`, near ? `Did you mean ${near}?` : `The commands are ${names.join(', ')}`);
}

function reportFatal(error: unknown, options: { argv: readonly string[]; edge: Edge }): number {
  const { streams, ports } = options.edge;
  const style = chooseStyle(streams.stderr, ports.env);
  const known = error instanceof ToolkitError;
  if (options.argv.includes('--json')) {
    const report = known
      ? { code: error.code, message: error.message, hint: error.hint }
      : { code: 'internal_error', message: describeError(error), hint: '' };
    streams.stdout.write(`${JSON.stringify({ exit_code: known ? error.exitCode : 2, error: report }, null, 2)}\n`);
  }
  if (!known) {
    streams.stderr.write(`${style.red('✗')} Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 2;
  }
  const message = error.message.split('\n').map(plainText).join('\n');
  streams.stderr.write(`${style.red('✗')} ${message}\n  ${style.dim(`→ ${plainText(error.hint)}`)}\n`);
  return error.exitCode;
}
