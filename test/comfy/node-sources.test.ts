import { describe, expect, test } from 'bun:test';
import { chmod, symlink } from 'node:fs/promises';

import { readInstall } from '../../lib/comfy/read-install.ts';
import { readNodeDeclarations } from '../../lib/comfy/node-sources.ts';
import type { NodeSources } from '../../lib/comfy/node-sources.ts';
import { makeTree } from './kit.ts';

/** A node class of the old kind, with these required inputs. */
function node(name: string, required = ''): string {
  return `class ${name}:\n    @classmethod\n    def INPUT_TYPES(s):\n        return {"required": {${required}}}\n\n`;
}

async function readPack(files: Record<string, string>): Promise<NodeSources> {
  const entries = Object.entries(files).map(([name, source]) => [`custom_nodes/pack/${name}`, source]);
  await using tree = await makeTree({ 'nodes.py': 'NODE_CLASS_MAPPINGS = {}\n', ...Object.fromEntries(entries) });
  return await readNodeDeclarations(tree.install);
}

const AB = node('A') + node('B');

const MAPPINGS: [name: string, files: Record<string, string>, expected: string[]][] = [
  ['a dict', { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A, 'b': B}\n` }, ['a', 'b']],
  ['a dict with an annotation', { '__init__.py': `${AB}NODE_CLASS_MAPPINGS: dict[str, type] = {"a": A}\n` }, ['a']],
  [
    'comments and texts that look like nodes are none',
    { '__init__.py': `${AB}"""\n"c": A\n"""\nNODE_CLASS_MAPPINGS = {"a": A, # "b": B\n}\n` },
    ['a'],
  ],
  [
    'update',
    { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A}\nNODE_CLASS_MAPPINGS.update({"b": B})\nNODE_CLASS_MAPPINGS.update(c=B)\n` },
    ['a', 'b', 'c'],
  ],
  ['an index', { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {}\nNODE_CLASS_MAPPINGS["a"] = A\n` }, ['a']],
  [
    'a union',
    { '__init__.py': `${AB}X = {"a": A}\nNODE_CLASS_MAPPINGS = X | {"b": B}\nNODE_CLASS_MAPPINGS |= {"c": B}\n` },
    ['a', 'b', 'c'],
  ],
  ['a spread', { '__init__.py': `${AB}X = {"a": A}\nNODE_CLASS_MAPPINGS = {**X, **{"b": B}}\n` }, ['a', 'b']],
  ['dict()', { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = dict(a=A, **{"b x": B})\n` }, ['a', 'b x']],
  ['zip', { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = dict(zip(["a", "b"], [A, B]))\n` }, ['a', 'b']],
  ['a comprehension', { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {c.__name__ + " (x)": c for c in [A, B]}\n` }, ['A (x)', 'B (x)']],
  ['a formatted name', { '__init__.py': `${AB}P = "my"\nNODE_CLASS_MAPPINGS = {f"{P}: {{A}} {A.__name__}": A}\n` }, ['my: {A} A']],
  [
    'names with escapes and emoji',
    { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {"a \\u2728": A, r"b\\n": B, "🦊" "c": A}\n` },
    ['a ✨', 'b\\n', '🦊c'],
  ],
  [
    'a loop',
    {
      '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {}\nfor c in (A, B):\n    NODE_CLASS_MAPPINGS[c.NAME if hasattr(c, "NAME") else c.__name__] = c\n`,
    },
    ['A', 'B'],
  ],
  [
    'a loop over pairs',
    { '__init__.py': `${AB}N = {"a": {"class": A}, "b": {"class": B}}\nNODE_CLASS_MAPPINGS = {k: v["class"] for k, v in N.items()}\n` },
    ['a', 'b'],
  ],
  [
    'another module',
    { '__init__.py': 'from .nodes import NODE_CLASS_MAPPINGS\n', 'nodes.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A}\n` },
    ['a'],
  ],
  [
    'a module above',
    { '__init__.py': 'from .x.y import M as NODE_CLASS_MAPPINGS\n', 'x/y.py': 'from ..z import *\n', 'z.py': `${AB}M = {"a": A}\n` },
    ['a'],
  ],
  [
    'a module of a package',
    { '__init__.py': 'from . import nodes\nNODE_CLASS_MAPPINGS = nodes.MAP\n', 'nodes.py': `${AB}MAP = {"a": A}\n` },
    ['a'],
  ],
  [
    'a star with __all__',
    { '__init__.py': 'from .n import *\n', 'n.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A}\n__all__ = ["NODE_CLASS_MAPPINGS"]\n` },
    ['a'],
  ],
  [
    'a cycle of modules',
    {
      '__init__.py': 'from .a import *\n',
      'a.py': `from . import b\n${AB}NODE_CLASS_MAPPINGS = {"a": A, **b.M}\n`,
      'b.py': 'from . import a\nM = {"b": 1}\n',
    },
    ['a', 'b'],
  ],
  [
    'import_module in a loop',
    {
      '__init__.py': `import importlib\nNODE_CLASS_MAPPINGS = {}\nfor n in ["x", "y"]:\n    m = importlib.import_module(f".nodes.{n}", package=__name__)\n    NODE_CLASS_MAPPINGS = {**NODE_CLASS_MAPPINGS, **m.NODE_CLASS_MAPPINGS}\n`,
      'nodes/x.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A}\n`,
      'nodes/y.py': `${AB}NODE_CLASS_MAPPINGS = {"b": B}\n`,
    },
    ['a', 'b'],
  ],
  [
    'a walk over the pack’s own folder',
    {
      '__init__.py': `import os, importlib.util\nNODE_CLASS_MAPPINGS = {}\nd = os.path.join(os.path.dirname(os.path.realpath(__file__)), "py")\nfor f in os.listdir(d):\n    if not f.endswith(".py"): continue\n    s = importlib.util.spec_from_file_location(f[:-3], os.path.join(d, f))\n    m = importlib.util.module_from_spec(s)\n    s.loader.exec_module(m)\n    NODE_CLASS_MAPPINGS.update(getattr(m, "NODE_CLASS_MAPPINGS", {}))\n`,
      'py/x.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A}\n`,
      'py/note.txt': 'x',
    },
    ['a'],
  ],
  [
    'pathlib',
    {
      '__init__.py': `from pathlib import Path\nimport importlib\nNODE_CLASS_MAPPINGS = {}\nfor f in (Path(__file__).parent / "n").glob("*.py"):\n    m = importlib.import_module(f".n.{f.stem}", __package__)\n    NODE_CLASS_MAPPINGS.update(m.M)\n`,
      'n/x.py': `${AB}M = {"a": A}\n`,
    },
    ['a'],
  ],
  [
    'a decorator',
    {
      '__init__.py': `from .reg import MAP as NODE_CLASS_MAPPINGS\nfrom . import n\n`,
      'reg.py':
        'MAP = {}\ndef register(name):\n    def inner(cls):\n        MAP[name] = cls\n        return cls\n    return inner\n# NODE_CLASS_MAPPINGS\n',
      'n.py': `from .reg import register\n@register("a")\n${node('A')}`,
    },
    ['a'],
  ],
  ['type()', { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {n: type(n, (A,), {}) for n in ["x", "y"]}\n` }, ['x', 'y']],
  [
    'JSON beside it',
    {
      '__init__.py': `import json, os\n${AB}with open(os.path.join(os.path.dirname(__file__), "n.json"), encoding="utf8") as f:\n    data = json.load(f)\nNODE_CLASS_MAPPINGS = {n["id"]: A for n in data["nodes"]}\n`,
      'n.json': '{"nodes": [{"id": "a"}, {"id": "b"}]}',
    },
    ['a', 'b'],
  ],
  [
    'a pattern',
    {
      '__init__.py': `import re\nclass MyBigNode: pass\nNODE_CLASS_MAPPINGS = {re.sub(r"([A-Z])", r" \\1", c.__name__).strip(): c for c in [MyBigNode]}\n`,
    },
    ['My Big Node'],
  ],
  [
    'members of a module',
    {
      '__init__.py': 'import inspect\nfrom . import n\nNODE_CLASS_MAPPINGS = {k: c for k, c in inspect.getmembers(n, inspect.isclass)}\n',
      'n.py': AB,
    },
    ['A', 'B'],
  ],
  [
    'what may be there counts',
    { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A}\nif torch.cuda.is_available():\n    NODE_CLASS_MAPPINGS["b"] = B\n` },
    ['a', 'b'],
  ],
  [
    'what cannot be does not',
    { '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A}\nif False:\n    NODE_CLASS_MAPPINGS["b"] = B\n` },
    ['a'],
  ],
  [
    'the usual try around an import',
    {
      '__init__.py': `${AB}try:\n    import torch\n    HAS = True\nexcept ImportError:\n    HAS = False\nNODE_CLASS_MAPPINGS = {"a": A}\nif HAS:\n    NODE_CLASS_MAPPINGS["b"] = B\n`,
    },
    ['a', 'b'],
  ],
  [
    'an import that fails and what is done then',
    { '__init__.py': `${AB}try:\n    from .none import X\nexcept Exception:\n    X = {"b": B}\nNODE_CLASS_MAPPINGS = {"a": A, **X}\n` },
    ['a', 'b'],
  ],
  [
    'an import that may fail, and what is registered then',
    {
      '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {}\ntry:\n    import xlib\n    NODE_CLASS_MAPPINGS["a"] = A\nexcept ImportError:\n    NODE_CLASS_MAPPINGS["b"] = B\n`,
    },
    ['a', 'b'],
  ],
  [
    'an import that may fail, and another dict then',
    {
      '__init__.py': `${AB}try:\n    from xlib import y\n    NODE_CLASS_MAPPINGS = {"a": A}\nexcept ImportError:\n    NODE_CLASS_MAPPINGS = {"b": B}\n`,
    },
    ['a', 'b'],
  ],
  [
    'an import that may fail, and what was there before it',
    {
      '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {"b": B}\ntry:\n    import xlib\n    NODE_CLASS_MAPPINGS = {"a": A}\nexcept ImportError:\n    pass\n`,
    },
    ['a', 'b'],
  ],
  [
    'a module that may fail to load, and the one in its place',
    {
      '__init__.py': 'try:\n    from .full import NODE_CLASS_MAPPINGS\nexcept Exception:\n    from .lite import NODE_CLASS_MAPPINGS\n',
      'full.py': `import xlib\n${AB}NODE_CLASS_MAPPINGS = {"a": A}\n`,
      'lite.py': `${AB}NODE_CLASS_MAPPINGS = {"b": B}\n`,
    },
    ['a', 'b'],
  ],
  [
    'a module that takes care of its own import',
    {
      '__init__.py': `${AB}try:\n    from .full import NODE_CLASS_MAPPINGS\nexcept Exception:\n    NODE_CLASS_MAPPINGS = {"b": B}\n`,
      'full.py': `try:\n    import xlib\nexcept ImportError:\n    xlib = None\n${AB}NODE_CLASS_MAPPINGS = {"a": A}\n`,
    },
    ['a'],
  ],
  [
    'a flag that tells whether an import succeeded',
    {
      '__init__.py': `${AB}HAS = False\ntry:\n    import xlib\n    HAS = True\nexcept ImportError:\n    pass\nREADY = HAS and True\nNODE_CLASS_MAPPINGS = {"a": A} if HAS else {}\nif not READY:\n    NODE_CLASS_MAPPINGS["b"] = B\n`,
    },
    ['a', 'b'],
  ],
  [
    'a function that says whether an import succeeds',
    {
      '__init__.py': `${AB}def has():\n    try:\n        import xlib\n        return True\n    except ImportError:\n        return False\nNODE_CLASS_MAPPINGS = {}\nif has():\n    NODE_CLASS_MAPPINGS["a"] = A\nelse:\n    NODE_CLASS_MAPPINGS["b"] = B\n`,
    },
    ['a', 'b'],
  ],
  [
    'a list of classes that hangs on an import',
    {
      '__init__.py': `${AB}try:\n    import xlib\n    ALL = [A]\nexcept ImportError:\n    ALL = [B]\nNODE_CLASS_MAPPINGS = {c.__name__: c for c in ALL}\n`,
    },
    ['A', 'B'],
  ],
  [
    'an import that is sure to succeed',
    {
      '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {}\ntry:\n    import os, json, torch\n    from typing import Any\n    from nodes import NODE_CLASS_MAPPINGS as CORE\n    from . import own\n    NODE_CLASS_MAPPINGS["a"] = A\nexcept ImportError:\n    NODE_CLASS_MAPPINGS["b"] = B\n`,
      'own.py': 'X = 1\n',
    },
    ['a'],
  ],
  [
    'an import that is sure to fail',
    {
      '__init__.py': `${AB}NODE_CLASS_MAPPINGS = {}\ntry:\n    from .none import x\n    NODE_CLASS_MAPPINGS["a"] = A\nexcept ImportError:\n    NODE_CLASS_MAPPINGS["b"] = B\n`,
    },
    ['b'],
  ],
  [
    'modules in a loop, without those that fail',
    {
      '__init__.py': `import importlib\nNODE_CLASS_MAPPINGS = {}\nfor n in ["x", "y"]:\n    try:\n        m = importlib.import_module(f".{n}", package=__name__)\n        found = m.NODE_CLASS_MAPPINGS\n    except ImportError:\n        continue\n    NODE_CLASS_MAPPINGS.update({f"{n}/{k}": c for k, c in found.items()})\n`,
      'x.py': `import xlib\n${AB}NODE_CLASS_MAPPINGS = {"a": A}\n`,
      'y.py': `import ylib\n${AB}NODE_CLASS_MAPPINGS = {"b": B}\n`,
    },
    ['x/a', 'y/b'],
  ],
  [
    'a pack whose loading nobody can follow',
    { '__init__.py': 'NODE_CLASS_MAPPINGS = load_them_all(__file__)\n', 'x/y.py': `${AB}NODE_CLASS_MAPPINGS = {"a": A}\n` },
    ['a'],
  ],
  [
    'the newer interface',
    {
      '__init__.py': `from comfy_api.latest import ComfyExtension, io\nclass A(io.ComfyNode):\n    @classmethod\n    def define_schema(cls):\n        return io.Schema(node_id="a.id", inputs=[])\nclass E(ComfyExtension):\n    async def get_node_list(self) -> list[type[io.ComfyNode]]:\n        return [A]\nasync def comfy_entrypoint():\n    return E()\n`,
    },
    ['a.id'],
  ],
  [
    'tabs, line ends of Windows and a mark at the beginning',
    { '__init__.py': `\ufeffclass A:\r\n\t@classmethod\r\n\tdef INPUT_TYPES(s):\r\n\t\treturn {}\r\nNODE_CLASS_MAPPINGS = {\\\r\n"a": A}` },
    ['a'],
  ],
  [
    'a script that registers nodes',
    {
      '__init__.py': 'NODE_CLASS_MAPPINGS = {}\nWEB_DIRECTORY = "js"\n',
      'js/x.js': 'const N = "My Note";\nLiteGraph.registerNodeType(N, X);\nLiteGraph.registerNodeType("Set", S);',
    },
    ['My Note', 'Set'],
  ],
];

test.each(MAPPINGS)('node types by %s', async (_, files, expected) => {
  expect([...(await readPack(files)).installed].sort()).toEqual(expected.sort());
});

/** One class in a pack, the widgets and loaders that are read of it. */
async function declare(source: string): Promise<{ widgets: string | null; loaders: string[] } | undefined> {
  const { declarations } = await readPack({ '__init__.py': `import folder_paths, os\n${source}\nNODE_CLASS_MAPPINGS = {"N": N}\n` });
  const found = declarations.get('N');
  if (found === undefined) return undefined;
  return { widgets: found.widgets?.join(' ') ?? null, loaders: found.loaders.map(({ input, directory }) => `${input}=${directory}`) };
}

const LIST = 'folder_paths.get_filename_list';

const INPUTS: [name: string, required: string, widgets: string | null, loaders: string[]][] = [
  ['a list of files', `"x": (${LIST}("loras"),)`, 'x', ['x=loras']],
  ['a list with more before it', `"x": (["None"] + ${LIST}("vae"),)`, 'x', ['x=vae']],
  ['a list with a spread', `"x": (["None", *${LIST}("vae")],)`, 'x', ['x=vae']],
  ['a sorted list', `"x": (sorted(${LIST}("vae"), key=str.lower),)`, 'x', ['x=vae']],
  ['a filtered list', `"x": ([n for n in ${LIST}("checkpoints") if "xl" in n], {"tooltip": "t"})`, 'x', ['x=checkpoints']],
  ['a list behind an unknown function', `"x": (natural_sort(${LIST}("checkpoints")),)`, 'x', ['x=checkpoints']],
  ['COMBO with options', `"x": ("COMBO", {"options": ${LIST}("controlnet")})`, 'x', ['x=controlnet']],
  ['old names of folders', `"x": (${LIST}("unet"),), "y": (${LIST}("clip"),)`, 'x y', ['x=diffusion_models', 'y=text_encoders']],
  ['folders of GGUF files', `"x": (${LIST}("unet_gguf"),)`, 'x', ['x=diffusion_models']],
  ['names with the folder before them', `"x": (["bbox/" + n for n in ${LIST}("ultralytics_bbox")],)`, 'x', ['x=ultralytics']],
  [
    'paths below a folder',
    '"x": ([os.path.relpath(os.path.join(r, n), folder_paths.models_dir).replace("a", "b") for r, _, names in os.walk(os.path.join(folder_paths.models_dir, "vae")) for n in names],)',
    'x',
    ['x=vae'],
  ],
  ['a folder that no key owns', '"x": (os.listdir(os.path.join(folder_paths.models_dir, "sams")),)', 'x', ['x=sams']],
  [
    'widgets and sockets',
    '"a": ("INT", {"default": 1}), "m": ("MODEL",), "s": ("STRING", {"multiline": True}), "f": ("FLOAT", {"forceInput": True})',
    'a s',
    [],
  ],
  ['a list of choices is no model', '"x": (["a", "b"],)', 'x', []],
  ['input files are no models', `"x": (${LIST}("input"),)`, 'x', []],
  ['choices that nobody can read', '"x": (comfy.samplers.KSampler.SAMPLERS,)', 'x', []],
];

test.each(INPUTS)('inputs: %s', async (_, required, widgets, loaders) => {
  expect(await declare(node('N', required))).toEqual({ widgets, loaders });
});

const CLASSES: [name: string, source: string, widgets: string | null, loaders: string[]][] = [
  [
    'a helper function',
    `def names(kind):\n    files = ${LIST}(kind)\n    return ["None"] + files\n${node('N', '"x": (names("loras"),)')}`,
    'x',
    ['x=loras'],
  ],
  [
    'a helper of the class',
    `class N:\n    @staticmethod\n    def names():\n        out = []\n        for f in ${LIST}("vae"):\n            out.append(f)\n        return out\n    @classmethod\n    def INPUT_TYPES(cls):\n        return {"required": {"x": (cls.names(),)}}\n`,
    'x',
    ['x=vae'],
  ],
  [
    'a class attribute',
    `class N:\n    FOLDER = "loras"\n    FILES = ${LIST}("vae")\n    @classmethod\n    def INPUT_TYPES(s):\n        return {"required": {"x": (s.FILES,), "y": (${LIST}(s.FOLDER),)}}\n`,
    'x y',
    ['x=vae', 'y=loras'],
  ],
  [
    'inputs that are built up',
    `class N:\n    @classmethod\n    def INPUT_TYPES(s):\n        t = {"required": {"a": ("INT",)}, "optional": {}}\n        for i in range(1, 3):\n            t["optional"][f"lora_{i}"] = (["None"] + ${LIST}("loras"),)\n        return t\n`,
    'a lora_1 lora_2',
    ['lora_1=loras', 'lora_2=loras'],
  ],
  [
    'inputs of a base class',
    `class Base:\n    @classmethod\n    def INPUT_TYPES(s):\n        return {"required": {"x": (${LIST}("vae"),)}}\nclass N(Base):\n    pass\n`,
    'x',
    ['x=vae'],
  ],
  [
    'inputs of a base class and more',
    `class Base:\n    @classmethod\n    def INPUT_TYPES(s):\n        return {"required": {"x": (${LIST}("vae"),)}}\nclass N(Base):\n    @classmethod\n    def INPUT_TYPES(s):\n        t = super().INPUT_TYPES()\n        t["required"]["y"] = ("INT",)\n        return t\n`,
    'x y',
    ['x=vae'],
  ],
  [
    'a path that the code asks for',
    `class N:\n    @classmethod\n    def INPUT_TYPES(s):\n        return {"required": {"x": ("STRING", {}), "y": ("STRING", {})}}\n    def run(self, x, y):\n        return folder_paths.get_full_path_or_raise("loras", x)\n`,
    'x y',
    ['x=loras'],
  ],
  [
    'types that equal everything',
    `class Any(str):\n    def __ne__(self, o): return False\nANY = Any("*")\n${node('N', '"x": (ANY,), "y": ("INT",)')}`,
    'y',
    [],
  ],
  [
    'inputs that come as they are needed',
    `class Flexible(dict):\n    def __contains__(self, k): return True\nclass N:\n    @classmethod\n    def INPUT_TYPES(s):\n        return {"required": {"a": ("INT",)}, "optional": Flexible()}\n`,
    null,
    [],
  ],
  [
    'the newer interface',
    `from comfy_api.latest import io\nclass N(io.ComfyNode):\n    @classmethod\n    def define_schema(cls):\n        return io.Schema(node_id="N", inputs=[io.Model.Input("m"), io.Combo.Input("x", options=${LIST}("loras")), io.Float.Input("s", default=1.0), io.Int.Input("f", force_input=True)])\n`,
    'x s',
    ['x=loras'],
  ],
  [
    'optional inputs stand last in the newer interface',
    `from comfy_api.latest import io\nclass N(io.ComfyNode):\n    @classmethod\n    def define_schema(cls):\n        return io.Schema(node_id="N", inputs=[io.Int.Input("late", optional=True), io.Int.Input("first"), io.Int.Input("second", optional=False)])\n`,
    'first second late',
    [],
  ],
  [
    'a schema that is made from the one of the base',
    `from comfy_api.latest import io\nclass B(io.ComfyNode):\n    @classmethod\n    def define_schema(cls):\n        return io.Schema(node_id="B", inputs=[io.Int.Input("a")])\nclass N(B):\n    @classmethod\n    def define_schema(cls):\n        schema = super().define_schema()\n        schema.node_id = "N"\n        schema.inputs.append(io.Combo.Input("x", options=${LIST}("loras")))\n        return schema\n`,
    'a x',
    ['x=loras'],
  ],
  [
    'types by their names in the enumeration',
    `from comfy.comfy_types import IO\n${node('N', '"x": (IO.ANY, {}), "clip": (IO.CLIP,), "text": (IO.STRING, {}), "n": (IO.INT,)')}`,
    'text n',
    [],
  ],
  [
    'inputs by choice in the newer interface',
    `from comfy_api.latest import io as IO\nclass N(IO.ComfyNode):\n    @classmethod\n    def define_schema(cls):\n        return IO.Schema(node_id="N", inputs=[IO.DynamicCombo.Input("mode", options=[IO.DynamicCombo.Option("a", [IO.Combo.Input("x", options=${LIST}("vae"))])])])\n`,
    null,
    ['mode.x=vae'],
  ],
];

test.each(CLASSES)('classes: %s', async (_, source, widgets, loaders) => {
  expect(await declare(source)).toEqual({ widgets, loaders });
});

test('what a combo offers beside the files of a folder is declared as no file', async () => {
  const source = `${node('N', `"x": (["None", "taesd"] + ${LIST}("vae"),), "y": (${LIST}("loras"),)`)}NODE_CLASS_MAPPINGS = {"N": N}\n`;
  const { declarations } = await readPack({ '__init__.py': `import folder_paths\n${source}` });
  expect(declarations.get('N')?.loaders).toEqual([
    { input: 'x', directory: 'vae', choices: ['None', 'taesd'] },
    { input: 'y', directory: 'loras' },
  ]);
});

const UNTOLD: [name: string, required: string, untold: unknown][] = [
  ['its own texts', '"x": (["a.pt", "b"], {"default": "b"}), "y": ("COMBO", {"options": ["a.pt"]})', undefined],
  ['the members of an enumeration', '"x": (E,)', undefined],
  ['what a library offers', '"x": (other.choices(),)', [{ input: 'x' }]],
  [
    'what a library offers, by name of the type',
    '"x": ("COMBO", {"options": other.CHOICES}), "y": ("COMBO",)',
    [{ input: 'x' }, { input: 'y' }],
  ],
  [
    'files of a folder beside its own texts',
    '"x": (["none", "a.pt"] + os.listdir(HERE),)',
    [{ input: 'x', choices: ['a.pt', 'there.pt'] }],
  ],
  [
    'files of a folder or a hint when there are none',
    '"x": ([n for n in os.listdir(HERE) if n.endswith(".ckpt")] or ["put_it_here.ckpt"],)',
    [{ input: 'x', choices: ['put_it_here.ckpt'] }],
  ],
  [
    'files at any depth below a folder',
    '"x": ([n for r, _, names in os.walk(HERE) for n in names if n.endswith(".pt")],), "y": ([n for r, _, names in os.walk(HERE + "2") for n in names],)',
    [{ input: 'x', choices: ['there.pt'] }, { input: 'y' }],
  ],
  ['files of one of the folders of ComfyUI', `"x": (${LIST}("vae"),), "y": (${LIST}("input"),)`, undefined],
  ['no combo at all', '"m": ("MODEL",), "s": ("STRING", {}), "t": (IO.STRING, {}), "n": ("INT", {"default": other.N})', undefined],
];

test.each(UNTOLD)('choices: %s', async (_, required, untold) => {
  const head = `import folder_paths, os\nfrom comfy.comfy_types import IO\nclass E:\n    A = "a"\nHERE = os.path.join(os.path.dirname(__file__), "files")\n`;
  const source = `${head}${node('N', required)}NODE_CLASS_MAPPINGS = {"N": N}\n`;
  const { declarations } = await readPack({ '__init__.py': source, 'files/there.pt': 'x' });
  expect(declarations.get('N')?.untold as unknown).toEqual(untold);
});

test('choices of the newer interface that are found on the disk are told apart too', async () => {
  const inputs =
    'io.Combo.Input("x", options=["a"]), io.Combo.Input("y", options=os.listdir(os.path.dirname(__file__))), io.Int.Input("n")';
  const schema = `class N(io.ComfyNode):\n    @classmethod\n    def define_schema(cls):\n        return io.Schema(node_id="N", inputs=[${inputs}])\n`;
  const { declarations } = await readPack({
    '__init__.py': `import os\nfrom comfy_api.latest import io\n${schema}NODE_CLASS_MAPPINGS = {"N": N}\n`,
  });
  expect(declarations.get('N')?.untold).toEqual([{ input: 'y' }]);
});

test('a class declares what it has when the imports around it succeed', async () => {
  const flag = 'try:\n    import xlib\n    HAS = True\nexcept ImportError:\n    HAS = False\n';
  const types = (required: string): string => `        return {"required": {${required}}}\n`;
  const asked = `class A:\n    @classmethod\n    def INPUT_TYPES(s):\n        if not HAS:\n    ${types('"error": ("STRING",)')}${types('"x": ("INT",)')}`;
  const stub = `try:\n    import xlib\n${node('B', '"y": ("INT",)').replaceAll(/^(?=.)/gm, '    ')}except ImportError:\n${node('B').replaceAll(/^(?=.)/gm, '    ')}`;
  const { declarations } = await readPack({ '__init__.py': `${flag}${asked}${stub}NODE_CLASS_MAPPINGS = {"a": A, "b": B}\n` });
  expect([declarations.get('a')?.widgets, declarations.get('b')?.widgets]).toEqual([['x'], ['y']]);
});

test('what ComfyUI’s own modules have is sure to be there', async () => {
  await using tree = await makeTree({
    'nodes.py': 'NODE_CLASS_MAPPINGS = {}\n',
    'comfy_api/latest/__init__.py': 'from ._io import io\n',
    'custom_nodes/pack/__init__.py': `${AB}try:\n    from comfy_api.latest import io\n    NODE_CLASS_MAPPINGS = {"a": A}\nexcept ImportError:\n    NODE_CLASS_MAPPINGS = {"old": A}\ntry:\n    from comfy_api.latest import newer\n    NODE_CLASS_MAPPINGS["b"] = B\nexcept ImportError:\n    NODE_CLASS_MAPPINGS["c"] = B\n`,
  });
  expect([...(await readNodeDeclarations(tree.install)).installed].sort()).toEqual(['a', 'b', 'c']);
});

test('a class whose inputs nobody can read is installed and not declared', async () => {
  const sources = await readPack({ '__init__.py': 'class N:\n    INPUT_TYPES = other.thing\nNODE_CLASS_MAPPINGS = {"N": N}\n' });
  expect(sources.installed.has('N')).toBe(true);
  expect(sources.declarations.has('N')).toBe(false);
});

describe('an install', () => {
  const core = `import folder_paths\n${node('Loader', `"ckpt_name": (${LIST}("checkpoints"),)`)}NODE_CLASS_MAPPINGS = {"Loader": Loader}\n`;
  const extra = `${node('Extra')}NODE_CLASS_MAPPINGS = {"Extra": Extra}\n`;
  const pack = (name: string): string => `class N: pass\nNODE_CLASS_MAPPINGS = {"${name}": N}\n`;

  test('has the nodes of ComfyUI, of packs and of single files, and not those that are switched off', async () => {
    await using tree = await makeTree({
      'nodes.py': core,
      'comfy_extras/nodes_extra.py': extra,
      'custom_nodes/one/__init__.py': pack('One'),
      'custom_nodes/two.py': pack('Two'),
      'custom_nodes/off.disabled/__init__.py': pack('Off'),
      'custom_nodes/off2.py.disabled': pack('Off2'),
      'custom_nodes/.disabled/off3@1_0_2/__init__.py': pack('Off3'),
      'custom_nodes/.disabled/off3@1_0_2/pyproject.toml': '[project]\nname = "comfyui-off3"\n',
      'custom_nodes/__pycache__/x.py': pack('Cache'),
      'custom_nodes/readme.txt': 'x',
    });
    const sources = await readNodeDeclarations(tree.install);
    expect([...sources.installed].sort()).toEqual(['Extra', 'Loader', 'One', 'Two']);
    expect([...sources.disabled.keys()].sort()).toEqual(['Off', 'Off2', 'Off3']);
    expect(sources.disabled.get('Off3')).toMatchObject({ name: 'off3', isDisabled: true, registryId: 'comfyui-off3' });
    expect(sources.hasCore).toBe(true);
    expect(sources.declarations.get('Loader')).toEqual({
      nodeType: 'Loader',
      widgets: ['ckpt_name'],
      loaders: [{ input: 'ckpt_name', directory: 'checkpoints' }],
    });
  });

  test('without sources has packs only, and says so', async () => {
    await using tree = await makeTree({ 'custom_nodes/one/__init__.py': pack('One') });
    const sources = await readNodeDeclarations({ ...tree.install, sources: null });
    expect([...sources.installed]).toEqual(['One']);
    expect(sources.hasCore).toBe(false);
  });

  test('reads linked packs, and packs that take nodes from ComfyUI', async () => {
    await using tree = await makeTree({
      'app/nodes.py': core,
      'app/custom_nodes/': '',
      'dev/pack/__init__.py':
        'from nodes import Loader, NODE_CLASS_MAPPINGS as CORE\nfrom .n import M\nNODE_CLASS_MAPPINGS = {"Mine": Loader, **M}\n',
      'dev/pack/n.py': `import nodes\nclass L(nodes.Loader):\n    pass\nM = {"L": L}\n# NODE_CLASS_MAPPINGS\n`,
    });
    await symlink(tree.path('dev/pack'), tree.path('app/custom_nodes/pack'));
    const root = tree.path('app');
    const { declarations } = await readNodeDeclarations({ ...tree.install, root, sources: root });
    expect(declarations.get('L')?.loaders).toEqual([{ input: 'ckpt_name', directory: 'checkpoints' }]);
    expect(declarations.get('Mine')?.loaders).toHaveLength(1);
  });

  test('has the folders that packs register, with their endings', async () => {
    await using tree = await makeTree({
      'nodes.py': core,
      'models/': '',
      'custom_nodes/a/__init__.py': `import os, folder_paths\nfolder_paths.add_model_folder_path("pulid", os.path.join(folder_paths.models_dir, "pulid"))\nfolder_paths.folder_names_and_paths["sams"] = ([os.path.join(folder_paths.models_dir, "sams")], {".pth", ".onnx"})\nfolder_paths.add_model_folder_path(unknown(), "relative")\nNODE_CLASS_MAPPINGS = {}\n`,
    });
    const { folders } = await readInstall(tree.install, { env: {}, home: '/none' });
    expect(folders.folders.get('pulid')?.downloadRoot).toBe(tree.path('models/pulid'));
    expect(folders.folders.get('sams')?.extensions).toEqual(new Set(['.pth', '.onnx']));
  });

  test('has the folders that packs register in the script that runs before any node is loaded', async () => {
    const script = `import folder_paths\nimport os\ndef add(name, paths, endings):\n    for path in paths:\n        folder_paths.add_model_folder_path(name, path)\n    if name in folder_paths.folder_names_and_paths:\n        known, endings_so_far = folder_paths.folder_names_and_paths[name]\n        folder_paths.folder_names_and_paths[name] = (known, endings_so_far | endings)\n    else:\n        folder_paths.folder_names_and_paths[name] = (paths, endings)\n`;
    const adds = (name: string, folder: string, endings: string): string =>
      `add("${name}", [os.path.join(folder_paths.models_dir, "${folder}")], ${endings})\n`;
    await using tree = await makeTree({
      'nodes.py': core,
      'models/': '',
      'custom_nodes/a/__init__.py': `import os, folder_paths\nfolder_paths.add_model_folder_path("llm", os.path.join(folder_paths.models_dir, "other"))\n${pack('A')}`,
      'custom_nodes/b/prestartup_script.py': `${script}${adds('llm', 'LLM', 'folder_paths.supported_pt_extensions')}${adds('mediapipe', 'mediapipe', 'set([".tflite", ".pth"])')}`,
      'custom_nodes/b/__init__.py': pack('B'),
      'custom_nodes/off.disabled/prestartup_script.py': `${script}${adds('off', 'off', '{".pth"}')}`,
      'custom_nodes/prestartup_script.py': `${script}${adds('lone', 'lone', '{".pth"}')}`,
    });
    const { nodes, folders } = await readInstall(tree.install, { env: {}, home: '/none' });
    expect(folders.folders.get('llm')?.roots).toEqual([tree.path('models/LLM'), tree.path('models/other')]);
    expect(folders.folders.get('mediapipe')).toMatchObject({ roots: [tree.path('models/mediapipe')] });
    expect(folders.folders.has('off')).toBe(false);
    expect([...nodes.installed].sort()).toEqual(['A', 'B', 'Loader']);
  });

  test('reads packs from every folder of custom nodes', async () => {
    await using tree = await makeTree({
      'nodes.py': core,
      'more/x/__init__.py': pack('More'),
      'extra_model_paths.yaml': 'a:\n  custom_nodes: more\n',
    });
    const { nodes } = await readInstall(tree.install);
    expect(nodes.installed.has('More')).toBe(true);
  });

  test('reads packs that add nodes for other packs which are there', async () => {
    const source = `import os, folder_paths\nfrom nodes import NODE_CLASS_MAPPINGS as ALL\ndef has(name):\n    for d in folder_paths.get_folder_paths("custom_nodes"):\n        if os.path.isdir(os.path.join(d, name)):\n            return True\n    return False\ndef wrap(cls):\n    class Wrapped(cls):\n        pass\n    return Wrapped\nNODE_CLASS_MAPPINGS = {"LoaderX": wrap(ALL["Loader"])}\nif has("one"):\n    NODE_CLASS_MAPPINGS["OneX"] = 1\nif has("none"):\n    NODE_CLASS_MAPPINGS["NoneX"] = 1\n`;
    await using tree = await makeTree({
      'nodes.py': core,
      'custom_nodes/one/__init__.py': pack('One'),
      'custom_nodes/x/__init__.py': source,
    });
    const { installed, declarations } = await readNodeDeclarations(tree.install);
    expect(installed.has('OneX')).toBe(true);
    expect(declarations.get('LoaderX')?.loaders).toEqual([{ input: 'ckpt_name', directory: 'checkpoints' }]);
  });

  test('an aborted reading rejects with the reason', async () => {
    await using tree = await makeTree({ 'nodes.py': core, 'custom_nodes/one/__init__.py': pack('One') });
    const reason = new Error('stop');
    expect(await readNodeDeclarations(tree.install, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error)).toBe(reason);
  });
});

const NESTED = 20_000;
const HOSTILE: [name: string, source: string][] = [
  ['brackets in brackets', `X = ${'['.repeat(NESTED)}${']'.repeat(NESTED)}\n`],
  ['brackets that nobody closes', `X = ${'('.repeat(NESTED)}\n`],
  ['minus after minus', `X = ${'-'.repeat(NESTED)}1\n`],
  ['not after not', `X = ${'not '.repeat(NESTED)}1\n`],
  ['a long sum', `X = ${'1 + '.repeat(NESTED)}1\n`],
  ['a long chain', `X = a${'.b()'.repeat(NESTED)}\n`],
  ['ifs in ifs', Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}if x:\n`).join('')],
  ['elif after elif', `if a: pass\n${'elif b: pass\n'.repeat(NESTED)}`],
  ['a loop without end', 'while True:\n    X = 1\n'],
  ['loops in loops', 'for a in range(4000):\n  for b in range(4000):\n    for c in range(4000):\n      X = a\n'],
  ['a function that calls itself', 'def f(x):\n    return f(f(f(f(x))))\nX = f(1)\n'],
  ['a class that is its own base', 'class X: pass\nX.bases = X\nclass Y(Y): pass\n'],
  [
    'classes with the same bases over and over',
    `class C0: pass\n${Array.from({ length: 19 }, (_, place) => `class C${place + 1}(C${place}, C${place}, C${place}): pass\n`).join('')}X = C19.none\nY = issubclass(C19, int)\nZ = C19()\n`,
  ],
  ['a class among its own bases', 'L = []\nX = type("X", L, {})\nL.append(X)\nL.append(X)\nY = X.none\nZ = X()\n'],
  ['a text that doubles', `X = "a"\n${'X = X + X\n'.repeat(200)}`],
  ['a list that doubles', `X = [1]\n${'X = X + X\n'.repeat(200)}`],
  ['a dict that holds itself', 'X = {}\nX["x"] = X\nimport copy\nY = copy.deepcopy(X)\nZ = str(X)\n'],
  ['calls that hold each other', `${'X = f(X, X)\n'.repeat(200)}Y = "a" + X\n`],
  ['dicts that hold each other', `A = {}\nB = {}\n${'A = {"a": A, "b": A}\nB = {"a": B, "b": B}\n'.repeat(60)}X = A if u else B\n`],
  [
    'copies of lists of lists',
    'import copy\nA = [1 for i in range(4000)]\nB = [A for i in range(4000)]\nC = [B for i in range(4000)]\nX = copy.deepcopy(C)\n',
  ],
  [
    'a long list that is gone through again and again',
    'A = [i for i in range(4000)]\nfor x in A:\n    for y in A:\n        X = sorted(A)\n        Y = "z" in A\n',
  ],
  [
    'dicts that are spread out over and over',
    `A = {str(i): 1 for i in range(4000)}\nfor x in range(4000):\n  for y in range(4000):\n    X = {**A, **A}\n`,
  ],
  ['a long text between long texts', `A = "${'a'.repeat(60_000)}"\nB = [A for i in range(4000)]\nfor x in range(4000):\n  X = A.join(B)\n`],
  ['a field that nobody closes', `A = "{${'a'.repeat(60_000)}"\nfor x in range(4000):\n  X = A.format(1)\n`],
  ['a long text in other letters', `A = "${'a b '.repeat(15_000)}"\nfor x in range(4000):\n  for y in range(4000):\n    X = A.title()\n`],
  ['a pattern that takes for ever', 'import re\nX = re.sub("(a+)+$", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")\n'],
  ['a pattern of alternatives again and again', `import re\nX = re.sub("(a|aa)+$", "", "${'a'.repeat(200)}!")\n`],
  ['alternatives behind one another', `import re\nX = re.sub("${'(a|aa)'.repeat(30)}b", "", "${'a'.repeat(200)}")\n`],
  ['repeats behind one another', `import re\nX = re.sub("${'a*'.repeat(20)}b", "", "${'a'.repeat(200)}")\n`],
  [
    'a dear pattern over and over',
    `import re\nfor x in range(4000):\n  for y in range(4000):\n    X = re.sub("a*a*b", "", "${'a'.repeat(250)}")\n`,
  ],
  [
    'folders without end',
    'import folder_paths\nfor x in range(4000):\n  for y in range(4000):\n    folder_paths.add_model_folder_path("loras", "/%d/%d" % (x, y))\n',
  ],
  [
    'folders without end, all at once',
    'import folder_paths\nA = ["/%d" % x for x in range(4000)]\nfor x in range(4000):\n  folder_paths.folder_names_and_paths["k%d" % x] = (A, set())\n',
  ],
  ['a text that nobody closes', 'X = """abc\n'],
  ['bytes that are no text', 'X = \u0000\u0001\u0002\ud800\n'],
  ['formats in formats', `X = ${'f"{'.repeat(300)}\n`],
];

test.each(HOSTILE)('bounded in time and memory: %s', async (_, source) => {
  const start = performance.now();
  const sources = await readPack({ '__init__.py': `${node('A')}NODE_CLASS_MAPPINGS = {"a": A}\n${source}` });
  expect(performance.now() - start).toBeLessThan(4000);
  expect([...sources.installed]).toEqual(['a']);
});

test('a text is put in place of another as it is written', async () => {
  const source = `${node('A')}NODE_CLASS_MAPPINGS = {"a_b".replace("_", "$&"): A, "-".join(["c", "d"]): A, "".join([]) + "e".replace("", "."): A}\n`;
  expect([...(await readPack({ '__init__.py': source })).installed].sort()).toEqual(['.e.', 'a$&b', 'c-d']);
});

test.each([
  'for name in x.names(): NODE_CLASS_MAPPINGS[name] = A',
  'NODE_CLASS_MAPPINGS.update(x.get())',
  'NODE_CLASS_MAPPINGS = {**x.nodes}',
  'NODE_CLASS_MAPPINGS = {name: A for name in x.names()}',
  'NODE_CLASS_MAPPINGS = {x.name: A}',
])('a pack none of whose names can be read has more than none: %s', async (line) => {
  const { installed, incomplete } = await readPack({ '__init__.py': `import x\n${node('A')}NODE_CLASS_MAPPINGS = {}\n${line}\n` });
  expect([installed.size, incomplete.size]).toEqual([0, 1]);
});

test('a folder that ComfyUI cannot load as a pack has no nodes', async () => {
  const mapping = `${node('A')}NODE_CLASS_MAPPINGS = {"A": A}\n`;
  const { installed, incomplete } = await readPack({
    'pack/__init__.py': mapping,
    'nodes.py': mapping,
    'js/a.js': 'registerNodeType("W", X)',
  });
  expect([installed.size, incomplete.size]).toEqual([0, 0]);
});

test('an empty folder is no pack', async () => {
  await using tree = await makeTree({ 'models/': '', 'custom_nodes/pack/': '' });
  const { nodes } = await readInstall(tree.install);
  expect([nodes.packs, [...nodes.incomplete]]).toEqual([[], []]);
});

test('a folder is a clone of its own, or none', async () => {
  await using tree = await makeTree({ '.git/HEAD': '', 'custom_nodes/clone/.git/HEAD': '', 'custom_nodes/copy/a.py': '' });
  const { packs } = await readNodeDeclarations(tree.install);
  expect(packs.map(({ name, isClone }) => [name, isClone])).toEqual([
    ['clone', true],
    ['copy', false],
  ]);
});

test.skipIf(process.getuid?.() === 0)('a pack that may not be read is named, and may have more nodes than none', async () => {
  await using tree = await makeTree({ 'models/': '', 'custom_nodes/pack/__init__.py': '', 'custom_nodes/lone.py': '' });
  await chmod(tree.path('custom_nodes/pack'), 0);
  await chmod(tree.path('custom_nodes/lone.py'), 0);
  const { nodes, folders } = await readInstall(tree.install);
  await chmod(tree.path('custom_nodes/pack'), 0o700);
  expect(folders.problems.map(({ code, path }) => `${code} ${path.slice(tree.root.length + 1)}`).sort()).toEqual([
    'pack_unreadable custom_nodes/lone.py',
    'pack_unreadable custom_nodes/pack',
  ]);
  expect(nodes.incomplete.size).toBe(2);
});

test('a pyproject.toml that would be read for ever is left out', async () => {
  const tables = Array.from({ length: 200_000 }, (_, place) => `[t${place}]\n`).join('');
  const { packs, installed } = await readPack({ '__init__.py': `${node('A')}NODE_CLASS_MAPPINGS = {"A": A}\n`, 'pyproject.toml': tables });
  expect([packs[0]?.registryId, installed.has('A')]).toEqual([null, true]);
});

test('a pack without nodes has none', async () => {
  expect((await readPack({ '__init__.py': 'NODE_CLASS_MAPPINGS = {}\n' })).incomplete.size).toBe(0);
});

test('files outside the install are not opened', async () => {
  const source = `import json, os\nNODE_CLASS_MAPPINGS = {n: n for n in os.listdir("/")}\nNODE_CLASS_MAPPINGS["x"] = 1\nX = json.load(open("/etc/passwd"))\nfor n in open("/etc/hosts").read().split(): NODE_CLASS_MAPPINGS[n] = 1\n`;
  expect([...(await readPack({ '__init__.py': source })).installed]).toEqual(['x']);
});

test('names of prototypes are names like others', async () => {
  const sources = await readPack({
    '__init__.py': `${node('N', '"__proto__": ("INT",)')}NODE_CLASS_MAPPINGS = {"__proto__": N, "constructor": N}\n`,
  });
  expect([...sources.installed].sort()).toEqual(['__proto__', 'constructor']);
  expect(sources.declarations.get('__proto__')?.widgets).toEqual(['__proto__']);
});
