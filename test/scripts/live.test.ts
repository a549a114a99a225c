import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeGguf } from '../../lib/hub/gguf-file.ts';
import { makeSafetensors } from '../../lib/hub/model-file.ts';
import { type FakeComfyOptions, startFakeComfy } from '../helpers/comfy.ts';
import { LORA as FETCHED, smallCatalogue } from '../helpers/fixtures.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';

setDefaultTimeout(30_000);

interface Need {
  filename: string;
  subfolder: string;
  directory: string | null;
  state: string;
  found_at: string | null;
  refusal?: string;
  references: { node_id: number | string; refused?: true }[];
}

/** A prompt whose nodes each hold one widget. */
function promptOf(widgets: readonly (readonly [nodeType: string, input: string, value: unknown])[]): unknown {
  return Object.fromEntries(widgets.map(([type, input, value], place) => [place + 1, { class_type: type, inputs: { [input]: value } }]));
}

async function scan(sandbox: Sandbox, config: Record<string, unknown> = {}): Promise<{ needs: Need[]; log: string; nodes: unknown }> {
  await sandbox.writeConfig(config);
  const { exitCode, stderr } = await sandbox.run(['scan']);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const log = join(sandbox.stateDir, 'log');
  return {
    needs: (await sandbox.readState('output/required_models.json')) as Need[],
    nodes: await sandbox.readState('output/missing_nodes.json'),
    log: readdirSync(log)
      .map((name) => readFileSync(join(log, name), 'utf8'))
      .join(''),
  };
}

function states(needs: readonly Need[]): string[] {
  return needs.map((need) => `${need.directory}: ${need.subfolder && `${need.subfolder}/`}${need.filename} ${need.state}`);
}

const LORA = makeSafetensors({ sizeBytes: 3000, seed: 1, tensors: 'lora' });
const combo = (...names: string[]): unknown => ['COMBO', { options: names }];

