import { describe, expect, test } from 'bun:test';

import type { InstalledPack } from '../../lib/comfy/installed-packs.ts';
import { parseManagerData } from '../../lib/comfy/manager-data.ts';
import { findMissingNodes } from '../../lib/comfy/node-packs.ts';
import type { NodePackFacts, UsedNode } from '../../lib/comfy/node-packs.ts';
import { safePackFile, safeRegistryId, safeRepository } from '../../lib/comfy/pack-identity.ts';
import type { MissingNode } from '../../lib/core/model.ts';

const MANAGER = parseManagerData(
  {
    'https://github.com/comfyanonymous/ComfyUI': [['NewCore'], {}],
    'https://github.com/ann/pack-a': [['A', 'Shared', 'Common'], { title_aux: 'Pack A', nodename_pattern: ' \\(a\\)$' }],
    'https://github.com/bob/pack-b': [['B', 'Shared'], { title_aux: 'Pack B', preemptions: ['Owned'] }],
    'https://github.com/cid/pack-c': [['Owned', 'Common', 'NewCore'], { title_aux: 'Pack C' }],
  },
  undefined,
);

function use(nodeType: string, change: Partial<UsedNode> = {}): UsedNode {
  return { nodeType, workflows: ['w.json'], home: 'server', registryIds: [], repositories: [], ...change };
}

function pack(name: string, change: Partial<InstalledPack> = {}): InstalledPack {
  return { name, path: `/comfy/custom_nodes/${name}`, isFile: false, isDisabled: false, isClone: true, registryId: null, ...change };
}

interface World {
  installed?: string[];
  packs?: InstalledPack[];
  disabled?: Record<string, InstalledPack>;
  unloaded?: Record<string, InstalledPack>;
  incomplete?: string[];
  hasCore?: boolean;
  manager?: NodePackFacts['manager'];
}

function find(uses: UsedNode[], world: World = {}): MissingNode[] {
  return findMissingNodes(uses, {
    sources: {
      installed: new Set(world.installed),
      packs: world.packs ?? [],
      disabled: new Map(Object.entries(world.disabled ?? {})),
      unloaded: new Map(Object.entries(world.unloaded ?? {})),
      incomplete: new Set(world.incomplete),
      hasCore: world.hasCore ?? true,
    },
    manager: 'manager' in world ? world.manager : MANAGER,
    customNodes: '/comfy/custom_nodes',
    coreClone: '/comfy',
  });
}

test('what is installed is not missing', () => {
  expect(find([use('A'), use('B')], { installed: ['A'] }).map((node) => node.nodeType)).toEqual(['B']);
});

test('the version that the workflows were saved with is said: the newest of several, none of several commits', () => {
  const versionOf = (...versions: string[]) => find([use('X', { registryIds: ['pack-x'], versions })])[0]?.pack?.version;
  expect(versionOf('1.2.3')).toBe('1.2.3');
  expect(versionOf('1.9.0', '1.10.0', '1.2.3')).toBe('1.10.0');
  expect(versionOf('5c2f1d0', '77aa0b1')).toBeUndefined();
  expect(versionOf('$(reboot)')).toBeUndefined();
  expect(find([use('Y', { registryIds: ['comfy-core'], versions: ['0.3.51'] })])[0]?.pack).toMatchObject({
    id: 'comfy-core',
    version: '0.3.51',
  });
  expect(find([use('A')])[0]?.pack).not.toHaveProperty('version');
});

test('the node’s own registry id comes first, with a command for it', () => {
  const [node] = find([use('A', { registryIds: ['comfyui-other'], repositories: ['zoe/other'] })]);
  expect(node?.pack).toEqual({
    id: 'comfyui-other',
    title: null,
    repository: 'https://github.com/zoe/other',
    install: 'comfy node install comfyui-other',
  });
});

test('then the node’s own repository, to be cloned', () => {
  const [node] = find([use('A', { repositories: ['ann/pack-a'] })]);
  expect(node?.pack).toMatchObject({
    id: null,
    title: 'Pack A',
    install: 'git clone https://github.com/ann/pack-a /comfy/custom_nodes/pack-a',
  });
});

test('ids and repositories that differ in letters’ case alone are one pack, called as its author wrote it', () => {
  const packsOf = (change: Partial<UsedNode>) => find([use('X', change)])[0]?.packs.map(({ id, repository }) => id ?? repository);
  expect(packsOf({ registryIds: ['My-Pack', 'my-pack'] })).toEqual(['My-Pack']);
  expect(packsOf({ registryIds: ['my-pack', 'other', 'My-Pack'] })).toEqual(['My-Pack', 'other']);
  expect(packsOf({ repositories: ['dan/pack-d', 'Dan/Pack-D'] })).toEqual(['https://github.com/Dan/Pack-D']);
  expect(find([use('X', { registryIds: ['my-pack', 'My-Pack'] })])[0]?.pack?.install).toBe('comfy node install My-Pack');
});

