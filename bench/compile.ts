import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dir, '..');

/** Compiles a program of the benches as `scripts/build.ts` compiles the command, with the thread that hashes. Throws when it cannot. */
export async function compileProgram(entry: string, outfile: string): Promise<void> {
  const result = await Bun.build({
    entrypoints: [entry, join(PROJECT, 'lib/download/hash-worker.ts')],
    root: PROJECT,
    naming: { entry: '[name].[ext]' },
    minify: true,
    bytecode: true,
    splitting: true,
    format: 'esm',
    target: 'bun',
    compile: { outfile, autoloadBunfig: false, autoloadDotenv: false },
  });
  if (!result.success) throw new AggregateError(result.logs, result.logs.map(String).join('\n'));
}
