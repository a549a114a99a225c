import { basename, dirname, extname, isAbsolute, join, normalize, relative, resolve } from 'node:path';

import { isFolder, isThere, listFolder, matchFiles, mayRead } from './disk.ts';
import { iterate } from './iterate.ts';
import type { CallArguments, Machine } from './machine.ts';
import { readOpened } from './methods.ts';
import { boolean, dict, foldersOf, foldersOfAll, list, number, record, text, traced, UNKNOWN, NONE } from './values.ts';
import type { Value } from './values.ts';

type Native = (machine: Machine, given: CallArguments) => Value;

const same: Native = (_, { args }) => args[0] ?? UNKNOWN;

/** Python's library, as far as packs find and load their modules with it. */
export const libraryNatives: readonly (readonly [string, Native])[] = [
  ['os.path.join', (_, { args }) => joinPaths(args)],
  ['os.path.dirname', (_, { args }) => onText(args[0], dirname)],
  ['os.path.basename', (_, { args }) => onText(args[0], (path) => basename(path))],
  ['os.path.abspath', (_, { args }) => onText(args[0], (path) => (isAbsolute(path) ? normalize(path) : path))],
  ['os.path.realpath', same],
  ['os.path.normpath', (_, { args }) => onText(args[0], normalize)],
  ['os.path.relpath', (_, { args }) => relativePath(args)],
  ['os.path.splitext', (_, { args }) => splitExtension(args[0])],
  ['os.path.exists', (machine, { args }) => onPath(args[0], (path) => isThere(machine, path))],
  ['os.path.isfile', (machine, { args }) => onPath(args[0], (path) => isThere(machine, path))],
  ['os.path.isdir', (machine, { args }) => onPath(args[0], (path) => isFolder(machine, path))],
  ['os.listdir', (machine, { args }) => onPath(args[0], (path) => listFolder(machine, path, false))],
  ['os.walk', (machine, { args }) => onPath(args[0], (path) => walk(machine, path))],
  ['glob.glob', globPaths],
  ['glob.iglob', globPaths],
  ['pathlib.Path', (_, { args }) => joinPaths(args)],
  ['Path', (_, { args }) => joinPaths(args)],
  ['open', (_, { args }) => record('open', args)],
  ['open().read', () => UNKNOWN],
  ['json.load', (machine, { args }) => parseJson(readOpened(machine, args[0] ?? UNKNOWN))],
  ['json.loads', (machine, { args }) => parseJson(args[0]?.type === 'text' ? args[0].text : readOpened(machine, args[0] ?? UNKNOWN))],
  ['importlib.import_module', importByName],
  ['import_module', importByName],
  ['importlib.util.spec_from_file_location', (_, { args, named }) => record('spec', args, named)],
  ['importlib.util.module_from_spec', (machine, { args }) => importSpec(machine, args[0] ?? UNKNOWN)],
  ['importlib.machinery.SourceFileLoader', (_, { args, named }) => record('spec', args, named)],
  ['pkgutil.iter_modules', iterateModules],
  ['pkgutil.walk_packages', iterateModules],
  ['inspect.getmembers', (_, { args }) => membersOf(args[0])],
  ['inspect.isclass', (_, { args }) => boolean(args[0]?.type === 'class')],
  ['collections.OrderedDict', (machine, given) => machine.call({ type: 'outside', path: 'dict' }, given)],
  ['collections.defaultdict', () => dict([], true)],
  ['itertools.chain', (machine, { args }) => chain(machine, args)],
  ['copy.deepcopy', (machine, { args }) => copyValue(machine, args[0] ?? UNKNOWN, 0)],
  ['copy.copy', (machine, { args }) => copyValue(machine, args[0] ?? UNKNOWN, MAX_COPY_DEPTH)],
  ['logging.info', () => NONE],
];

function onText(value: Value | undefined, change: (path: string) => string): Value {
  return value?.type === 'text' ? text(change(value.text)) : traced(value === undefined ? [] : foldersOf(value));
}

function onPath(value: Value | undefined, read: (path: string) => Value): Value {
  return value?.type === 'text' ? read(value.text) : UNKNOWN;
}

function joinPaths(args: readonly Value[]): Value {
  const parts = args.map((value) => (value.type === 'text' ? value.text : undefined));
  if (parts.includes(undefined)) return traced(foldersOfAll(args));
  const known = parts.filter((part) => part !== undefined);
  const start = known.findLastIndex((part) => isAbsolute(part));
  return text(join(...known.slice(Math.max(0, start))));
}

/** Against the working directory when no start is given, which nobody knows here. */
function relativePath([path = UNKNOWN, start]: readonly Value[]): Value {
  return path.type === 'text' && start?.type === 'text' ? text(relative(start.text, path.text)) : traced(foldersOf(path));
}