test('then the list of the manager', () => {
  const [node] = find([use('A')]);
  expect(node?.pack?.repository).toBe('https://github.com/ann/pack-a');
  expect(node?.packs).toHaveLength(1);
});

test('of several packs none is chosen without a reason, and all are told', () => {
  const [node] = find([use('Shared')]);
  expect(node?.pack).toBeNull();
  expect(node?.packs.map((entry) => entry.title)).toEqual(['Pack A', 'Pack B']);
});

test('the pack that the same workflow needs anyway is chosen', () => {
  const nodes = find([use('Shared'), use('B')]);
  expect(nodes[0]?.pack?.title).toBe('Pack B');
  expect(nodes[0]?.packs).toHaveLength(2);
});

test('a pack that another workflow needs is no reason', () => {
  expect(find([use('Shared'), use('B', { workflows: ['other.json'] })])[0]?.pack).toBeNull();
});

test('a node type counts once for each other, in however many workflows they meet', () => {
  const both = ['w.json', 'x.json'];
  const one = use('B1', { repositories: ['bob/pack-b'], workflows: both });
  const two = [use('A1', { repositories: ['ann/pack-a'] }), use('A2', { repositories: ['Ann/Pack-A'], workflows: ['x.json'] })];
  expect(find([use('Shared', { workflows: both }), one, ...two])[0]?.pack?.title).toBe('Pack A');
  expect(find([use('Shared'), one, ...two])[0]?.pack).toBeNull();
});

test('tens of thousands of node types that several packs claim are told soon', () => {
  const names = Array.from({ length: 20_000 }, (_, place) => `N${place}`);
  const manager = parseManagerData(
    { 'https://github.com/ann/a': [names, {}], 'https://github.com/bob/b': [names.slice(1), {}] },
    undefined,
  );
  const began = performance.now();
  const nodes = find(
    names.map((name) => use(name)),
    { manager },
  );
  expect(performance.now() - began).toBeLessThan(5000);
  expect([nodes.length, nodes[1]?.pack?.repository]).toEqual([20_000, 'https://github.com/ann/a']);
});

test('a node that says where it is from supports its pack for the others', () => {
  const nodes = find([use('Common'), use('Unlisted', { repositories: ['cid/pack-c'] })]);
  expect(nodes[0]?.pack?.title).toBe('Pack C');
});

describe('a registry id supports the repository of its name', () => {
  const manager = parseManagerData(
    {
      'https://github.com/ann/ComfyUI-Video_Kit': [['Load', 'Combine'], { title_aux: 'Video Kit' }],
      'https://github.com/bob/ComfyUI-All': [['Load', 'Combine', 'Copied'], { title_aux: 'All' }],
      'https://github.com/cid/ComfyUI-Video_Kit': [['Copied'], { title_aux: 'Copy' }],
      'https://github.com/dan/comfyui-video_kit': [['Copied'], { title_aux: 'Copy of a copy' }],
    },
    undefined,
  );
  const titleOf = (nodeType: string, ...others: UsedNode[]) => find([use(nodeType), ...others], { manager })[0]?.pack?.title;

  test('of the same workflow, letters’ case aside', () => {
    expect(titleOf('Combine', use('X', { registryIds: ['comfyui-video_kit'] }))).toBe('Video Kit');
    expect(titleOf('Combine', use('X', { registryIds: ['ComfyUI-All'] }))).toBe('All');
  });

  test('and no other name, workflow or known repository', () => {
    expect(titleOf('Combine', use('X', { registryIds: ['comfyui-video-kit'] }))).toBeUndefined();
    expect(titleOf('Combine', use('X', { registryIds: ['comfyui-video_kit'], workflows: ['other.json'] }))).toBeUndefined();
    expect(titleOf('Combine', use('X', { registryIds: ['comfyui-video_kit'], repositories: ['zoe/other'] }))).toBeUndefined();
  });

  test('unless several of that name claim the node', () => {
    expect(titleOf('Copied', use('X', { registryIds: ['comfyui-video_kit'] }))).toBeUndefined();
  });
});

test('the owner of a name wins over those that list it', () => {
  expect(find([use('Owned')])[0]?.packs.map((entry) => entry.title)).toEqual(['Pack B']);
});

test('a pattern is used for names that nobody lists', () => {
  expect(find([use('Anything (a)')])[0]?.pack?.title).toBe('Pack A');
});

