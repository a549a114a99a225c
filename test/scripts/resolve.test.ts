import { expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GraphBuilder } from '../../lib/demo/graph-builder.ts';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import { type Content, readPieces } from '../../lib/hub/content.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { modelContent, NO_LISTED_MODELS, type NamedModel, sha256Of, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const [ONE, TWO, OTHER] = [modelContent('quay_one'), modelContent('quay_two'), modelContent('quay_other')];
const LINK = 'https://huggingface.co/Comfy-Org/quay/resolve/main/loras/';

const QUAY: HubCatalogue = {
  manager: NO_LISTED_MODELS,
  huggingface: [
    {
      id: 'Comfy-Org/quay',
      files: [
        { path: 'loras/quay_one.safetensors', content: ONE },
        { path: 'loras/quay_two.safetensors', content: TWO },
      ],
    },
    { id: 'somebody/trap', downloads: 4, files: [{ path: 'quay_odd.safetensors', content: OTHER }] },
  ],
};

async function startWorld(catalogue: HubCatalogue, models: readonly NamedModel[]) {
  const hub = await startTestHub(catalogue);
  const sandbox = await makeSandbox({ endpoints: hub.endpoints });
  await sandbox.writeWorkflow('quay.json', workflowWith(models));
  const dispose = async (): Promise<void> => {
    await hub.stop();
    await sandbox[Symbol.asyncDispose]();
  };
  return { hub, sandbox, [Symbol.asyncDispose]: dispose };
}

function lora(name: string, parts: Partial<NamedModel> = {}): NamedModel {
  return { name, directory: 'loras', ...parts };
}

function bytesOf(content: Content): Buffer {
  return Buffer.concat([...readPieces(content)]);
}

interface ResolutionJson {
  filename: string;
  accepted: boolean;
  proof: string | null;
  source: string;
  reason: string;
  found_at: string | null;
  download_url: string | null;
  chosen_by_user: boolean;
  unchecked: { source: string; code: string }[];
}

async function resolutionsOf(sandbox: Sandbox): Promise<ResolutionJson[]> {
  return (await sandbox.readState('output/resolutions.json')) as ResolutionJson[];
}

function decided({ filename, proof, source, download_url }: ResolutionJson): unknown[] {
  return [filename, proof, source, download_url];
}

