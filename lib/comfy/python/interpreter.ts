import { basename, dirname, join, resolve } from 'node:path';

import type { FolderAddition } from '../extra-paths.ts';
import { SourceDisk } from '../source-disk.ts';
import { attributeOf } from './attributes.ts';
import { callValue, makeInstance } from './calls.ts';
import { mayRead } from './disk.ts';
import { evaluateArguments, evaluateExpression } from './expressions.ts';
import { folderConstant } from './folder-natives.ts';
import { ImportTrouble, makeFrame, OutOfSteps } from './machine.ts';
import type { CallArguments, Frame, Machine, Outcome } from './machine.ts';
import { parseModule } from './parse-statement.ts';
import { executeBlock } from './statements.ts';
import { isStandardModule, isSureModule } from './sure-imports.ts';
import type { Argument, Expression, Statement } from './syntax.ts';
import { list, Scope, text, UNKNOWN } from './values.ts';
import type { ClassValue, ModuleValue, Value } from './values.ts';

/** What one pack may cost: more is cut off, and what was read until then counts. */
const MAX_STEPS = 4_000_000;
const MAX_FILE_BYTES = 4_000_000;
const MAX_BYTES = 64_000_000;
const MAX_IMPORT_DEPTH = 40;

/** A file with nothing of this declares no nodes and no folders: what it defines is taken as not known, unread. */
const TELLING = /NODE_CLASS_MAPPINGS|INPUT_TYPES|folder_paths|define_schema|comfy_entrypoint|node_id|_MAPPINGS|import_module/;

/** Where the sources are, and what belongs to them. */
export interface InterpreterOptions {
  /** The folder with `models` and `custom_nodes`. */
  root: string;
  /** ComfyUI's own sources. */
  sources: string | null;
  /** Further folders that packs lie in. */
  readable: readonly string[];
  /** What looks at the files; one of its own when nothing is said. */
  disk?: SourceDisk;
}

/**
 * Reads Python sources as a program that only defines things: names, classes, dicts and lists are followed, nothing is imported into a
 * real interpreter or run, no file outside the install is opened, and steps and bytes are counted.
 */
export class Interpreter implements Machine {
  readonly root: string;
  readonly readable: readonly string[];
  readonly disk: SourceDisk;
  readonly additions: FolderAddition[] = [];
  depth = 0;
  isDeclaring = false;
  undecided = 0;
  readonly #sources: string | null;
  readonly #modules = new Map<string, ModuleValue>();
  /** Texts of ComfyUI's own modules that names were looked for in. */
  readonly #texts = new Map<string, string>();
  #packRoot: string | null = null;
  #steps = 0;
  #bytes = 0;
  #importDepth = 0;