test('a pack that is a single file is fetched as one', () => {
  const manager = parseManagerData(
    {
      'https://raw.githubusercontent.com/eve/tools/main/nodes/Some%20Tool.py': [['Tool'], { title_aux: 'Tools' }],
      'https://gist.githubusercontent.com/eve/7361b8eb/raw/f9605be0/tiny.py': [['Tiny'], {}],
    },
    undefined,
  );
  const [tiny, tool] = find([use('Tiny'), use('Tool')], { manager });
  expect(tool?.pack).toEqual({
    id: null,
    title: 'Tools',
    repository: 'https://github.com/eve/tools',
    install: "curl -fL -o '/comfy/custom_nodes/Some Tool.py' https://raw.githubusercontent.com/eve/tools/main/nodes/Some%20Tool.py",
  });
  expect(tiny?.pack).toMatchObject({
    repository: 'https://gist.github.com/eve/7361b8eb',
    install: 'curl -fL -o /comfy/custom_nodes/tiny.py https://gist.githubusercontent.com/eve/7361b8eb/raw/f9605be0/tiny.py',
  });
  const there = find([use('Tool')], {
    manager,
    packs: [pack('some tool', { isFile: true })],
    incomplete: ['/comfy/custom_nodes/some tool'],
  });
  expect(there).toEqual([]);
});

test('a repository that has a file of its own listed too is one pack', () => {
  const urls = ['https://raw.githubusercontent.com/eve/tools/main/tool.py', 'https://github.com/eve/tools'];
  const manager = parseManagerData(Object.fromEntries(urls.map((url) => [url, [['Tool'], {}]])), undefined);
  expect(find([use('Tool')], { manager })[0]?.pack?.install).toBe('git clone https://github.com/eve/tools /comfy/custom_nodes/tools');
});

test('ComfyUI is no pack by its new address either', () => {
  const manager = parseManagerData({ 'https://github.com/Comfy-Org/ComfyUI': [['Newest'], {}] }, undefined);
  expect(find([use('Newest')], { manager })[0]?.pack).toMatchObject({ id: 'comfy-core', install: 'git -C /comfy pull' });
  expect(find([use('X', { repositories: ['comfyanonymous/ComfyUI'] })])[0]?.pack?.install).toBe('git -C /comfy pull');
});

test('a node of ComfyUI that this one lacks asks for its update', () => {
  const expected = {
    id: 'comfy-core',
    title: 'ComfyUI',
    repository: 'https://github.com/comfyanonymous/ComfyUI',
    install: 'git -C /comfy pull',
  };
  expect(find([use('NewCore')])[0]?.pack).toEqual(expected);
  expect(find([use('X', { registryIds: ['comfy-core'] })])[0]?.pack).toEqual(expected);
});

test('a node that nobody knows is missing without a pack', () => {
  expect(find([use('Nobody')], { manager: undefined })).toEqual([{ nodeType: 'Nobody', workflows: ['w.json'], pack: null, packs: [] }]);
});

test('a pack that is there and not loaded is said to be so, without a command that would not help', () => {
  const [node] = find([use('A')], { unloaded: { A: pack('pack-a', { registryId: 'pack-a' }) } });
  const title = 'pack-a (installed, not loaded: restart ComfyUI, or see its log)';
  const told = { id: 'pack-a', title, repository: null, install: null, state: 'unloaded' };
  expect(node).toMatchObject({ pack: told, packs: [told] });
});

test('a disabled pack is said to be disabled, with the command that brings it back', () => {
  const off = pack('pack-a', { path: '/comfy/custom_nodes/.disabled/pack-a@1_2', isDisabled: true, registryId: 'pack-a' });
  const [node] = find([use('A')], { disabled: { A: off } });
  expect(node?.pack).toEqual({
    id: 'pack-a',
    title: 'pack-a (disabled)',
    repository: null,
    install: 'mv /comfy/custom_nodes/.disabled/pack-a@1_2 /comfy/custom_nodes/pack-a',
    state: 'disabled',
  });
});

test('a disabled version is not put in the place of the one that is at work', () => {
  const off = pack('pack-a', { path: '/comfy/custom_nodes/.disabled/pack-a@1_2', isDisabled: true });
  const [node] = find([use('A')], { disabled: { A: off }, packs: [off, pack('pack-a')] });
  expect(node?.pack?.install).toBe('git -C /comfy/custom_nodes/pack-a pull');
});

