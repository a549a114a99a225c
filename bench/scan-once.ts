/** The scan phase alone, as a process that can be measured: `bun bench/scan-once.ts WORKFLOWS INSTALL STATE`. */
import { runScan } from '../lib/phases/scan.ts';
import { MemoryStore } from '../lib/state/memory-store.ts';

const [workflows = '', root = '', state = ''] = process.argv.slice(2);
using memory = MemoryStore.open(state, new Date());
const install = { root, sources: root, workflowDirectories: [], foundBy: 'the measurement' };
const ports = { emit: () => undefined, signal: new AbortController().signal, ports: { env: {}, home: root }, memory };
const { required } = await runScan({ paths: [workflows], install, includeDisabled: false }, ports);
process.stdout.write(`${required.length}\n`);
