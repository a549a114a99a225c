import { join, relative, resolve, sep } from 'node:path';

import type { Machine } from './machine.ts';
import { boolean, list, text, UNKNOWN } from './values.ts';
import type { Value } from './values.ts';

/** More files than any pack loads its nodes from. */
const MAX_ENTRIES = 5000;

/**
 * `os.listdir` and its like. A folder of the sources is really listed, since packs load their modules that way; one below `models/` gives
 * the trace of its folder key in place of the files. What a class lists when it is asked for its inputs may be more another day.
 */
export function listFolder(machine: Machine, path: string, asPaths: boolean): Value {
  const models = modelFolderOf(machine, path);
  if (models !== undefined) return { type: 'list', items: [], form: 'list', isOpen: true, folders: [{ key: models, prefix: '' }] };
  if (!mayRead(machine, path)) return list([], 'list', true);
  const names = machine.disk.list(path).slice(0, MAX_ENTRIES);
  return listed(
    machine,
    names.map((name) => (asPaths ? join(path, name) : name)),
  );
}

/** Files below a folder that match a pattern of `glob`, as absolute paths. */
export function matchFiles(machine: Machine, folder: string, pattern: string): Value {
  const models = modelFolderOf(machine, folder);
  if (models !== undefined) return { type: 'list', items: [], form: 'list', isOpen: true, folders: [{ key: models, prefix: '' }] };
  if (!mayRead(machine, folder) || pattern.includes('..')) return list([], 'list', true);
  const found = machine.disk.match(folder, pattern).slice(0, MAX_ENTRIES);
  return listed(
    machine,
    found.map((name) => join(folder, name)),
  );
}

function listed(machine: Machine, names: readonly string[]): Value {
  return list(
    names.map((name) => text(name)),
    'list',
    machine.isDeclaring,
  );
}

export function isFolder(machine: Machine, path: string): Value {
  return ask(machine, path, () => machine.disk.isFolder(path));
}

export function isThere(machine: Machine, path: string): Value {
  return ask(machine, path, () => machine.disk.isThere(path));
}

function ask(machine: Machine, path: string, answer: () => boolean): Value {
  // Which models are there changes from day to day: a node is declared for all of them.
  if (!mayRead(machine, path) || modelFolderOf(machine, path) !== undefined) return UNKNOWN;
  return boolean(answer());
}

/** `true` for paths inside the folders that the sources lie in. */
export function mayRead(machine: Machine, path: string): boolean {
  const full = resolve(path);
  return machine.readable.some((folder) => full === folder || full.startsWith(folder + sep));
}

/** The folder key of a path below `models/`, as the packs that register none use it; `undefined` elsewhere. */
export function modelFolderOf(machine: Machine, path: string): string | undefined {
  const inside = relative(join(machine.root, 'models'), resolve(path));
  return inside === '' || inside.startsWith('..') || inside === resolve(inside) ? undefined : inside.replaceAll(sep, '/');
}
