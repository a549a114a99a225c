import type { Expression, LazyBlock, Parameter } from './syntax.ts';
import type { Tokens } from './tokens.ts';

/** A folder key whose files are among a value's texts, and the letters that stand before each file's name. */
export interface FolderTrace {
  readonly key: string;
  readonly prefix: string;
}

/** A value as far as reading tells it. `folders` says that file names of those folders are in it, or are it. */
export type Value = PlainValue & {
  /** It is so when imports succeed of which reading cannot tell: a condition on it may turn out either way. */
  isLikely?: true;
};

type PlainValue =
  | { type: 'unknown'; folders: readonly FolderTrace[] }
  | { type: 'text'; text: string }
  | { type: 'number'; number: number }
  | { type: 'boolean'; boolean: boolean }
  | { type: 'none' }
  | ListValue
  | DictValue
  | ClassValue
  | FunctionValue
  | InstanceValue
  | ModuleValue
  | { type: 'outside'; path: string }
  /** A method of a built-in value, not called yet. */
  | { type: 'method'; name: string; of: Value }
  | CallRecord;

export interface ListValue {
  type: 'list';
  items: Value[];
  form: 'list' | 'tuple' | 'set';
  folders: readonly FolderTrace[];
  /** `true` when it may hold more than `items`. */
  isOpen: boolean;
}

export interface DictValue {
  type: 'dict';
  /** Keys that are texts; numbers by their digits. */
  entries: Map<string, Value>;
  isOpen: boolean;
}

export interface ClassValue {
  type: 'class';
  name: string;
  bases: Value[];
  attributes: Scope;
  /** The module that it was written in, and its tokens there; `null` for a class made by `type(...)`. */
  origin: { module: ModuleValue; start: number; end: number } | null;
}

export interface FunctionValue {
  type: 'function';
  name: string;
  parameters: readonly Parameter[];
  body: LazyBlock | Expression;
  /** Where its free names are looked up. */
  scope: Scope;
  self: Value | null;
  isProperty: boolean;
  isStatic: boolean;
  isClassMethod: boolean;
}

export interface InstanceValue {
  type: 'instance';
  of: ClassValue;
  attributes: Map<string, Value>;
}

export interface ModuleValue {
  type: 'module';
  path: string;
  scope: Scope;
  tokens: Tokens | null;
  /** It imports what reading cannot tell to be there, so that importing it may fail. */
  mayFail: boolean;
}

/** A call of something outside the sources that are read: kept as written, for those who know what it means. */
export interface CallRecord {
  type: 'call';
  path: string;
  args: readonly Value[];
  /** Named arguments, and what was set on the result afterwards: of the classes that matter here both mean the same. */
  named: Map<string, Value>;
  /** Folders whose file names went in, and so may come out. */
  folders: readonly FolderTrace[];
}

export const UNKNOWN: Value = { type: 'unknown', folders: [] };
export const NONE: Value = { type: 'none' };

/** Names and their values; a name that is not here is looked up outside. */
export class Scope {
  readonly names = new Map<string, Value>();
  readonly outer: Scope | null;
  readonly module: ModuleValue | null;
  /** Names that an inner function assigns in the module. */
  readonly globals = new Set<string>();
  /** The class whose body this is. */
  owner: ClassValue | null = null;

  constructor(outer: Scope | null, module: ModuleValue | null) {
    this.outer = outer;
    this.module = module;
  }

  /** The class in whose body this is, at any depth. */
  findOwner(): ClassValue | null {
    return this.owner ?? this.outer?.findOwner() ?? null;
  }

  find(name: string): Value | undefined {
    return this.names.get(name) ?? this.outer?.find(name);
  }
}

/** Longer texts and lists than declarations have are cut off: sources could double them until the memory is full. */
export const MAX_TEXT = 200_000;
export const MAX_ITEMS = 20_000;

export function text(value: string): Value {
  return value.length > MAX_TEXT ? UNKNOWN : { type: 'text', text: value };
}

export function number(value: number): Value {
  return { type: 'number', number: value };
}

export function boolean(value: boolean): Value {
  return { type: 'boolean', boolean: value };
}

