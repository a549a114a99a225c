import { resolve } from 'node:path';

/** The checkout. */
export const PROJECT = resolve(import.meta.dir, '..');
/** The threads' files stand beside a program, under their own names: so the code finds them as it does in the checkout. */
const THREADS = ['lib/download/hash-worker.ts', 'lib/workflow/reading-worker.ts'];

export const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64'] as const;

/** One executable. */
export interface Program {
  /** Its first file: from the checkout, or absolute. */
  entry: string;
  outfile: string;
  /** For which machine; `null` is the one that compiles. */
  target: (typeof TARGETS)[number] | null;
  /** Names in the code and what stands for them: expressions. */
  define?: Record<string, string>;
}

/**
 * Compiles a program with its threads into one executable. Throws when that cannot be done: the runtime for another machine comes over the
 * network.
 *
 * `bytecode` needs `format: 'esm'` (Bun 1.4.5 otherwise makes a program that dies at start), and `splitting` keeps the commands apart, so
 * that only the one that runs is loaded. What lies in the working directory (bunfig.toml, .env) is not the program's to read.
 */
export async function compileProgram({ entry, outfile, target, define = {} }: Program): Promise<void> {
  const result = await Bun.build({
    entrypoints: [entry, ...THREADS].map((file) => resolve(PROJECT, file)),
    root: PROJECT,
    naming: { entry: '[name].[ext]' },
    minify: true,
    bytecode: true,
    splitting: true,
    format: 'esm',
    target: 'bun',
    define,
    compile: { outfile, autoloadBunfig: false, autoloadDotenv: false, ...(target === null ? {} : { target: `bun-${target}` as const }) },
  });
  if (!result.success) throw new AggregateError(result.logs, result.logs.map(String).join('\n'));
}
