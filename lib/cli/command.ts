import type { ArgsDef, CommandDef } from 'citty';
import { defineCommand } from 'citty';
import type { Ports } from '../core/ports.ts';
import type { Context } from './context.ts';
import { openContext } from './context.ts';
import type { GivenOptions } from './options.ts';
import { GLOBAL_ARGS } from './options.ts';
import type { Streams } from './terminal.ts';

/** What `main` hands to a command: the arguments, parsed strictly, and the outside world. */
export interface CommandData {
  given: GivenOptions;
  ports: Ports;
  streams: Streams;
}

/** A command with the options that all have. `run` returns the exit code. */
export function makeCommand(name: string, args: ArgsDef, run: (context: Context) => Promise<number>): CommandDef {
  const all: ArgsDef = { ...args, ...GLOBAL_ARGS };
  return defineCommand({
    args: all,
    run: ({ data }) => {
      const { given, ports, streams } = data as CommandData;
      return run(openContext(name, given, { ports, streams }));
    },
  });
}

/** Prints the JSON that `--json` promises: one object, on stdout. */
export function printJson(context: Context, value: unknown): void {
  context.streams.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