describe('a running ComfyUI that the user named', () => {
  /** The lists of a machine that has other files than this one. */
  const LISTS = {
    loras: ['glow.safetensors', 'style/ink.safetensors'],
    vae: ['night.safetensors'],
    checkpoints: ['base.safetensors'],
    curtains: ['velvet.safetensors'],
    embeddings: ['soft.safetensors'],
  };
  const NODES: NonNullable<FakeComfyOptions['nodes']> = {
    LoraLoader: { required: { model: ['MODEL'], lora_name: [['None', ...LISTS.loras], {}], strength: ['FLOAT', {}] } },
    VAELoader: { required: { vae_name: [[...LISTS.vae, 'taesd']] } },
    Velvet: { required: { cloth: combo(...LISTS.curtains), mode: combo('fast', 'slow') }, optional: { image: 'IMAGE' } },
    OwnFolder: { required: { thing: combo('thing_v1.pth', 'thing_v2.pth') } },
    Remote: { required: { vae_name: ['COMBO', { remote: { route: '/files' } }] } },
  };

  /** Every widget, with what ComfyUI would say of its value: in the list, or "value not in list". */
  const WIDGETS: [nodeType: string, input: string, value: string, inList: boolean, directory: string | null][] = [
    ['LoraLoader', 'lora_name', 'glow.safetensors', true, 'loras'],
    ['LoraLoader', 'lora_name', 'style/ink.safetensors', true, 'loras'],
    ['LoraLoader', 'lora_name', 'ink.safetensors', false, 'loras'],
    ['LoraLoader', 'lora_name', 'lost.safetensors', false, 'loras'],
    ['VAELoader', 'vae_name', 'night.safetensors', true, 'vae'],
    ['VAELoader', 'vae_name', 'day.safetensors', false, 'vae'],
    ['Velvet', 'cloth', 'velvet.safetensors', true, 'curtains'],
    ['Velvet', 'cloth', 'silk.safetensors', false, 'curtains'],
    ['OwnFolder', 'thing', 'thing_v2.pth', true, null],
    ['OwnFolder', 'thing', 'thing_v3.pth', false, null],
    ['Remote', 'vae_name', 'remote_night.safetensors', false, 'vae'],
  ];

  test('decides each widget as its own list does, and tells the folder by it', async () => {
    await using sandbox = await makeSandbox();
    await using comfy = startFakeComfy({ root: '/elsewhere/ComfyUI', nodes: NODES, lists: LISTS });
    for (const [place, [type, input, value]] of WIDGETS.entries())
      await sandbox.writeWorkflow(`w${place}.json`, promptOf([[type, input, value]]));
    const { needs, log } = await scan(sandbox, { comfyui_url: comfy.url });
    const expected = WIDGETS.map(([, , value, inList, directory]) => `${directory}: ${value} ${inList ? 'present' : 'missing'}`);
    expect(states(needs).sort()).toEqual(expected.sort());
    expect(log).toContain('[INFO] comfyui_live: ');
  });

  test('a choice that a node fetches for itself is refused as well where its list does not have it', async () => {
    await using sandbox = await makeSandbox();
    const nodes = { 'RIFE VFI': { required: { ckpt_name: [['rife47.pth', 'rife49.pth']] } } };
    await using comfy = startFakeComfy({ root: '/elsewhere/ComfyUI', nodes: { ...NODES, ...nodes }, lists: LISTS });
    await sandbox.writeWorkflow(
      'w.json',
      promptOf([
        ['RIFE VFI', 'ckpt_name', 'rife49.pth'],
        ['RIFE VFI', 'ckpt_name', 'RIFE99.pth'],
      ]),
    );
    const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(needs.map(({ filename, state, references }) => [filename, state, references[0]?.refused])).toEqual([
      ['RIFE99.pth', 'self_download', true],
      ['rife49.pth', 'self_download', undefined],
    ]);
  });

  test('a file that only this disk has is not where the workflow looks', async () => {
    await using sandbox = await makeSandbox();
    const path = await sandbox.writeModel('loras/here.safetensors', LORA);
    await using comfy = startFakeComfy({ root: '/elsewhere/ComfyUI', nodes: NODES, lists: LISTS });
    await sandbox.writeWorkflow('w.json', promptOf([['LoraLoader', 'lora_name', 'here.safetensors']]));
    const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(needs).toMatchObject([{ state: 'misplaced', found_at: path }]);
  });

  test('a file that it has is not wanted for the node that does not take it', async () => {
    await using sandbox = await makeSandbox();
    const loaders = {
      UnetLoaderGGUF: { required: { unet_name: [['odd.gguf']] } },
      UNETLoader: { required: { unet_name: [['flux.safetensors']] } },
    };
    const lists = { ...LISTS, diffusion_models: ['flux.safetensors'] };
    await using comfy = startFakeComfy({ root: '/elsewhere/ComfyUI', nodes: { ...NODES, ...loaders }, lists });
    const named = promptOf([
      ['UnetLoaderGGUF', 'unet_name', 'odd.gguf'],
      ['UNETLoader', 'unet_name', 'odd.gguf'],
      ['LoraLoader', 'lora_name', './glow.safetensors'],
    ]);
    await sandbox.writeWorkflow('w.json', named);
    const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
    const told = needs.map(({ filename, state, references }) => [filename, state, references.map(({ refused }) => refused)]);
    expect(told).toEqual([
      ['odd.gguf', 'misplaced', [undefined, true]],
      ['glow.safetensors', 'misplaced', [true]],
    ]);
    const { exitCode, stderr } = await sandbox.run(['auto']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('node 2 (UNETLoader) of w.json does not offer "odd.gguf", although the file is there');
    expect(stderr).not.toContain('it lies at');
    const summary = await Bun.file(join(sandbox.stateDir, 'output/summary_report.md')).text();
    expect(summary).toContain('There, and not taken by ComfyUI');
  });

  test('has the nodes that it says it has', async () => {
    await using sandbox = await makeSandbox();
    await using comfy = startFakeComfy({ root: sandbox.root, nodes: { ...NODES, OnlyLive: {} } });
    await sandbox.writeWorkflow(
      'w.json',
      promptOf([
        ['OnlyLive', 'x', 1],
        ['DarkroomLoader', 'x', 1],
        ['LoraLoader', 'strength', 1],
      ]),
    );
    const still = (await scan(sandbox)).nodes;
    expect(still).toMatchObject([{ node_type: 'DarkroomLoader' }, { node_type: 'OnlyLive' }]);
    expect((await scan(sandbox, { comfyui_url: comfy.url })).nodes).toMatchObject([{ node_type: 'DarkroomLoader' }]);
  });

  test('a pack that is there and was not loaded is named', async () => {
    await using sandbox = await makeSandbox();
    await Bun.write(
      join(sandbox.root, 'custom_nodes/late/__init__.py'),
      'class Late:\n    pass\nNODE_CLASS_MAPPINGS = {"LateNode": Late}\n',
    );
    await using comfy = startFakeComfy({ root: sandbox.root, nodes: NODES });
    await sandbox.writeWorkflow('w.json', promptOf([['LateNode', 'x', 1]]));
    expect((await scan(sandbox)).nodes).toEqual([]);
    const { nodes } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(nodes).toMatchObject([{ node_type: 'LateNode', pack: { title: expect.stringContaining('late (installed, not loaded') } }]);
  });

  test('may be a recording of its nodes, and nothing else', async () => {
    await using sandbox = await makeSandbox();
    const info = { LoraLoader: { input: { required: { lora_name: [['here.safetensors']] } } } };
    const answer = (request: Request): Response =>
      new URL(request.url).pathname === '/object_info' ? Response.json(info) : new Response('404: Not Found', { status: 404 });
    using recording = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer });
    const named = ['here.safetensors', 'gone.safetensors'].map((name) => ['LoraLoader', 'lora_name', name] as const);
    await sandbox.writeWorkflow('w.json', promptOf(named));
    const { needs } = await scan(sandbox, { comfyui_url: `http://127.0.0.1:${recording.port}` });
    expect(needs.map(({ filename, state }) => [filename, state])).toEqual([
      ['gone.safetensors', 'missing'],
      ['here.safetensors', 'present'],
    ]);
  });
});

