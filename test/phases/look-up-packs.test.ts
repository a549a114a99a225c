import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { NodePackFacts, UsedNode } from '../../lib/comfy/node-packs.ts';
import { HttpClient } from '../../lib/core/http/client.ts';
import type { MissingNode } from '../../lib/core/model.ts';
import { findMissingPacks } from '../../lib/phases/look-up-packs.ts';
import { makeTree, type Tree } from '../comfy/kit.ts';
import { answerGarbage, answerStatus, neverAnswer } from '../helpers/faults.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const LISTS = {
  'extension-node-map.json': {
    'https://github.com/ann/pack-a': [['A', 'Common'], { title_aux: 'in the map' }],
    'https://github.com/bob/pack-b': [['Common'], {}],
  },
  'custom-node-list.json': {
    custom_nodes: [{ reference: 'https://github.com/ann/pack-a', title: 'Pack A', description: 'x'.repeat(500) }],
  },
};
const REGISTRY = [
  { id: 'pack-r', name: 'Pack R', repository: 'https://github.com/rob/pack-r', nodes: ['R', 'R / (odd) ü', 'A'], version: '2.1.0' },
  { id: 'pack-gone', name: 'Gone', repository: 'https://github.com/rob/gone', nodes: ['Gone'], status: 'NodeStatusBanned' },
];

let hub: TestHub;
let tree: Tree;
let now: Date;
const notes: string[] = [];
const levels: string[] = [];

beforeEach(async () => {
  hub = await startTestHub({ manager: LISTS, registry: REGISTRY });
  tree = await makeTree({});
  now = new Date('2026-11-01T12:00:00Z');
  notes.length = 0;
  levels.length = 0;
});
afterEach(async () => {
  await hub.stop();
  await tree[Symbol.asyncDispose]();
});

function use(nodeType: string, change: Partial<UsedNode> = {}): UsedNode {
  return { nodeType, workflows: ['w.json'], home: 'server', registryIds: [], repositories: [], ...change };
}

function find(
  uses: readonly UsedNode[],
  options: { installed?: string[]; offline?: boolean; patienceMs?: number } = {},
): Promise<MissingNode[]> {
  const sources = { packs: [], disabled: new Map(), unloaded: new Map(), incomplete: new Set<string>(), hasCore: true };
  const facts: NodePackFacts = {
    sources: { ...sources, installed: new Set(options.installed) },
    manager: undefined,
    customNodes: '/comfy/custom_nodes',
    coreClone: null,
  };
  const ports = {
    fetch: (url: string, init?: BunFetchRequestInit) => fetch(url, init),
    now: () => now,
    sleep: Bun.sleep,
    lookup: () => Promise.resolve(['127.0.0.1']),
  };
  const secrets = { huggingface: null, civitai: null };
  const http = new HttpClient({ ports, endpoints: hub.endpoints, secrets, allowedHosts: [], userAgent: 'test' });
  return findMissingPacks(uses, facts, {
    http,
    ports,
    signal: new AbortController().signal,
    offline: options.offline ?? false,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
    cachePath: tree.path('packs.sqlite'),
    emit: (event) => {
      if (event.type !== 'note') return;
      notes.push(event.message);
      levels.push(event.level);
    },
  });
}

/** What is said of each node type: its pack, or the packs that claim it. */
function told(nodes: readonly MissingNode[]): Record<string, string | null | undefined> {
  return Object.fromEntries(
    nodes.map(({ nodeType, pack, packs }) => [
      nodeType,
      pack ? `${pack.title}: ${pack.install}` : packs.map((entry) => entry.repository).join(),
    ]),
  );
}

function asked(): string[] {
  return hub.requests
    .map(({ service, path, status }) => `${service} ${path.split('/').at(service === 'manager' ? -1 : -2)} ${status}`)
    .sort();
}