test('an installed pack that lacks the node is to be updated', () => {
  const byId = find([use('A', { registryIds: ['Pack-A'] })], { packs: [pack('folder', { registryId: 'pack-a' })] });
  expect(byId[0]?.pack?.install).toBe('comfy node update Pack-A');
  const byFolder = find([use('A')], { packs: [pack('pack-a')] });
  expect(byFolder[0]?.pack?.install).toBe('git -C /comfy/custom_nodes/pack-a pull');
});

test('an installed pack that is no clone is not pulled: git would update the ComfyUI around it', () => {
  const [node] = find([use('A')], { packs: [pack('pack-a', { isClone: false })] });
  expect(node?.pack).toMatchObject({ repository: 'https://github.com/ann/pack-a', install: null });
});

describe('what reading cannot tell is not called missing', () => {
  test('nodes of a pack that could only be read in part', () => {
    const half = pack('pack-a');
    expect(find([use('A')], { packs: [half], incomplete: [half.path] })).toEqual([]);
  });

  test('web nodes of an installed pack, or of none that is known', () => {
    expect(find([use('X (a)', { home: 'web' })], { packs: [pack('pack-a')] })).toEqual([]);
    expect(find([use('GetNode', { home: 'web' })])).toEqual([]);
    expect(find([use('X (a)', { home: 'web' })])).toHaveLength(1);
  });

  test('nodes of ComfyUI where its sources are not found', () => {
    const nodes = find([use('KSampler'), use('NewCore'), use('A'), use('C', { registryIds: ['comfy-core'] })], { hasCore: false });
    expect(nodes.map((node) => node.nodeType)).toEqual(['A']);
  });
});

describe('names from workflows are hostile', () => {
  const IDS = ['a; rm -rf /', '$(reboot)', '-rf', '--config=x', '../x', 'a b', 'a\nb', '', 'x'.repeat(200), 'a..b', '`id`', "a'b"];

  test.each(IDS)('registry id %j is refused', (id) => {
    expect(safeRegistryId(id)).toBeUndefined();
  });

  const REPOSITORIES = [
    'http://github.com/a/b',
    'git://github.com/a/b',
    'file:///etc/passwd',
    'https://evil.example/a/b',
    'https://github.com.evil.example/a/b',
    'https://user:pass@github.com/a/b',
    'https://github.com:444/a/b',
    'https://github.com/a',
    'https://github.com/a/b/c',
    'a/b;c',
    '-a/b',
    'https://github.com/a/..',
    'https://github.com/a/%2e%2e',
    'https://github.com/a/b$(x)',
    'ext::sh -c x',
    '../..',
    'javascript:alert(1)',
    '',
  ];

  test.each(REPOSITORIES)('repository %j is refused', (repository) => {
    expect(safeRepository(repository)).toBeUndefined();
  });

  const FILES = [
    'http://raw.githubusercontent.com/a/b/main/x.py',
    'https://evil.example/a/b/main/x.py',
    'https://github.com/a/b/blob/main/x.py',
    'https://raw.githubusercontent.com/a/b/main/x.sh',
    'https://raw.githubusercontent.com/a/b/main/x.py?y=1',
    'https://raw.githubusercontent.com/a/b/main/$(x).py',
    'https://raw.githubusercontent.com/a/b/main/%2e%2e%2fx.py',
    'https://raw.githubusercontent.com/a/b/main/x%0a.py',
    'https://raw.githubusercontent.com/a/b/main/.py',
    'https://raw.githubusercontent.com/a/b/main/-x.py',
    'https://raw.githubusercontent.com/a/b/x.py',
    "https://raw.githubusercontent.com/a/b/main/x'.py",
    'a/b',
  ];

  test.each(FILES)('file %j is refused', (file) => {
    expect(safePackFile(file)).toBeUndefined();
  });

  const GOOD: [written: string, expected: string][] = [
    ['ann/pack_a.b-c', 'https://github.com/ann/pack_a.b-c'],
    ['https://github.com/ann/pack.git', 'https://github.com/ann/pack'],
    ['https://www.github.com/ann/pack/', 'https://github.com/ann/pack'],
    ['https://github.com/ann/pack?x=1#y', 'https://github.com/ann/pack'],
    ['https://gitlab.com/ann/pack', 'https://gitlab.com/ann/pack'],
  ];

  test.each(GOOD)('repository %s is %s', (written, expected) => {
    expect(safeRepository(written)).toBe(expected);
  });

  test('a node with hostile evidence falls back to the list', () => {
    const [node] = find([use('A', { registryIds: ['; reboot'], repositories: ['https://evil.example/a/b'] })]);
    expect(node?.pack?.install).toBe('git clone https://github.com/ann/pack-a /comfy/custom_nodes/pack-a');
  });
});