export function list(items: Value[], form: ListValue['form'] = 'list', isOpen = false): ListValue {
  const isCut = items.length > MAX_ITEMS;
  return { type: 'list', items: isCut ? items.slice(0, MAX_ITEMS) : items, form, isOpen: isOpen || isCut, folders: foldersOfAll(items) };
}

export function dict(entries: Iterable<readonly [string, Value]> = [], isOpen = false): DictValue {
  return { type: 'dict', entries: new Map(entries), isOpen };
}

/** A text that is not known, or a list of such, that comes from those folders. */
export function traced(folders: readonly FolderTrace[]): Value {
  return folders.length === 0 ? UNKNOWN : { type: 'unknown', folders };
}

/** The file names of a folder key, as `get_filename_list` gives them. */
export function folderListing(key: string): ListValue {
  return { type: 'list', items: [], form: 'list', isOpen: true, folders: [{ key, prefix: '' }] };
}

/** A call that is kept as written. */
export function record(path: string, args: readonly Value[], named: ReadonlyMap<string, Value> = new Map()): CallRecord {
  return { type: 'call', path, args, named: new Map(named), folders: foldersOfAll(args) };
}

/** How much there is of a value, in steps: what makes or goes through it takes about so long. */
export function weightOf(value: Value): number {
  if (value.type === 'list') return value.items.length >> 4;
  if (value.type === 'dict') return value.entries.size >> 4;
  return value.type === 'text' ? value.text.length >> 8 : 0;
}

export function foldersOf(value: Value): readonly FolderTrace[] {
  return value.type === 'unknown' || value.type === 'list' || value.type === 'call' ? value.folders : [];
}

export function foldersOfAll(values: readonly Value[]): readonly FolderTrace[] {
  const all = values.flatMap((value) => foldersOf(value));
  return all.length < 2 ? all : [...new Map(all.map((trace) => [`${trace.key}\0${trace.prefix}`, trace])).values()];
}

/** Python's truth of a value, `undefined` when reading does not tell. */
export function truth(value: Value): boolean | undefined {
  switch (value.type) {
    case 'text':
      return value.text !== '';
    case 'number':
      return value.number !== 0;
    case 'boolean':
      return value.boolean;
    case 'none':
      return false;
    case 'list':
      return value.items.length > 0 ? true : value.isOpen ? undefined : false;
    case 'dict':
      return value.entries.size > 0 ? true : value.isOpen ? undefined : false;
    case 'class':
    case 'function':
    case 'module':
    case 'method':
      return true;
    case 'unknown':
    case 'instance':
    case 'outside':
    case 'call':
      return undefined;
  }
}

/** Inputs stand three dicts deep; below, one of two values is as good as the other. */
const MAX_JOIN_DEPTH = 4;

/** What a name is when two ways lead to it: the sum of two collections, else the one that is known. */
export function join(left: Value, right: Value, depth = 0): Value {
  if (left === right || depth > MAX_JOIN_DEPTH) return left;
  if (left.type === 'dict' && right.type === 'dict') return joinDicts(left, right, depth);
  if (left.type === 'list' && right.type === 'list') return joinLists(left, right);
  // A condition that may be either way is not known; of two texts or classes one is as good as the other.
  if (left.type === 'boolean' && right.type === 'boolean' && left.boolean !== right.boolean) return UNKNOWN;
  return isTelling(right) || !isTelling(left) ? right : left;
}

function isTelling(value: Value): boolean {
  return value.type !== 'unknown' && value.type !== 'none' && value.type !== 'outside' && value.type !== 'call';
}

function joinDicts(left: DictValue, right: DictValue, depth: number): DictValue {
  const entries = new Map(left.entries);
  for (const [key, value] of right.entries) {
    const known = entries.get(key);
    entries.set(key, known === undefined ? value : join(known, value, depth + 1));
  }
  return { type: 'dict', entries, isOpen: left.isOpen || right.isOpen };
}

function joinLists(left: ListValue, right: ListValue): ListValue {
  const longer = right.items.length >= left.items.length ? right : left;
  const folders = foldersOfAll([left, right]);
  return { ...longer, items: [...longer.items], folders, isOpen: left.isOpen || right.isOpen };
}