describe('a running ComfyUI with this disk', () => {
  const nodesFor = (...names: string[]): NonNullable<FakeComfyOptions['nodes']> => ({ LoraLoader: { required: { lora_name: [names] } } });
  const naming = (...names: string[]): unknown => promptOf(names.map((name) => ['LoraLoader', 'lora_name', name] as const));

  test('a file that it has not noticed yet is there', async () => {
    await using sandbox = await makeSandbox();
    const path = await sandbox.writeModel('loras/new.safetensors', LORA);
    await sandbox.writeModel('loras/old.safetensors', LORA);
    const lists = { loras: ['old.safetensors'] };
    await using comfy = startFakeComfy({ root: sandbox.root, nodes: nodesFor('old.safetensors'), lists });
    await sandbox.writeWorkflow('w.json', naming('new.safetensors', 'old.safetensors'));
    const { needs, log } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(needs).toMatchObject([{ state: 'present', found_at: path }, { state: 'present' }]);
    expect(log).toContain('new.safetensors is there, and ComfyUI has not noticed it yet');
  });

  test('a file that its folder does not list, and one that its node does not take, are not where the workflow looks', async () => {
    await using sandbox = await makeSandbox();
    await sandbox.writeModel('loras/odd.gguf', makeGguf({ sizeBytes: 3000, seed: 1 }));
    await sandbox.writeModel('loras/left-out.safetensors', LORA);
    await using comfy = startFakeComfy({ root: sandbox.root, nodes: nodesFor('other.safetensors') });
    await sandbox.writeWorkflow('w.json', naming('odd.gguf', 'left-out.safetensors'));
    const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(needs.map((need) => [need.filename, need.state])).toEqual([
      ['left-out.safetensors', 'misplaced'],
      ['odd.gguf', 'misplaced'],
    ]);
  });

  test('the files of the install say which endings are listed where an older ComfyUI does not', async () => {
    await using sandbox = await makeSandbox();
    const nodes = nodesFor('old.safetensors');
    const tellsEndings = false;
    await sandbox.writeModel('loras/odd.gguf', makeGguf({ sizeBytes: 3000, seed: 1 }));
    await sandbox.writeModel('loras/new.safetensors', LORA);
    await using comfy = startFakeComfy({ root: sandbox.root, nodes, tellsEndings, lists: { loras: ['old.safetensors'] } });
    await sandbox.writeWorkflow('w.json', naming('odd.gguf', 'new.safetensors'));
    const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(needs.map((need) => [need.filename, need.state, need.refusal !== undefined])).toEqual([
      ['new.safetensors', 'present', false],
      ['odd.gguf', 'misplaced', true],
    ]);
  });

  test('a file of an ending that its node offers, and its folder does not list, has not been noticed yet', async () => {
    await using sandbox = await makeSandbox();
    await sandbox.writeModel('loras/new.gguf', makeGguf({ sizeBytes: 3000, seed: 1 }));
    await using comfy = startFakeComfy({ root: sandbox.root, nodes: nodesFor('old.gguf') });
    await sandbox.writeWorkflow('w.json', naming('new.gguf'));
    const { needs, log } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(needs).toMatchObject([{ state: 'present' }]);
    expect(log).toContain('new.gguf is there, and ComfyUI has not noticed it yet');
  });

  test('a file without an ending, and another spelling of one that is offered, are nothing that it has yet to notice', async () => {
    await using sandbox = await makeSandbox();
    const nodes = { ...nodesFor('None', 'old.safetensors'), UnetLoaderGGUF: { required: { unet_name: [['flux.gguf']] } } };
    await sandbox.writeModel('loras/plain', LORA);
    await sandbox.writeModel('diffusion_models/flux.gguf', makeGguf({ sizeBytes: 3000, seed: 1 }));
    await using comfy = startFakeComfy({ root: sandbox.root, nodes });
    const named = promptOf([
      ['LoraLoader', 'lora_name', 'plain'],
      ['UnetLoaderGGUF', 'unet_name', './flux.gguf'],
    ]);
    await sandbox.writeWorkflow('w.json', named);
    const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(needs.map((need) => [need.filename, need.state, need.refusal !== undefined])).toEqual([
      ['flux.gguf', 'misplaced', true],
      ['plain', 'misplaced', true],
    ]);
  });

  test('a file in its place that a node does not take is told with the node, and no run fetches or links anything for it', async () => {
    await using sandbox = await makeSandbox();
    const path = await sandbox.writeModel('loras/odd.gguf', makeGguf({ sizeBytes: 3000, seed: 1 }));
    const all = ['odd.gguf', 'other.safetensors'];
    const nodes = { ...nodesFor('other.safetensors'), GgufLoader: { required: { lora_name: [all] } } };
    await using comfy = startFakeComfy({ root: sandbox.root, nodes, lists: { loras: all } });
    const both = promptOf([
      ['GgufLoader', 'lora_name', 'odd.gguf'],
      ['LoraLoader', 'lora_name', 'odd.gguf'],
    ]);
    await sandbox.writeWorkflow('w.json', both);
    const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
    const refusal = 'node 2 (LoraLoader) of w.json does not offer "odd.gguf", although the file is there';
    expect(needs).toMatchObject([{ state: 'misplaced', found_at: path, refusal }]);
    expect(needs[0]?.references.map(({ node_id, refused }) => [node_id, refused])).toEqual([
      ['1', undefined],
      ['2', true],
    ]);
    const { exitCode, stderr } = await sandbox.run(['auto']);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(refusal) });
    expect(await sandbox.readState('output/resolutions.json')).toMatchObject([
      { source: 'local', accepted: false, found_at: path, save_path: null },
    ]);
    expect(readdirSync(join(sandbox.root, 'models/loras'))).toEqual(['odd.gguf']);
    const summary = await Bun.file(join(sandbox.stateDir, 'output/summary_report.md')).text();
    expect(summary).toContain('There, and not taken by ComfyUI');
    expect(summary).not.toContain('Nothing: every model');
  });

  test('a file of its name in some folder is the refused one where nothing tells another', async () => {
    await using sandbox = await makeSandbox();
    const path = await sandbox.writeModel('loras/newone.safetensors', LORA);
    await using comfy = startFakeComfy({ root: sandbox.root, nodes: { Strict: { required: { model_name: [['only.safetensors']] } } } });
    const models = [{ name: 'linked.safetensors', url: 'https://huggingface.co/o/r/resolve/main/linked.safetensors' }];
    await sandbox.writeModel('loras/linked.safetensors', LORA);
    const strict = (id: number, name: string, properties: unknown): unknown => ({ id, type: 'Strict', properties, widgets_values: [name] });
    const nodes = [strict(1, 'newone.safetensors', {}), strict(2, 'linked.safetensors', { models })];
    await sandbox.writeWorkflow('w.json', { nodes, links: [], version: 0.4 });
    const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(
      needs.map((need) => [need.filename, need.directory, need.state, need.references[0]?.refused, need.refusal !== undefined]),
    ).toEqual([
      ['linked.safetensors', null, 'misplaced', true, false],
      ['newone.safetensors', null, 'misplaced', true, true],
    ]);
    expect(needs[1]?.found_at).toBe(path);
  });

  test('a damaged file is damaged though it is offered, and separators are all the same', async () => {
    await using sandbox = await makeSandbox();
    const cut = await sandbox.writeModel('loras/cut.safetensors', LORA.subarray(0, 2000));
    const ink = await sandbox.writeModel('loras/style/ink.safetensors', LORA);
    await using comfy = startFakeComfy({ root: sandbox.root, nodes: nodesFor('cut.safetensors', 'style/ink.safetensors') });
    await sandbox.writeWorkflow('w.json', naming('cut.safetensors', 'style\\ink.safetensors'));
    const { needs, log } = await scan(sandbox, { comfyui_url: comfy.url });
    expect(needs).toMatchObject([
      { filename: 'cut.safetensors', state: 'damaged', found_at: cut },
      { filename: 'ink.safetensors', subfolder: 'style', state: 'present', found_at: ink, references: [{ refused: true }] },
    ]);
    expect(log).toContain('ink.safetensors: ComfyUI writes its folder with other separators');
  });
});