function writeFileAt(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

test('a second resolve decides the same without one request, and --offline knows what was listed beside it', async () => {
  await using world = await startWorld(QUAY, [lora('quay_one.safetensors')]);
  const { hub, sandbox } = world;
  expect((await sandbox.run(['scan'])).exitCode).toBe(0);
  expect((await sandbox.run(['resolve'])).exitCode).toBe(0);
  const first = await resolutionsOf(sandbox);
  hub.requests.length = 0;
  expect((await sandbox.run(['resolve'])).exitCode).toBe(0);
  expect((await resolutionsOf(sandbox)).map(decided)).toEqual(first.map(decided));
  await sandbox.writeWorkflow('next.json', workflowWith([lora('quay_two.safetensors')]));
  expect((await sandbox.run(['scan'])).exitCode).toBe(0);
  expect((await sandbox.run(['resolve', '--offline'])).exitCode).toBe(0);
  expect((await resolutionsOf(sandbox)).map(({ filename, proof }) => `${filename} ${proof}`)).toEqual([
    'quay_one.safetensors catalog',
    'quay_two.safetensors catalog',
  ]);
  expect(hub.requests).toEqual([]);
});

test('--offline with nothing learnt calls nothing "not found"', async () => {
  await using world = await startWorld(QUAY, [lora('quay_one.safetensors')]);
  const { hub, sandbox } = world;
  await sandbox.run(['scan']);
  const { exitCode, stderr } = await sandbox.run(['resolve', '--offline']);
  expect(exitCode).toBe(1);
  expect(stderr).not.toContain('not found on Civitai');
  const [resolution] = await resolutionsOf(sandbox);
  expect(resolution?.unchecked.map(({ code }) => code)).toContain('offline');
  expect(hub.requests).toEqual([]);
});

test('a --pick for a name that no missing model has is refused, naming the nearest', async () => {
  await using world = await startWorld(QUAY, [lora('quay_one.safetensors')]);
  const { sandbox } = world;
  await sandbox.run(['scan']);
  const { exitCode, stderr } = await sandbox.run(['resolve', '--pick', 'quay_on.safetensors=1']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('quay_on.safetensors');
  expect(stderr).toContain('Did you mean quay_one.safetensors?');
});

test('a choice outlives a scan and other workflows, and auto follows it', async () => {
  await using world = await startWorld(QUAY, [lora('quay_odd.safetensors')]);
  const { sandbox } = world;
  await sandbox.run(['scan']);
  const link = 'https://huggingface.co/somebody/trap/resolve/main/quay_odd.safetensors';
  expect((await sandbox.run(['resolve'])).exitCode).toBe(1);
  expect((await sandbox.run(['resolve', '--pick', `quay_odd.safetensors=${link}`])).exitCode).toBe(0);
  const elsewhere = await sandbox.writeWorkflow('elsewhere.json', workflowWith([lora('quay_one.safetensors')]));
  expect((await sandbox.run(['auto', elsewhere])).exitCode).toBe(0);
  expect((await resolutionsOf(sandbox)).map(({ filename }) => filename)).toEqual(['quay_one.safetensors']);
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);
  expect(await resolutionsOf(sandbox)).toMatchObject([{ filename: 'quay_odd.safetensors', accepted: true, chosen_by_user: true }]);
  expect(sha256Of(join(sandbox.root, 'models/loras/quay_odd.safetensors'))).toBe(OTHER.sha256);
});

test("another workflow's link to a place that nobody knows is a candidate and no more", async () => {
  const link = 'https://huggingface.co/somebody/trap/resolve/main/quay_odd.safetensors';
  await using world = await startWorld(QUAY, [lora('quay_odd.safetensors', { url: link })]);
  const { sandbox } = world;
  await sandbox.run(['scan']);
  const honest = await sandbox.writeWorkflow('honest.json', workflowWith([lora('quay_odd.safetensors')]));
  expect((await sandbox.run(['scan', honest])).exitCode).toBe(0);
  expect((await sandbox.run(['resolve', '--yes'])).exitCode).toBe(1);
  expect((await resolutionsOf(sandbox))[0]).toMatchObject({ accepted: false, proof: 'fuzzy', download_url: link });
});

test('templates of ComfyUI and of packs lead to files of known publishers by one request for each repository', async () => {
  await using world = await startWorld(QUAY, [lora('quay_one.safetensors'), lora('quay_two.safetensors')]);
  const { hub, sandbox } = world;
  const template = (name: string) => JSON.stringify(workflowWith([lora(name, { url: LINK + name })]));
  const site = 'venv/lib/python3.12/site-packages/comfyui_workflow_templates_media_image/templates/quay.json';
  writeFileAt(join(sandbox.root, site), template('quay_one.safetensors'));
  writeFileAt(join(sandbox.root, 'custom_nodes/quay-pack/example_workflows/quay.json'), template('quay_two.safetensors'));
  await sandbox.run(['scan']);
  expect((await sandbox.run(['resolve'])).exitCode).toBe(0);
  expect((await resolutionsOf(sandbox)).map(({ proof }) => proof)).toEqual(['catalog', 'catalog']);
  expect(hub.requests.filter(({ service }) => service === 'huggingface').map(({ method }) => method)).toEqual(['GET']);
});

test("ComfyUI-Manager's own copy of the list of models is read, and the list not fetched", async () => {
  await using world = await startWorld(QUAY, [lora('quay_one.safetensors')]);
  const { hub, sandbox } = world;
  const row = { filename: 'quay_one.safetensors', url: `${LINK}quay_one.safetensors`, type: 'lora', save_path: 'default' };
  writeFileAt(join(sandbox.root, 'custom_nodes/ComfyUI-Manager/model-list.json'), JSON.stringify({ models: [row] }));
  await sandbox.run(['scan']);
  expect((await sandbox.run(['resolve'])).exitCode).toBe(0);
  expect((await resolutionsOf(sandbox))[0]?.reason).toContain('model list');
  expect(hub.requests.map(({ service, method }) => `${service} ${method}`)).toEqual(['huggingface GET']);
});

test("a file with the wanted sha256 in Hugging Face's cache is linked into place and not downloaded", async () => {
  await using world = await startWorld(QUAY, [lora('quay_one.safetensors', { url: `${LINK}quay_one.safetensors`, hash: ONE.sha256 })]);
  const { hub, sandbox } = world;
  const cache = join(sandbox.home, '.cache/huggingface/hub/models--Comfy-Org--quay');
  writeFileAt(join(cache, 'blobs', ONE.sha256), bytesOf(ONE));
  mkdirSync(join(cache, 'snapshots/abc/loras'), { recursive: true });
  symlinkSync(join(cache, 'blobs', ONE.sha256), join(cache, 'snapshots/abc/loras/quay_one.safetensors'));
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);
  expect((await resolutionsOf(sandbox))[0]).toMatchObject({ source: 'local', proof: 'hash', found_at: join(cache, 'blobs', ONE.sha256) });
  expect(sha256Of(join(sandbox.root, 'models/loras/quay_one.safetensors'))).toBe(ONE.sha256);
  expect(hub.requests.filter(({ service }) => service === 'storage')).toEqual([]);
});

test('of a file under the same name elsewhere only the wanted bytes count', async () => {
  await using world = await startWorld(QUAY, [lora('sub/quay_one.safetensors', { hash: ONE.sha256 })]);
  const { sandbox } = world;
  await sandbox.writeModel('loras/a/quay_one.safetensors', bytesOf(OTHER));
  const right = await sandbox.writeModel('loras/b/quay_one.safetensors', bytesOf(ONE));
  await sandbox.run(['scan']);
  expect((await sandbox.run(['resolve'])).exitCode).toBe(0);
  expect((await resolutionsOf(sandbox))[0]).toMatchObject({ source: 'local', proof: 'hash', found_at: right });
});

test("a page of Civitai in the workflow's own note leads to the file of the wanted name there, and to no other", async () => {
  const catalogue: HubCatalogue = {
    manager: NO_LISTED_MODELS,
    civitai: [
      {
        id: 71,
        name: 'Nothing alike',
        type: 'LORA',
        downloads: 3,
        versions: [{ id: 72, name: 'v1', files: [{ id: 73, name: 'quay_odd.safetensors', content: OTHER }] }],
      },
    ],
  };
  await using world = await startWorld(catalogue, []);
  const { sandbox } = world;
  const graph = new GraphBuilder();
  for (const lora_name of ['quay_odd.safetensors', 'quay_even.safetensors']) graph.add('LoraLoaderModelOnly', { widgets: { lora_name } });
  graph.add('Note', { widgets: { text: 'LoRA: urn:air:sdxl:lora:civitai:71@72, see https://civitai.com/models/71/nothing-alike' } });
  await sandbox.writeWorkflow('quay.json', graph.toWorkflow());
  await sandbox.run(['scan']);
  expect((await sandbox.run(['resolve'])).exitCode).toBe(1);
  expect(await resolutionsOf(sandbox)).toMatchObject([
    { filename: 'quay_even.safetensors', accepted: false },
    { filename: 'quay_odd.safetensors', accepted: true, proof: 'link', source: 'civitai' },
  ]);
});
