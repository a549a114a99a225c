import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolkitError } from '../../lib/core/error.ts';
import type { RunEvent } from '../../lib/core/events.ts';
import type { FileKey, FileMemory } from '../../lib/core/file-memory.ts';
import type { Requirement } from '../../lib/core/model.ts';
import { runScan, type ScanPorts } from '../../lib/phases/scan.ts';
import type { ScanLibrary } from '../../lib/phases/scan-library.ts';
import { editorGraph, node } from '../workflow/graphs.ts';

const base = mkdtempSync(join(tmpdir(), 'scan-phase-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const install = { root: join(base, 'ComfyUI'), sources: null, workflowDirectories: [], foundBy: 'test' };
let folders = 0;

function workflows(files: Record<string, unknown>): string {
  const root = join(base, `w${folders++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

/** A machine that has the named files whole, and lacks the named node types. */
function library(present: readonly string[], lacking: readonly string[] = []): ScanLibrary {
  return {
    declarations: new Map(),
    modelCount: present.length,
    isAbsent: ({ filename }) => !present.includes(filename),
    judge: ({ filename }) =>
      Promise.resolve(
        present.includes(filename)
          ? { state: 'present', foundAt: `/m/${filename}`, damage: null }
          : { state: 'missing', foundAt: null, damage: null },
      ),
    markRefused: () => ({}),
    namesLike: (_directory, pattern) => present.filter((name) => pattern.test(name)),
    missingNodes: (uses) =>
      Promise.resolve(
        uses
          .filter((use) => lacking.includes(use.nodeType))
          .map((use) => ({ nodeType: use.nodeType, workflows: [...use.workflows], pack: null, packs: [] })),
      ),
  };
}

function ports(machine: ScanLibrary, signal = new AbortController().signal): ScanPorts & { events: RunEvent[] } {
  const events: RunEvent[] = [];
  return {
    events,
    emit: (event) => events.push(event),
    signal,
    ports: { env: {}, home: base },
    openLibrary: () => Promise.resolve(machine),
  };
}

const scan = (paths: string[], to: ScanPorts, includeDisabled = false) => runScan({ paths, install, includeDisabled }, to);
const names = (list: readonly Requirement[]) => list.map((requirement) => requirement.filename);

test('where nothing tells the folder, the reason is said', async () => {
  const nodes = [
    node('Stranger', ['a.bin']),
    node('Known', ['b.bin']),
    node('VAELoader', ['c.pt']),
    node('DownloadAndLoadFlorence2Model', ['a/B-2']),
  ];
  const declarations = new Map([['Known', { nodeType: 'Known', widgets: ['file'], loaders: [{ input: 'file', directory: null }] }]]);
  const { required } = await scan([workflows({ 'a.json': editorGraph(nodes) })], ports({ ...library([]), declarations }));
  const reasons = Object.fromEntries(required.map(({ filename, directory, directoryReason }) => [filename, [directory, directoryReason]]));
  expect(reasons).toEqual({
    'a.bin': [null, expect.stringContaining('Stranger is no node that is known here')],
    'b.bin': [null, expect.stringContaining('the class of Known lists no models folder')],
    'B-2': [null, expect.stringContaining('fetches it by itself')],
    'c.pt': ['vae', undefined],
  });
});

describe('slots that are switched off', () => {
  const stack = (...slots: string[]) => node('LoRA Stacker', ['simple', 1, ...slots.flatMap((name) => [name, 1, 1, 1])]);
  const objects = node('Power Lora Loader (rgthree)', [{}, { type: 'PowerLoraLoaderHeaderWidget' }, { on: false, lora: 'row.pt' }]);
  const notesOf = async (nodes: Parameters<typeof editorGraph>[0], present: string[] = []) => {
    const to = ports(library(present));
    const { required } = await scan([workflows({ 'a.json': editorGraph(nodes) })], to);
    return { notes: to.events.flatMap((event) => (event.type === 'note' ? event.message : [])), names: names(required) };
  };

  test('are spoken of with the files that are not here, since ComfyUI checks them too, and need none', async () => {
    const { notes, names: needed } = await notesOf([stack('used.pt', 'here.pt', 'gone.pt', 'None', 'far.pt'), objects], ['here.pt']);
    expect(needed).toEqual(['used.pt']);
    expect(notes).toEqual([
      expect.stringMatching(
        /^node \d+ \(LoRA Stacker\) of a\.json: slots .* name gone\.pt, far\.pt, which are not here\. .*set these slots to None$/,
      ),
    ]);
  });

  test('are not spoken of where no such node runs, or all is here', async () => {
    expect((await notesOf([{ ...stack('used.pt', 'gone.pt'), mode: 4 }, node('VAELoader', ['a.pt'])])).notes).toEqual([]);
    expect((await notesOf([stack('used.pt', 'here.pt')], ['here.pt'])).notes).toEqual([]);
  });

  test('of many nodes are counted, and many names in one cut short', async () => {
    const { notes } = await notesOf(Array.from({ length: 10 }, () => stack('used.pt', 'a.pt', 'b.pt', 'c.pt', 'd.pt')));
    expect(notes).toHaveLength(9);
    expect(notes[0]).toContain('a.pt, b.pt, c.pt and 1 more');
    expect(notes[8]).toContain('2 more nodes have such slots');
  });
});

describe('node types that cannot be told to be missing', () => {
  const graph = editorGraph([node('KSampler', []), node('Fancy', [], { properties: { cnr_id: 'fancy' } })]);
  const notesOf = async (files: Record<string, string>, sources: boolean, content: unknown = graph) => {
    const root = workflows({ 'models/loras/a.safetensors': '', 'custom_nodes/one/readme.md': '', ...files });
    const on = ports(library([]));
    delete on.openLibrary;
    const paths = [workflows({ 'a.json': content })];
    const { missingNodes } = await runScan(
      { paths, install: { ...install, root, sources: sources ? root : null }, includeDisabled: false },
      on,
    );
    const notes = on.events.flatMap((event) => (event.type === 'note' ? [[event.level, event.message.replaceAll(root, 'ROOT')]] : []));
    return { notes, missing: missingNodes.map(({ nodeType }) => nodeType) };
  };

  test('are spoken of, with the place and what to do', async () => {
    const { notes, missing } = await notesOf({}, false);
    expect(notes).toEqual([
      ['warn', expect.stringMatching(/node classes could not be read \(ROOT does not hold.*not reported as missing\. Start.*comfyui_url/)],
    ]);
    expect(missing).toEqual(['Fancy']);
    const unread = await notesOf({ 'nodes.py': 'NODE_CLASS_MAPPINGS = {}\n' }, true);
    expect(unread.notes).toEqual([['warn', expect.stringContaining('(ROOT has no nodes.py that tells them)')]]);
  });

  test('are not spoken of where there are none', async () => {
    const source = 'class KSampler: pass\nNODE_CLASS_MAPPINGS = {"KSampler": KSampler}\n';
    expect(await notesOf({ 'nodes.py': source }, true)).toEqual({ notes: [], missing: ['Fancy'] });
    expect((await notesOf({ 'custom_nodes/one/__init__.py': source }, false)).notes).toEqual([]);
  });
});

test('what nodes say of their pack is handed on, each thing once', async () => {
  const from = (more: Record<string, unknown>) => node('Fancy', [], { properties: more });
  const nodes = [from({ cnr_id: 'fancy', ver: '1.2.3' }), from({ cnr_id: 'fancy', ver: '1.2.3' }), node('Plain', [])];
  const root = workflows({ 'a.json': editorGraph(nodes), 'b.json': editorGraph([from({ cnr_id: 'fancy', ver: '2.0.0' })]) });
  const asked: unknown[] = [];
  const machine: ScanLibrary = { ...library([]), missingNodes: (uses) => Promise.resolve(asked.push(...uses)).then(() => []) };
  await scan([root], ports(machine));
  expect(asked).toEqual([
    {
      nodeType: 'Fancy',
      home: 'server',
      workflows: ['a.json', 'b.json'],
      registryIds: ['fancy'],
      repositories: [],
      versions: ['1.2.3', '2.0.0'],
    },
    { nodeType: 'Plain', home: 'server', workflows: ['a.json'], registryIds: [], repositories: [] },
  ]);
});

describe('a scan', () => {
  const root = workflows({
    'a.json': editorGraph([node('VAELoader', ['a.pt']), node('LoraLoader', ['b.pt']), node('Fancy', []), node('Note', ['x'])]),
    'sub/b.json': { '1': { class_type: 'VAELoader', inputs: { vae_name: 'a.pt' } } },
    'package.json': { name: 'x' },
    'broken.json': '{"nodes": [',
  });

  test('says what is needed, what is missing, and what could not be read', async () => {
    const to = ports(library(['b.pt'], ['Fancy']));
    const result = await scan([root], to);
    expect(result).toMatchObject({ workflows: 2, localModels: 1 });
    expect(names(result.required)).toEqual(['b.pt', 'a.pt']);
    expect(names(result.missing)).toEqual(['a.pt']);
    expect(result.missingNodes).toEqual([{ nodeType: 'Fancy', workflows: ['a.json'], pack: null, packs: [] }]);
    expect(result.failures.map((failure) => failure.code)).toEqual(['not_json', 'not_a_workflow']);
  });

  test('tells everything in order as it goes', async () => {
    const to = ports(library([]));
    await scan([root], to);
    const types = to.events.map((event) => event.type);
    expect(types[0]).toBe('phase_started');
    expect(types.at(-1)).toBe('phase_finished');
    expect(to.events.findLast((event) => event.type === 'phase_progress')).toEqual({
      type: 'phase_progress',
      phase: 'scanning',
      current: 4,
      total: 4,
    });
    expect(types.filter((type) => type === 'workflow_failed')).toHaveLength(2);
    expect(types.indexOf('local_models_found')).toBeLessThan(types.indexOf('model_missing'));
    expect(types.indexOf('model_missing')).toBeLessThan(types.indexOf('scan_finished'));
  });

  test('refuses a name that would leave the models folder, and says which', async () => {
    const to = ports(library([]));
    await scan([workflows({ 'evil.json': editorGraph([node('VAELoader', ['../../../etc/x.pt'])]) })], to);
    const problem = to.events.find((event) => event.type === 'problem');
    expect(problem?.problem).toMatchObject({ code: 'unsafe_model_name', error: 'Model name refused: "../../../etc/x.pt"' });
    expect(problem?.problem.details).toContain('evil.json: it would leave the models folder');
  });

  test('finds a LoRA that a list names without its ending', async () => {
    const list = [[{ name: 'Ink', strength: 1, active: true }]];
    const result = await scan(
      [workflows({ 'a.json': editorGraph([node('Lora Loader (LoraManager)', ['', ...list])]) })],
      ports(library(['Ink.safetensors'])),
    );
    expect(result.required[0]).toMatchObject({ filename: 'Ink', state: 'present', foundAt: '/m/Ink.safetensors' });
  });

  test('never counts what a node downloads for itself as missing', async () => {
    const result = await scan([workflows({ 'a.json': editorGraph([node('RIFE VFI', ['rife49.pth', 10])]) })], ports(library([])));
    expect(result.required[0]).toMatchObject({ filename: 'rife49.pth', state: 'self_download' });
    expect(result.missing).toEqual([]);
  });

  test('leaves muted nodes out, models and types alike, unless asked', async () => {
    const muted = workflows({ 'a.json': editorGraph([node('Fancy', ['a.pt'], { mode: 4 })]) });
    const without = await scan([muted], ports(library([], ['Fancy'])));
    expect([without.required, without.missingNodes]).toEqual([[], []]);
    const result = await scan([muted], ports(library([], ['Fancy'])), true);
    expect([names(result.required), result.missingNodes.length]).toEqual([['a.pt'], 1]);
  });
});

/** A memory that tells what it was asked. */
class TellingMemory implements FileMemory {
  readonly texts = new Map<string, { stamp: string; text: string }>();
  kept = 0;

  recall({ path, stamp }: FileKey): string | undefined {
    const known = this.texts.get(path);
    return known?.stamp === stamp ? known.text : undefined;
  }

  keep({ path, stamp }: FileKey, text: string): void {
    this.kept++;
    this.texts.set(path, { stamp, text });
  }
}

describe('a scan with a memory', () => {
  const past = new Date('2020-01-01T00:00:00Z');
  const files = {
    'a.json': editorGraph([node('VAELoader', ['a.pt']), node('Fancy', [])]),
    'package.json': { name: 'x' },
    'b.json': editorGraph([node('VAELoader', ['b.pt'])]),
  };
  const settled = (): string => {
    const root = workflows(files);
    for (const name of Object.keys(files)) utimesSync(join(root, name), past, past);
    return root;
  };

  test('finds and tells the same when nothing has changed, and reads nothing again', async () => {
    const root = settled();
    const memory = new TellingMemory();
    const [first, second] = [ports(library([], ['Fancy'])), ports(library([], ['Fancy']))];
    const found = await scan([root], { ...first, memory });
    expect(memory.kept).toBe(3);
    expect(await scan([root], { ...second, memory })).toEqual(found);
    expect(second.events).toEqual(first.events);
    expect(memory.kept).toBe(3);
  });

  test('reads a file again that has changed, and no other', async () => {
    const root = settled();
    const memory = new TellingMemory();
    await scan([root], { ...ports(library([])), memory });
    writeFileSync(join(root, 'b.json'), JSON.stringify(editorGraph([node('VAELoader', ['c.pt'])])));
    utimesSync(join(root, 'b.json'), past, past);
    expect(names((await scan([root], { ...ports(library([])), memory })).required)).toEqual(['a.pt', 'c.pt']);
    expect(memory.kept).toBe(4);
  });

  test('reads again what another declaration may change', async () => {
    const root = settled();
    const memory = new TellingMemory();
    await scan([root], { ...ports(library([])), memory });
    const fancy = { nodeType: 'Fancy', widgets: [], loaders: [{ input: 'x', directory: 'vae' }] };
    await scan([root], { ...ports({ ...library([]), declarations: new Map([['Fancy', fancy]]) }), memory });
    expect(memory.kept).toBe(4);
  });

  test('does not trust the times of a file that was written a moment ago', async () => {
    const memory = new TellingMemory();
    await scan([workflows(files)], { ...ports(library([])), memory });
    expect(memory.kept).toBe(0);
  });

  test('takes a text that is none for nothing', async () => {
    const root = settled();
    const memory = new TellingMemory();
    const found = await scan([root], { ...ports(library([])), memory });
    for (const known of memory.texts.values()) known.text = 'nonsense';
    expect(await scan([root], { ...ports(library([])), memory })).toEqual(found);
  });
});

describe('a scan that cannot go on', () => {
  test('without any workflow it says where it looked and which key to set', async () => {
    const root = workflows({ 'package.json': { name: 'x' } });
    const error = await scan([root], ports(library([]))).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ToolkitError);
    expect(error).toMatchObject({ code: 'no_workflows', exitCode: 2 });
    expect((error as ToolkitError).message).toStartWith('No workflows found');
    expect((error as ToolkitError).hint).toContain('workflow_directories');
    expect((error as ToolkitError).hint).toContain(root);
  });

  test('an abort ends it with its reason', async () => {
    const control = new AbortController();
    const to = ports(library([]), control.signal);
    control.abort(new Error('stop'));
    const root = workflows({ 'a.json': editorGraph([node('VAELoader', ['a.pt'])]) });
    expect(await scan([root], to).catch((thrown: unknown) => thrown)).toEqual(new Error('stop'));
  });

  test('a real install without anything is read as empty', async () => {
    const { openLibrary: _unused, ...to } = ports(library([]));
    mkdirSync(join(install.root, 'models', 'vae'), { recursive: true });
    const result = await runScan(
      { paths: [workflows({ 'a.json': editorGraph([node('VAELoader', ['a.pt'])]) })], install, includeDisabled: false },
      to,
    );
    expect(result).toMatchObject({ workflows: 1, localModels: 0, missing: [{ filename: 'a.pt', state: 'missing' }] });
  });
});
