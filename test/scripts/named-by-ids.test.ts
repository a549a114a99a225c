import { expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LORA, smallCatalogue } from '../helpers/fixtures.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox } from '../helpers/sandbox.ts';

setDefaultTimeout(30_000);

function loader(value: string) {
  const node = { id: 1, type: 'LoraLoader', pos: [0, 0], mode: 0, inputs: [], outputs: [], properties: {}, widgets_values: [value, 1, 1] };
  return { last_node_id: 1, links: [], version: 0.4, nodes: [node] };
}

test.each([
  ['urn:air:sdxl:lora:civitai:100@1001', 'urn:air:sdxl:lora:civitai:100@1001'],
  ['https://civitai.com/models/100?modelVersionId=1001', 'civitai:100@1001'],
])('%s in a loader is fetched under the name that it has on Civitai, and is in place in a second run', async (value, filename) => {
  await using hub = await startTestHub(smallCatalogue());
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
  await sandbox.writeWorkflow('a.json', loader(value));
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);
  expect(await sandbox.readState('output/downloads.json')).toMatchObject([{ filename, status: 'downloaded', sha256: LORA.sha256 }]);
  const saved = readFileSync(join(sandbox.root, 'models/loras/paper_lantern_style.safetensors'));
  expect(saved.byteLength).toBe(LORA.sizeBytes);
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);
  expect(await sandbox.readState('output/downloads.json')).toMatchObject([{ filename, status: 'already_present' }]);
});
