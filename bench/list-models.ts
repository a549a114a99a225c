/** The walk over model files alone, as a process that can be measured: `bun bench/list-models.ts FOLDER`. */
import { listModels } from '../lib/library/walk.ts';

const [root = ''] = process.argv.slice(2);
const index = await listModels({ folders: new Map([['loras', { roots: [root] }]]) });
process.stdout.write(`${index.modelCount}\n`);