function splitExtension(value: Value | undefined): Value {
  if (value?.type !== 'text') {
    const unknown = traced(value === undefined ? [] : foldersOf(value));
    return list([unknown, UNKNOWN], 'tuple');
  }
  const extension = extname(value.text);
  return list([text(value.text.slice(0, value.text.length - extension.length)), text(extension)], 'tuple');
}

/** Folders, subfolders and files of a tree of sources, as `os.walk` gives them. */
function walk(machine: Machine, path: string): Value {
  const found = matchFiles(machine, path, '**/*');
  if (found.type !== 'list' || (found.isOpen && found.items.length === 0)) return found;
  const files = new Map<string, Value[]>([[path, []]]);
  for (const item of found.items) {
    if (item.type !== 'text') continue;
    const folder = dirname(item.text);
    const known = files.get(folder) ?? [];
    known.push(text(basename(item.text)));
    files.set(folder, known);
  }
  const { isOpen } = found;
  const rows = [...files].map(([folder, names]) => list([text(folder), list([], 'list', true), list(names, 'list', isOpen)], 'tuple'));
  return list(rows, 'list', isOpen);
}

function globPaths(machine: Machine, { args }: CallArguments): Value {
  const [pattern] = args;
  if (pattern?.type !== 'text') return UNKNOWN;
  const parts = pattern.text.split(/[/\\]/);
  const first = parts.findIndex((part) => /[*?[]/.test(part));
  if (first < 0) return list([pattern]);
  return matchFiles(machine, resolve(parts.slice(0, first).join('/')), parts.slice(first).join('/'));
}

function parseJson(source: string | undefined): Value {
  if (source === undefined) return UNKNOWN;
  try {
    const parsed: unknown = JSON.parse(source);
    return fromJson(parsed, 0);
  } catch {
    return UNKNOWN;
  }
}

function fromJson(value: unknown, depth: number): Value {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return boolean(value);
  if (typeof value !== 'object' || depth > 20) return UNKNOWN;
  if (value === null) return NONE;
  if (Array.isArray(value)) return list(value.map((item) => fromJson(item, depth + 1)));
  return dict(Object.entries(value).map(([key, entry]): [string, Value] => [key, fromJson(entry, depth + 1)]));
}

function importByName(machine: Machine, { args, named }: CallArguments): Value {
  const [name] = args;
  const anchor = args[1] ?? named.get('package');
  if (name?.type !== 'text') return UNKNOWN;
  const level = /^\.*/.exec(name.text)?.[0].length ?? 0;
  const module = level > 0 && anchor?.type === 'text' ? machine.findModule(anchor.text) : null;
  return machine.importModule(name.text.slice(level), level, module);
}

function importSpec(machine: Machine, spec: Value): Value {
  if (spec.type !== 'call') return UNKNOWN;
  const path = spec.args[1] ?? spec.named.get('location');
  return path?.type === 'text' && mayRead(machine, path.text) ? machine.importFile(path.text) : UNKNOWN;
}

function iterateModules(machine: Machine, { args, named }: CallArguments): Value {
  const folders = iterate(machine, args[0] ?? named.get('path') ?? UNKNOWN).items;
  const rows = folders.flatMap((folder) => {
    const found = folder.type === 'text' ? listFolder(machine, folder.text, false) : UNKNOWN;
    return found.type === 'list' ? found.items : [];
  });
  const names = rows.flatMap((row) => (row.type === 'text' && row.text !== '__init__.py' ? [row.text.replace(/\.py$/, '')] : []));
  return list(names.map((name) => list([UNKNOWN, text(name), boolean(false)], 'tuple')));
}

function membersOf(value: Value | undefined): Value {
  if (value?.type !== 'module') return UNKNOWN;
  return list(
    [...value.scope.names].filter(([, member]) => member.type === 'class').map(([name, member]) => list([text(name), member], 'tuple')),
  );
}

function chain(machine: Machine, args: readonly Value[]): Value {
  const parts = args.map((part) => iterate(machine, part));
  return list(
    parts.flatMap((part) => part.items),
    'list',
    parts.some((part) => part.isOpen),
  );
}

const MAX_COPY_DEPTH = 8;

/** A copy of collections down to a depth, so that a change to the copy leaves the original alone. */
function copyValue(machine: Machine, value: Value, depth: number): Value {
  machine.step();
  if (depth > MAX_COPY_DEPTH) return value;
  const copy = (entry: Value): Value => copyValue(machine, entry, depth + 1);
  if (value.type === 'dict')
    return dict(
      [...value.entries].map(([key, entry]): [string, Value] => [key, copy(entry)]),
      value.isOpen,
    );
  return value.type === 'list' ? { ...value, items: value.items.map(copy) } : value;
}
