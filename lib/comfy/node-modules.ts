import { dirname, join, sep } from 'node:path';

import type { NodeDeclaration } from '../core/model.ts';
import type { InstalledPack } from './installed-packs.ts';
import { declareClass } from './node-class.ts';
import { readSchema } from './node-schema.ts';
import type { Interpreter } from './python/interpreter.ts';
import { NO_ARGUMENTS, OutOfSteps } from './python/machine.ts';
import type { ModuleValue, Value } from './python/values.ts';
import { findWebNodes } from './web-nodes.ts';

/** Node types by name, and what those whose source could be read declare. */
export interface FoundNodes {
  names: Set<string>;
  /** Those of them that only the web part registers. */
  webNames: Set<string>;
  declarations: NodeDeclaration[];
  /** `false` when its list of nodes could not be followed to the end: there may be more. */
  isComplete: boolean;
}

/** Most files of a pack that are read one by one when its own list of nodes cannot be followed. */
const MAX_FILES = 600;

/** ComfyUI's own nodes: `nodes.py` and the modules that it loads from `comfy_extras` and `comfy_api_nodes`. */
export function readCoreNodes(machine: Interpreter, sources: string): FoundNodes {
  const extras = filesIn(machine, sources, ['comfy_extras', 'comfy_api_nodes', join('comfy_extras', 'nodes'), join('comfy', 'nodes')]);
  const found: FoundNodes = { names: new Set(), webNames: new Set(), declarations: [], isComplete: true };
  for (const file of [join(sources, 'nodes.py'), ...extras]) {
    machine.beginPack(sources);
    addNodes(
      machine,
      found,
      nodesOf(
        machine,
        guarded(() => machine.importFile(file)),
      ),
    );
  }
  return found;
}

/**
 * Follows a pack's `prestartup_script.py`, for the model folders that it registers. ComfyUI runs those of all packs before it loads any
 * node (`execute_prestartup_script` in its `main.py`, 2026-10), and looks for none beside a pack that is a single file.
 */
export function readPrestartupScript(machine: Interpreter, pack: InstalledPack): void {
  if (pack.isFile) return;
  machine.beginPack(pack.path);
  guarded(() => machine.importFile(join(pack.path, 'prestartup_script.py')));
}

/**
 * The nodes of one custom node pack, those of its web part included. A folder without `__init__.py` has none, whatever lies in it (a pack
 * that was unpacked one folder too deep, say): ComfyUI fails to load it (`load_custom_node` in its `nodes.py`, 2026-10).
 */
export function readPackNodes(machine: Interpreter, pack: InstalledPack): FoundNodes {
  machine.beginPack(pack.isFile ? dirname(pack.path) : pack.path);
  const found: FoundNodes = { names: new Set(), webNames: new Set(), declarations: [], isComplete: true };
  const entry = pack.isFile ? pack.path : join(pack.path, '__init__.py');
  // In a folder that may not be entered there may be one.
  if (!machine.disk.isThere(entry)) return { ...found, isComplete: pack.isFile || machine.disk.isThere(`${pack.path}/.`) };
  const own = nodesOf(
    machine,
    guarded(() => machine.importFile(entry)),
  );
  addNodes(machine, found, own);
  found.isComplete = !own.isOpen;
  if (pack.isFile) return found;
  if (own.isOpen || own.classes.size === 0) addFromEveryFile(machine, pack.path, found);
  for (const name of findWebNodes(pack.path, machine.disk)) {
    if (!found.names.has(name)) found.webNames.add(name);
    found.names.add(name);
  }
  return found;
}

interface ModuleNodes {
  classes: Map<string, Value>;
  /** `true` when there may be more than could be read. */
  isOpen: boolean;
}

/** What ComfyUI would register of a module: its `NODE_CLASS_MAPPINGS`, else what its `comfy_entrypoint` lists. */
function nodesOf(machine: Interpreter, module: Value | undefined): ModuleNodes {
  if (module?.type !== 'module' || module.tokens === null) return { classes: new Map(), isOpen: true };
  const mappings = module.scope.names.get('NODE_CLASS_MAPPINGS');
  if (mappings?.type === 'dict' && mappings.entries.size > 0) return { classes: mappings.entries, isOpen: mappings.isOpen };
  const entrypoint = module.scope.names.get('comfy_entrypoint');
  if (entrypoint?.type === 'function') return guarded(() => extensionNodes(machine, entrypoint)) ?? { classes: new Map(), isOpen: true };
  return { classes: new Map(), isOpen: mappings !== undefined && (mappings.type !== 'dict' || mappings.isOpen) };
}

/** Calls `comfy_entrypoint` and then `get_node_list` of the extension that it gives. */
function extensionNodes(machine: Interpreter, entrypoint: Value): ModuleNodes {
  const extension = machine.call(entrypoint, NO_ARGUMENTS);
  const listed = machine.call(machine.attribute(extension, 'get_node_list'), NO_ARGUMENTS);
  if (listed.type !== 'list') return { classes: new Map(), isOpen: true };
  return { classes: schemaClasses(machine, listed.items), isOpen: listed.isOpen };
}

function schemaClasses(machine: Interpreter, values: Iterable<Value>): Map<string, Value> {
  const classes = new Map<string, Value>();
  for (const value of values) {
    const nodeId = value.type === 'class' ? guarded(() => readSchema(machine, value))?.nodeId : undefined;
    if (typeof nodeId === 'string') classes.set(nodeId, value);
  }
  return classes;
}

/** Packs that load their modules in a way that cannot be followed: every file's own list counts. */
function addFromEveryFile(machine: Interpreter, folder: string, found: FoundNodes): void {
  for (const file of pythonFilesBelow(machine, folder)) guarded(() => machine.importFile(file));
  for (const module of machine.modulesBelow(folder + sep)) {
    for (const classes of mappingsOf(machine, module)) addNodes(machine, found, { classes, isOpen: true });
  }
}

function mappingsOf(machine: Interpreter, module: ModuleValue): Map<string, Value>[] {
  const mappings: Map<string, Value>[] = [];
  for (const [name, value] of module.scope.names) {
    if (/CLASS_MAPPINGS?$/.test(name) && value.type === 'dict') mappings.push(value.entries);
  }
  return [...mappings, schemaClasses(machine, module.scope.names.values())];
}

function pythonFilesBelow(machine: Interpreter, folder: string): string[] {
  return machine.disk
    .listDeep(folder)
    .filter((name) => name.endsWith('.py') && !/(?:^|[/\\])(?:tests?|\.git|node_modules|site-packages|\.venv)[/\\]/.test(name))
    .slice(0, MAX_FILES)
    .map((name) => join(folder, name));
}

function addNodes(machine: Interpreter, found: FoundNodes, { classes }: ModuleNodes): void {
  for (const [name, value] of classes) {
    if (found.names.has(name)) continue;
    found.names.add(name);
    const declaration = guarded(() => declareClass(machine, name, value));
    if (declaration !== undefined) found.declarations.push(declaration);
  }
}

function filesIn(machine: Interpreter, sources: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const names = machine.disk.list(join(sources, folder)).filter((name) => name.endsWith('.py'));
    return names.map((name) => join(sources, folder, name));
  });
}

/** Runs a part of the reading; one that takes too many steps, or nests deeper than the stack, gives nothing. */
function guarded<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof OutOfSteps || error instanceof RangeError) return undefined;
    throw error;
  }
}
