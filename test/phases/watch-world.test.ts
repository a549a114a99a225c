import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, renameSync } from 'node:fs';
import { readdir, rm, symlink, utimes } from 'node:fs/promises';
import { makeSafetensors } from '../../lib/hub/model-file.ts';
import type { RunEvent } from '../../lib/core/events.ts';
import { HttpClient } from '../../lib/core/http/client.ts';
import type { Requirement } from '../../lib/core/model.ts';
import { judgeAll } from '../../lib/phases/assess.ts';
import { WatchWorld } from '../../lib/phases/watch-world.ts';
import { readConfig } from '../../lib/state/config.ts';
import { makeTree, type Tree } from '../comfy/kit.ts';
import { type FakeComfyOptions, startFakeComfy } from '../helpers/comfy.ts';
import { makeRequirement } from '../resolve/kit.ts';

const NOWHERE = 'http://127.0.0.1:9';
const LORA = Uint8Array.from(makeSafetensors({ sizeBytes: 3000, seed: 1, tensors: 'lora' }));
const packWith = (nodeType: string): string => `class Node:\n    pass\nNODE_CLASS_MAPPINGS = {"${nodeType}": Node}\n`;
const { signal } = new AbortController();

let tree: Tree;
const notes: string[] = [];
beforeEach(async () => {
  tree = await makeTree({
    'nodes.py': packWith('OwnNode'),
    'main.py': '',
    'models/loras/': '',
    'custom_nodes/brass/__init__.py': packWith('BrassBell'),
    'state/config.json': '{}',
  });
  notes.length = 0;
});
afterEach(() => tree[Symbol.asyncDispose]());

function setupFor(comfyuiUrl: string): WatchWorld['setup'] {
  const config = { ...readConfig({ path: tree.path('state/config.json'), named: true, env: {}, home: tree.root }), comfyuiUrl };
  const ports = { fetch, now: () => new Date(), sleep: Bun.sleep, lookup: () => Promise.resolve(['127.0.0.1']) };
  const secrets = { huggingface: null, civitai: null, modelscope: null };
  const http = new HttpClient({ ports, endpoints: config.endpoints, secrets, allowedHosts: [], userAgent: 'test' });
  return { config, install: tree.install, workflowPaths: 'auto', includeDisabled: false, acceptFuzzy: false, http };
}

function openWorld(comfyuiUrl = NOWHERE): Promise<WatchWorld> {
  return WatchWorld.open(setupFor(comfyuiUrl), {
    configPath: tree.path('state/config.json'),
    state: { folder: tree.path('state') },
    ports: { env: {}, home: tree.root, fetch, now: () => new Date() },
    emit: (event: RunEvent) => event.type === 'note' && notes.push(event.message),
    signal,
  });
}

async function lacks(world: WatchWorld, ...nodeTypes: string[]): Promise<string[]> {
  const use = (nodeType: string) => ({ nodeType, workflows: ['w.json'], home: 'server' as const, registryIds: [], repositories: [] });
  return (await world.library.missingNodes(nodeTypes.map(use))).map(({ nodeType }) => nodeType);
}

/** A model that one widget names. */
function naming(written: string, nodeType: string, input: string, directory: string | null): Requirement {
  const place = { workflow: 'w.json', workflowPath: '/w.json', nodeId: 1, subgraph: null, from: 'widget' as const, active: true };
  return makeRequirement(written, { directory, references: [{ ...place, nodeType, input, written }] });
}

/** A model that a unified loader needs without naming it. */
function implying(written: string, directory: string): Requirement {
  const named = naming(written, 'IPAdapterUnifiedLoader', '', directory);
  return { ...named, references: named.references.map((reference) => ({ ...reference, input: null, from: 'implicit' })) };
}

