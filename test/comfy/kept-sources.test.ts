import { describe, expect, test } from 'bun:test';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { readNodeDeclarations } from '../../lib/comfy/node-sources.ts';
import type { FileKey, FileMemory } from '../../lib/core/file-memory.ts';
import { makeTree, type Tree } from './kit.ts';

/** A memory that tells what it was asked. */
class TellingMemory implements FileMemory {
  kept = 0;
  text = '';
  #stamp = '';

  recall({ stamp }: FileKey): string | undefined {
    return stamp === this.#stamp ? this.text : undefined;
  }

  keep({ stamp }: FileKey, text: string): void {
    this.kept++;
    this.#stamp = stamp;
    this.text = text;
  }
}

const PAST = new Date('2020-01-01T00:00:00Z');

/** As if nobody had touched the files for years: only then can their times be trusted. */
function settle(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (statSync(join(folder, name)).isFile()) utimesSync(join(folder, name), PAST, PAST);
  }
}

function put(tree: Tree, name: string, text: string): void {
  mkdirSync(join(tree.path(name), '..'), { recursive: true });
  writeFileSync(tree.path(name), text);
  utimesSync(tree.path(name), PAST, PAST);
}

const pack = (name: string) => `class A:
  @classmethod
  def INPUT_TYPES(s): return {"required": {"m": (folder_paths.get_filename_list("vae"), ), "n": ("INT", {}), "d": (other.choices() + ["a.pt"], )}}
NODE_CLASS_MAPPINGS = {"${name}": A}
`;

function makeInstall(): Promise<Tree> {
  return makeTree({
    'nodes.py': pack('Core'),
    'comfy_extras/nodes_a.py': pack('Extra'),
    'custom_nodes/one/__init__.py': `import json, os, glob
from .inner import NODE_CLASS_MAPPINGS
import folder_paths
folder_paths.add_model_folder_path("mine", os.path.join(folder_paths.models_dir, "mine"))
for file in glob.glob(os.path.join(os.path.dirname(__file__), "more", "*.py")):
  NODE_CLASS_MAPPINGS[os.path.basename(file)] = object
with open(os.path.join(os.path.dirname(__file__), "names.json")) as f:
  for name in json.load(f): NODE_CLASS_MAPPINGS[name] = object
`,
    'custom_nodes/one/inner.py': pack('Inner'),
    'custom_nodes/one/names.json': '["Listed"]',
    'custom_nodes/one/more/a.py': '',
    'custom_nodes/one/web/a.js': 'app.registerExtension({}); LiteGraph.registerNodeType("Web", Web);',
    'custom_nodes/off.disabled/__init__.py': pack('Off'),
  });
}

async function readTwice(tree: Tree, between: () => void): Promise<{ memory: TellingMemory; names: string[][] }> {
  const memory = new TellingMemory();
  settle(tree.root);
  const first = await readNodeDeclarations(tree.install, { memory });
  between();
  const second = await readNodeDeclarations(tree.install, { memory });
  return { memory, names: [first, second].map(({ installed }) => [...installed].sort()) };
}

describe('node sources that were read before', () => {
  test('are not read again, and say the same', async () => {
    await using tree = await makeInstall();
    const memory = new TellingMemory();
    settle(tree.root);
    const read = await readNodeDeclarations(tree.install, { memory });
    expect([...read.installed]).toEqual(expect.arrayContaining(['Core', 'Extra', 'Inner', 'Listed', 'a.py', 'Web']));
    expect(await readNodeDeclarations(tree.install, { memory })).toEqual(read);
    expect(read.declarations.get('Core')?.untold).toEqual([{ input: 'd', choices: ['a.pt'] }]);
    expect([read.additions.length, [...read.disabled.keys()], memory.kept]).toEqual([1, ['Off'], 1]);
  });

  test('do not hold for a file that was written a moment ago', async () => {
    await using tree = await makeInstall();
    const memory = new TellingMemory();
    await readNodeDeclarations(tree.install, { memory });
    expect(memory.kept).toBe(0);
  });

  test.each([
    ['a module that changes', 'custom_nodes/one/inner.py', pack('Other'), 'Other'],
    ['a file that another opens', 'custom_nodes/one/names.json', '["New"]', 'New'],
    ['a file that a pattern finds', 'custom_nodes/one/more/b.py', '', 'b.py'],
    ['a script of the web part', 'custom_nodes/one/web/sub/b.js', 'LiteGraph.registerNodeType("Web2", Web);', 'Web2'],
    ['a module of ComfyUI that comes', 'comfy_extras/nodes_b.py', pack('Extra2'), 'Extra2'],
    ['a pack that comes', 'custom_nodes/two.py', pack('Two'), 'Two'],
    ['a package that goes before a module', 'custom_nodes/one/inner/__init__.py', pack('Package'), 'Package'],
  ])('are read again for %s', async (_, name, text, expected) => {
    await using tree = await makeInstall();
    const { memory, names } = await readTwice(tree, () => put(tree, name, text));
    expect(names[0]).not.toContain(expected);
    expect(names[1]).toContain(expected);
    expect(memory.kept).toBe(2);
  });

  test('are read again when a pack is switched off, or a module is gone', async () => {
    await using tree = await makeInstall();
    const off = await readTwice(tree, () => renameSync(tree.path('custom_nodes/one'), tree.path('custom_nodes/one.disabled')));
    expect([off.names[0]?.includes('Inner'), off.names[1]?.includes('Inner')]).toEqual([true, false]);
    await using other = await makeInstall();
    const gone = await readTwice(other, () => rmSync(other.path('comfy_extras/nodes_a.py')));
    expect([gone.names[0]?.includes('Extra'), gone.names[1]?.includes('Extra')]).toEqual([true, false]);
  });

  test('models that come and go change nothing', async () => {
    await using tree = await makeInstall();
    const { memory } = await readTwice(tree, () => put(tree, 'models/vae/new.safetensors', 'x'));
    expect(memory.kept).toBe(1);
  });

  test.each(['', 'x', '{}', '{"witnesses":[]}', '{"witnesses":[],"reading":{}}', '{"witnesses":[["text",1,2]],"reading":{}}'])(
    'a text that holds none is nothing: %j',
    async (text) => {
      await using tree = await makeInstall();
      const memory = new TellingMemory();
      settle(tree.root);
      const read = await readNodeDeclarations(tree.install, { memory });
      memory.text = text;
      expect(await readNodeDeclarations(tree.install, { memory })).toEqual(read);
      expect(memory.kept).toBe(2);
    },
  );
});