describe('packs of node types that nothing on this machine tells of', () => {
  test('ComfyUI-Manager’s lists come first, then the registry', async () => {
    expect(told(await find([use('A'), use('R'), use('R / (odd) ü'), use('Gone'), use('Nobody')]))).toEqual({
      A: 'Pack A: git clone https://github.com/ann/pack-a /comfy/custom_nodes/pack-a',
      R: 'Pack R: comfy node install pack-r',
      'R / (odd) ü': 'Pack R: comfy node install pack-r',
      Gone: '',
      Nobody: '',
    });
    expect(asked().filter((line) => line.startsWith('manager'))).toHaveLength(2);
    expect(hub.requests.some(({ path }) => path.includes('/A/'))).toBe(false);
    expect(notes).toEqual([]);
  });

  test('the registry tells the newest version, also when it is recalled', async () => {
    const versions = async () => (await find([use('A'), use('R')])).map(({ pack }) => pack?.latestVersion);
    expect(await versions()).toEqual([undefined, '2.1.0']);
    expect(await versions()).toEqual([undefined, '2.1.0']);
    expect(asked().filter((line) => line.startsWith('comfy_registry'))).toHaveLength(1);
  });

  test('several packs may claim one', async () => {
    expect(told(await find([use('Common')]))).toEqual({ Common: 'https://github.com/ann/pack-a,https://github.com/bob/pack-b' });
  });

  test('nobody is asked when nothing is open', async () => {
    await find([use('A', { registryIds: ['own-id'] }), use('R'), use('W', { home: 'web' })], { installed: ['R'] });
    expect(hub.requests).toEqual([]);
  });
});

describe('what was answered', () => {
  test('is kept for a day, what is unknown too', async () => {
    const uses = [use('A'), use('R'), use('Nobody')];
    const first = await find(uses);
    const count = hub.requests.length;
    now = new Date(now.getTime() + DAY_MS / 2);
    expect(await find(uses)).toEqual(first);
    expect(hub.requests).toHaveLength(count);
  });

  test('is asked for anew afterwards, lists only when they have changed', async () => {
    await find([use('A'), use('R'), use('Nobody')]);
    hub.requests.length = 0;
    now = new Date(now.getTime() + DAY_MS + 1);
    expect(told(await find([use('A'), use('R'), use('Nobody')]))['A']).toContain('pack-a');
    expect(asked()).toEqual(['comfy_registry Nobody 404', 'manager custom-node-list.json 304', 'manager extension-node-map.json 304']);
    // and then stands for another day
    hub.requests.length = 0;
    await find([use('A')]);
    expect(hub.requests).toEqual([]);
  });

  test('stands for as long as it must when nobody answers, or nobody is to be asked', async () => {
    const first = await find([use('A'), use('R')]);
    now = new Date(now.getTime() + 30 * DAY_MS);
    expect(await find([use('A'), use('R')], { offline: true })).toEqual(first);
    await hub.stop();
    expect(await find([use('A'), use('R')])).toEqual(first);
    expect(levels).toEqual(['info']); // nothing is unknown for it
  });
});

describe('a service that fails', () => {
  test('leaves the node types without a pack, and is named in the log', async () => {
    hub.inject({ service: 'manager' }, answerStatus(503));
    hub.inject({ service: 'comfy_registry' }, answerGarbage());
    expect(told(await find([use('A'), use('R')]))).toEqual({ A: '', R: '' });
    expect(notes).toEqual([expect.stringMatching(/ComfyUI-Manager API error: 503.*Comfy Registry/)]);
    expect(levels).toEqual(['warn']); // who sees "no known pack has it" is to know who could not be asked
  });

  test('is asked once, and not for each of sixty types', async () => {
    hub.inject({}, answerStatus(500));
    await find(Array.from({ length: 60 }, (_, place) => use(`N${place}`)));
    expect(hub.requests.filter(({ service }) => service === 'manager')).toHaveLength(2);
    expect(hub.requests.filter(({ service }) => service === 'comfy_registry').length).toBeLessThanOrEqual(8);
  });

  test('is asked for more types than sixty in several goes, and the log says so', async () => {
    const uses = Array.from({ length: 130 }, (_, place) => use(`N${place}`));
    const count = (): number => hub.requests.filter(({ service }) => service === 'comfy_registry').length;
    await find(uses);
    expect([count(), notes]).toEqual([60, [expect.stringContaining('70 node types')]]);
    await find(uses);
    expect([count(), notes[1]]).toEqual([120, expect.stringContaining('10 node types')]);
    await find(uses);
    await find(uses);
    expect([count(), notes.length]).toEqual([130, 2]);
  });

  test('is named in the log when it does not answer in time', async () => {
    hub.inject({ service: 'comfy_registry' }, neverAnswer());
    await find([use('R')], { patienceMs: 100 });
    expect(notes).toEqual([expect.stringContaining('Comfy Registry API error: timeout')]);
  });

  test('never keeps anybody waiting for more than two seconds', async () => {
    hub.inject({}, neverAnswer());
    const began = performance.now();
    expect(told(await find([use('A'), use('R')]))).toEqual({ A: '', R: '' });
    expect(performance.now() - began).toBeLessThan(2500);
  });

  test('without a network nobody is asked who has never answered', async () => {
    expect(told(await find([use('A')], { offline: true }))).toEqual({ A: '' });
    expect(hub.requests).toEqual([]);
  });
});