  constructor(options: InterpreterOptions) {
    this.disk = options.disk ?? new SourceDisk();
    this.root = resolve(options.root);
    this.#sources = options.sources === null ? null : resolve(options.sources);
    this.readable = [this.root, ...(this.#sources === null ? [] : [this.#sources]), ...options.readable.map((folder) => resolve(folder))];
  }

  /** Begins a new pack with a fresh count. Its folder is where its absolute imports are looked for. */
  beginPack(folder: string | null): void {
    this.#packRoot = folder;
    this.#steps = 0;
    this.#bytes = 0;
    this.depth = 0;
    this.undecided = 0;
    this.#importDepth = 0;
  }

  /** Every module that was read below a folder. */
  modulesBelow(folder: string): ModuleValue[] {
    return [...this.#modules.values()].filter((module) => module.path.startsWith(folder));
  }

  step(more = 0): void {
    this.#steps += 1 + more;
    if (this.#steps > MAX_STEPS) throw new OutOfSteps('too many steps');
  }

  evaluate(expression: Expression, frame: Frame): Value {
    return evaluateExpression(this, expression, frame);
  }

  execute(statements: readonly Statement[], frame: Frame): Outcome {
    return executeBlock(this, statements, frame);
  }

  call(callee: Value, given: CallArguments): Value {
    return callValue(this, callee, given);
  }

  readArguments(args: readonly Argument[], frame: Frame): CallArguments {
    return evaluateArguments(this, args, frame);
  }

  attribute(object: Value, name: string): Value {
    return attributeOf(this, object, name);
  }

  instantiate(of: ClassValue, given: CallArguments): Value {
    return makeInstance(this, of, given);
  }

  outside(path: string): Value {
    return folderConstant(this, path) ?? { type: 'outside', path };
  }

  importModule(path: string, level: number, from: ModuleValue | null): Value {
    if (level > 0) return this.#importRelative(path, level, from);
    const [first = '', ...rest] = path.split('.');
    const isOwn = first !== 'folder_paths' && first !== 'comfy_api' && first !== 'comfy';
    const folder = isOwn ? this.#absoluteFolder(first) : undefined;
    const segments = first === 'custom_nodes' ? rest : [first, ...rest];
    const found = folder === undefined ? undefined : this.#importFrom(folder, segments);
    if (found !== undefined) return found;
    if (!isSureModule(path) && this.#comfyFile(path) === undefined) this.undecided++;
    return this.outside(path);
  }

  isSureName(path: string, name: string): boolean {
    if (isStandardModule(path)) return true;
    if (this.#comfyFile(`${path}.${name}`) !== undefined) return true;
    const file = this.#comfyFile(path);
    return file?.isSource === true && new RegExp(`\\b${name}\\b`).test(this.#textOf(file.path));
  }

  /** The file of a module of ComfyUI's own. */
  #comfyFile(path: string): { path: string; isSource: boolean } | undefined {
    return this.#sources === null ? undefined : this.#moduleFile(join(this.#sources, ...path.split('.')));
  }

  #textOf(path: string): string {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    let source = '';
    try {
      if (this.disk.sizeOf(path) <= MAX_FILE_BYTES) source = this.disk.readText(path);
    } catch {
      // then it is not known to have any name
    }
    this.#texts.set(path, source);
    return source;
  }

  #absoluteFolder(first: string): string | undefined {
    if (first === 'custom_nodes') return join(this.root, 'custom_nodes');
    if (first === 'nodes' || first === 'comfy_extras') return this.#sources ?? undefined;
    return this.#packRoot ?? undefined;
  }

  #importRelative(path: string, level: number, from: ModuleValue | null): Value {
    if (from === null) return UNKNOWN;
    let folder = dirname(from.path);
    for (let up = 1; up < level; up++) folder = dirname(folder);
    const found = this.#importFrom(folder, path === '' ? [] : path.split('.'));
    if (found === undefined) throw new ImportTrouble(`${'.'.repeat(level)}${path}`);
    return found;
  }

  #importFrom(folder: string, segments: readonly string[]): ModuleValue | undefined {
    const file = this.#moduleFile(join(folder, ...segments));
    return file === undefined || !mayRead(this, file.path) ? undefined : this.#load(file.path, file.isSource);
  }

  importFile(file: string): Value {
    const path = resolve(file);
    return mayRead(this, path) && this.disk.isFile(path) ? this.#load(path, true) : UNKNOWN;
  }

  findModule(name: string): ModuleValue | null {
    return [...this.#modules.values()].findLast((module) => moduleName(module.path) === name) ?? null;
  }

  findSubmodule(module: ModuleValue, name: string): Value | undefined {
    return basename(module.path) === '__init__.py' ? this.#importFrom(dirname(module.path), [name]) : undefined;
  }

  /** Reads a file once. Its names so far are there even while it is being read, as in Python. */
  #load(path: string, isSource: boolean): ModuleValue {
    const known = this.#modules.get(path);
    if (known !== undefined) {
      if (known.mayFail) this.undecided++;
      return known;
    }
    const { undecided } = this;
    const module: ModuleValue = { type: 'module', path, scope: new Scope(null, null), tokens: null, mayFail: false };
    const scope = new Scope(null, module);
    module.scope = scope;
    this.#modules.set(path, module);
    scope.names.set('__file__', text(path));
    scope.names.set('__name__', text(moduleName(path)));
    scope.names.set('__package__', text(moduleName(path)));
    scope.names.set('__path__', list([text(dirname(path))]));
    const source = isSource && this.#importDepth < MAX_IMPORT_DEPTH ? this.#read(path) : undefined;
    if (source !== undefined) this.#run(module, source);
    module.mayFail = this.undecided > undecided;
    return module;
  }

  #read(path: string): string | undefined {
    const size = this.disk.sizeOf(path);
    if (size > MAX_FILE_BYTES || this.#bytes + size > MAX_BYTES) return undefined;
    this.#bytes += size;
    try {
      const source = this.disk.readText(path);
      return basename(path) === '__init__.py' || TELLING.test(source) || size < 20_000 ? source : undefined;
    } catch {
      return undefined;
    }
  }

  /** The file of a module: `name.py`, the package's `__init__.py`, or a bare folder that is a package without one. */
  #moduleFile(path: string): { path: string; isSource: boolean } | undefined {
    const inside = join(path, '__init__.py');
    if (this.disk.isFile(inside)) return { path: inside, isSource: true };
    if (this.disk.isFile(`${path}.py`)) return { path: `${path}.py`, isSource: true };
    return this.disk.isFolder(path) ? { path: inside, isSource: false } : undefined;
  }

  #run(module: ModuleValue, source: string): void {
    const { statements, tokens } = parseModule(source);
    module.tokens = tokens;
    const frame = makeFrame(module.scope);
    const { isDeclaring } = this;
    this.isDeclaring = false;
    this.#importDepth++;
    try {
      for (const statement of statements) {
        try {
          this.execute([statement], frame);
        } catch (error) {
          if (!(error instanceof ImportTrouble)) throw error;
          this.undecided++;
        }
      }
    } finally {
      this.#importDepth--;
      this.isDeclaring = isDeclaring;
    }
  }
}

function moduleName(path: string): string {
  return path.replace(/(?:[/\\]__init__)?\.py$/, '');
}
