#!/usr/bin/env bun
import { run as measureDownload } from './download.ts';
import { run as measureResolve } from './resolve.ts';
import { run as measureScan } from './scan.ts';
import { run as measureStart } from './start.ts';
import { run as measureWatch } from './watch.ts';

/** The measurements: `bun run bench start`, `scan`, `download`, `resolve`, `watch`. */
const BENCHES: ReadonlyMap<string, () => Promise<number>> = new Map([
  ['start', measureStart],
  ['watch', measureWatch],
  ['download', measureDownload],
  ['resolve', measureResolve],
  ['scan', measureScan],
]);

const [name = ''] = process.argv.slice(2);
const measure = BENCHES.get(name);
if (measure) process.exitCode = await measure();
else {
  process.stderr.write(`bun run bench NAME, where NAME is one of: ${[...BENCHES.keys()].join(', ')}\n`);
  process.exitCode = 2;
}
