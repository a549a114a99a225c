#!/usr/bin/env bun
import { run as measureStart } from './start.ts';

/** The measurements: `bun run bench start`. */
const BENCHES: ReadonlyMap<string, () => Promise<number>> = new Map([['start', measureStart]]);

const [name = ''] = process.argv.slice(2);
const measure = BENCHES.get(name);
if (measure) process.exitCode = await measure();
else {
  process.stderr.write(`bun run bench NAME, where NAME is one of: ${[...BENCHES.keys()].join(', ')}\n`);
  process.exitCode = 2;
}