test('a folder of models that cannot be read is told of once, however often it is looked at', async () => {
  await symlink(tree.path('nowhere'), tree.path('models/loras/away'));
  const world = await openWorld();
  await world.relist();
  await world.rereadFolders();
  expect(notes).toEqual([expect.stringContaining(`The link ${tree.path('models/loras/away')} was not read`)]);
  await symlink(tree.path('nowhere'), tree.path('models/loras/gone'));
  await world.relist();
  expect(notes.slice(1)).toEqual([expect.stringContaining(tree.path('models/loras/gone'))]);
});

describe('the node sources of a watched ComfyUI', () => {
  /** As if everything had been there for long: what was written a moment ago may be written to again unnoticed. */
  async function age(): Promise<void> {
    const long = new Date(Date.now() - 60_000);
    for (const name of await readdir(tree.root, { recursive: true })) await utimes(tree.path(name), long, long);
  }

  /** Writes another node type into what is remembered: whoever recalls it, says so. */
  function mark(from: string, to: string): void {
    using database = new Database(tree.path('state/.comfy-fixer.memory'));
    type Row = { stamp: string; body: string };
    const row = database.query<Row, []>("SELECT stamp, body FROM texts WHERE kind = 'nodes'").get();
    if (!row) throw new Error('nothing is remembered');
    const body = row.body.replaceAll(from, to);
    const sum = Bun.hash(body, Bun.hash(row.stamp)).toString(36);
    database.query("UPDATE texts SET body = ?, sum = ? WHERE kind = 'nodes'").run(body, sum);
  }

  test('are recalled as long as they are the same, also when they are read again, and read once they have changed', async () => {
    await age();
    expect(await lacks(await openWorld(), 'BrassBell', 'BrassHorn')).toEqual(['BrassHorn']);
    mark('BrassBell', 'BrassHorn');
    const world = await openWorld();
    expect(await lacks(world, 'BrassBell', 'BrassHorn')).toEqual(['BrassBell']);
    await world.rereadNodes();
    expect(await lacks(world, 'BrassBell', 'BrassHorn')).toEqual(['BrassBell']);
    await Bun.write(tree.path('custom_nodes/brass/__init__.py'), packWith('BrassDrum'));
    await world.rereadNodes();
    expect(await lacks(world, 'BrassBell', 'BrassHorn', 'BrassDrum')).toEqual(['BrassBell', 'BrassHorn']);
  });
});

