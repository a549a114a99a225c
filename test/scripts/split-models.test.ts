import { expect, setDefaultTimeout, test } from 'bun:test';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { GraphBuilder } from '../../lib/demo/graph-builder.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox } from '../helpers/sandbox.ts';
import { modelContent, NO_LISTED_MODELS, sha256Of } from './kit.ts';

setDefaultTimeout(30_000);

/** A name that says nothing by itself, as libraries write it. */
const nameOf = (part: number) => `model-0000${part}-of-00003.safetensors`;
const PARTS = [1, 2, 3].map((part) => ({ path: nameOf(part), content: modelContent(`quay ${part}`) }));
const linkOf = (part: number) => `https://huggingface.co/one/quay/resolve/main/${nameOf(part)}`;

/** A machine with some parts in place, and a workflow that names the first and gives links for some. */
async function startWorld(world: { there: readonly number[]; links: readonly number[] }) {
  const hub = await startTestHub({ manager: NO_LISTED_MODELS, huggingface: [{ id: 'one/quay', files: PARTS }] });
  const sandbox = await makeSandbox({ endpoints: hub.endpoints });
  const models = world.links.map((part) => ({ name: nameOf(part), directory: 'loras', url: linkOf(part) }));
  const graph = new GraphBuilder();
  graph.add('LoraLoaderModelOnly', { widgets: { lora_name: nameOf(1) }, models });
  await sandbox.writeWorkflow('split.json', graph.toWorkflow());
  const place = (part: number) => join(sandbox.root, 'models/loras', nameOf(part));
  for (const part of world.there) {
    const content = PARTS[part - 1]?.content;
    if (content !== undefined) await Bun.write(place(part), content.read(0, content.sizeBytes));
  }
  const dispose = async (): Promise<void> => {
    await hub.stop();
    await sandbox[Symbol.asyncDispose]();
  };
  return { sandbox, place, [Symbol.asyncDispose]: dispose };
}

const WORLDS: [title: string, there: number[], links: number[]][] = [
  ['nothing is there', [], [1, 2, 3]],
  ['the named part is there', [1], [1, 2, 3]],
  ['the named part is there, and nobody says where it comes from', [1], [2, 3]],
  ['another part is there', [2], [1, 3]],
];

test.each(WORLDS)('auto fetches what a split model lacks, and nothing else: %s', async (_, there, links) => {
  await using world = await startWorld({ there, links });
  const { sandbox, place } = world;
  const before = there.map((part) => statSync(place(part)).mtimeMs);
  const run = await sandbox.run(['auto']);
  expect(run.exitCode).toBe(0);
  expect([1, 2, 3].map((part) => sha256Of(place(part)))).toEqual(PARTS.map(({ content }) => content.sha256));
  expect(there.map((part) => statSync(place(part)).mtimeMs)).toEqual(before);
});