test('a file that is cut off is fetched anew, also where a running ComfyUI does not list it yet', async () => {
  await using hub = await startTestHub(smallCatalogue());
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
  const name = 'paper_lantern_lora.safetensors';
  const path = await sandbox.writeModel(`loras/${name}`, LORA.subarray(0, 2000));
  await using comfy = startFakeComfy({ root: sandbox.root, nodes: { LoraLoader: { required: { lora_name: [['other.safetensors']] } } } });
  const models = [{ name, url: 'https://huggingface.co/studio/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors' }];
  const loader = { id: 1, type: 'LoraLoader', properties: { models }, widgets_values: [name, 1, 1] };
  await sandbox.writeWorkflow('w.json', { nodes: [loader], links: [], version: 0.4 });
  const { needs } = await scan(sandbox, { comfyui_url: comfy.url });
  expect(needs).toMatchObject([{ state: 'damaged', references: [{ refused: true }] }]);
  const { stdout, stderr } = await sandbox.run(['auto']);
  expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringContaining('Downloaded 1/1') });
  expect(Bun.file(path).size).toBe(FETCHED.sizeBytes);
});

describe('a ComfyUI that cannot be asked', () => {
  const BROKEN: [name: string, options: Omit<FakeComfyOptions, 'root'> | null, says: string][] = [
    ['is not running', null, 'does not answer'],
    ['goes away while it tells of its nodes', { diesIn: '/object_info', nodes: { LoraLoader: {} } }, 'broke off'],
    ['goes away while it lists its folders', { diesIn: '/models', nodes: { LoraLoader: {} } }, 'broke off'],
    ['knows no node', {}, 'tells of no node'],
  ];

  test.each(BROKEN)('%s: the files speak, and the log says so', async (_, options, says) => {
    await using sandbox = await makeSandbox();
    await sandbox.writeModel('loras/here.safetensors', LORA);
    await using comfy = options === null ? null : startFakeComfy({ root: sandbox.root, ...options });
    await sandbox.writeWorkflow(
      'w.json',
      promptOf([
        ['LoraLoader', 'lora_name', 'here.safetensors'],
        ['LoraLoader', 'lora_name', 'gone.safetensors'],
      ]),
    );
    const { needs, nodes, log } = await scan(sandbox, { comfyui_url: comfy?.url ?? 'http://127.0.0.1:9' });
    expect(states(needs)).toEqual(['loras: gone.safetensors missing', 'loras: here.safetensors present']);
    expect(nodes).toEqual([]);
    expect(log).toContain('[WARN] comfyui_live: ');
    expect(log).toContain(says);
  });
});

test('a folder that a custom node registers is where its models are looked for and saved', async () => {
  await using sandbox = await makeSandbox();
  const pack = `import os, folder_paths
folder_paths.add_model_folder_path("curtains", os.path.join(folder_paths.base_path, "wardrobe"))

class Velvet:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"cloth": (folder_paths.get_filename_list("curtains"),)}}

NODE_CLASS_MAPPINGS = {"Velvet": Velvet}
`;
  await Bun.write(join(sandbox.root, 'custom_nodes/velvet/__init__.py'), pack);
  await Bun.write(join(sandbox.root, 'wardrobe/here.safetensors'), LORA);
  await sandbox.writeWorkflow(
    'w.json',
    promptOf([
      ['Velvet', 'cloth', 'here.safetensors'],
      ['Velvet', 'cloth', 'gone.safetensors'],
    ]),
  );
  expect(states((await scan(sandbox)).needs)).toEqual(['curtains: gone.safetensors missing', 'curtains: here.safetensors present']);
  await sandbox.run(['resolve']);
  expect(await sandbox.readState('output/resolutions.json')).toMatchObject([
    { save_path: join(sandbox.root, 'wardrobe/gone.safetensors') },
  ]);
});