describe('a ComfyUI on another machine', () => {
  const stateOf = async (world: WatchWorld, filename: string): Promise<string> =>
    (await world.library.judge(naming(filename, 'LoraLoader', 'lora_name', 'loras'))).state;
  /** It lists what lies in the folder that both machines have, and tells no paths that hold here. */
  const sharing = (): FakeComfyOptions => ({ root: tree.root, argv: [], experimental: false, nodes: { LoraLoader: {} } });
  const apart = (lists: Record<string, string[]>): FakeComfyOptions => ({ root: '/elsewhere/ComfyUI', lists, nodes: { LoraLoader: {} } });

  test('with its models on a share: what lies there it has, and what comes there too', async () => {
    await Bun.write(tree.path('models/loras/a.safetensors'), LORA);
    await using comfy = startFakeComfy(sharing());
    const world = await openWorld(comfy.url);
    expect([world.hasLive, world.foreignUrl]).toEqual([true, null]);
    expect([await stateOf(world, 'a.safetensors'), await stateOf(world, 'b.safetensors')]).toEqual(['present', 'missing']);
    await Bun.write(tree.path('models/loras/b.safetensors'), LORA);
    await world.relist();
    expect(await stateOf(world, 'b.safetensors')).toBe('present');
  });

  test('whose share is not mounted any more still has what it lists', async () => {
    await Bun.write(tree.path('models/loras/a.safetensors'), LORA);
    const options = { ...sharing(), lists: { loras: ['a.safetensors'] } };
    await using comfy = startFakeComfy(options);
    const world = await openWorld(comfy.url);
    expect(world.foreignUrl).toBeNull();
    renameSync(tree.path('models'), tree.path('unmounted'));
    await world.relist();
    expect([world.foreignUrl, await stateOf(world, 'a.safetensors')]).toEqual([comfy.url, 'present']);
    renameSync(tree.path('unmounted'), tree.path('models'));
    await world.relist();
    expect([world.foreignUrl, await stateOf(world, 'a.safetensors')]).toEqual([null, 'present']);
  });

  test('with models of its own has what it lists, while models folders here are empty or not there at all', async () => {
    await rm(tree.path('models'), { recursive: true });
    const lists = { loras: ['theirs.safetensors'] };
    await using comfy = startFakeComfy(apart(lists));
    const world = await openWorld(comfy.url);
    expect(world.foreignUrl).toBe(comfy.url);
    expect([await stateOf(world, 'theirs.safetensors'), await stateOf(world, 'new.safetensors')]).toEqual(['present', 'missing']);
    lists.loras.push('new.safetensors');
    await world.relist();
    expect(await stateOf(world, 'new.safetensors')).toBe('present');
    expect(existsSync(tree.path('models'))).toBe(false);
  });

  test('has for a node that goes by a pattern what it lists under any name that fits', async () => {
    await rm(tree.path('models'), { recursive: true });
    await using comfy = startFakeComfy(apart({ loras: [], ipadapter: ['xl\\ip-adapter-plus_sdxl_vit-h.bin'] }));
    const world = await openWorld(comfy.url);
    const stateOfImplicit = async (written: string) => (await judgeAll([implying(written, 'ipadapter')], world.library, signal))[0]?.state;
    expect(await stateOfImplicit('ip-adapter-plus_sdxl_vit-h.safetensors')).toBe('present');
    expect(await stateOfImplicit('ip-adapter-plus_sd15.safetensors')).toBe('missing');
  });

  test('that is away for a while has not lost its models, also when config.json changes meanwhile', async () => {
    const comfy = startFakeComfy(apart({ loras: ['theirs.safetensors'] }));
    const world = await openWorld(comfy.url);
    await comfy.stop();
    await world.askLive();
    expect([world.hasLive, await stateOf(world, 'theirs.safetensors')]).toEqual([false, 'present']);
    const next = await world.withSetup(setupFor(comfy.url));
    expect(await stateOf(next, 'theirs.safetensors')).toBe('present');
    const other = await world.withSetup(setupFor(NOWHERE));
    expect([other.foreignUrl, await stateOf(other, 'theirs.safetensors')]).toEqual([null, 'missing']);
  });

  test('under the same path as here is another one all the same', async () => {
    const options = { root: tree.root, lists: { loras: ['x.safetensors', 'y.safetensors', 'z.safetensors'] }, nodes: { LoraLoader: {} } };
    await using comfy = startFakeComfy(options);
    const world = await openWorld(comfy.url);
    expect([world.foreignUrl, await stateOf(world, 'x.safetensors')]).toEqual([comfy.url, 'present']);
  });

  test('is asked often and told of once', async () => {
    await using comfy = startFakeComfy(apart({ loras: ['a.safetensors'] }));
    const world = await openWorld(comfy.url);
    for (let times = 0; times < 3; times++) await world.relist();
    expect(comfy.requests.filter((path) => path === '/object_info').length).toBe(4);
    expect(notes.filter((message) => message.startsWith(comfy.url))).toHaveLength(1);
  });
});

test('a running ComfyUI with this disk tells of files that lie in no models folder', async () => {
  const nodes = { OwnFolder: { required: { thing: [['thing_v2.pth'], {}] } } };
  await Bun.write(tree.path('models/loras/a.safetensors'), LORA);
  await using comfy = startFakeComfy({ root: tree.root, nodes });
  const world = await openWorld(comfy.url);
  expect(world.foreignUrl).toBeNull();
  const states = await Promise.all(
    ['thing_v2.pth', 'thing_v3.pth'].map(async (name) => (await world.library.judge(naming(name, 'OwnFolder', 'thing', null))).state),
  );
  expect(states).toEqual(['present', 'missing']);
});
