import { join as joinPath, resolve } from 'node:path';

import { keyOf } from './assign.ts';
import { listFolder, matchFiles, isFolder, isThere } from './disk.ts';
import { iterate, pairsOf } from './iterate.ts';
import type { CallArguments, Machine } from './machine.ts';
import { boolean, dict, foldersOf, foldersOfAll, list, MAX_ITEMS, MAX_TEXT, NONE, record, text, traced, UNKNOWN } from './values.ts';
import type { DictValue, ListValue, Value } from './values.ts';

/** A method of a text, list or dict. */
export function callMethod(machine: Machine, of: Value, name: string, given: CallArguments): Value {
  if (of.type === 'dict') return dictMethod(machine, of, name, given);
  if (of.type === 'list') return listMethod(machine, of, name, given);
  if (of.type === 'text') return textMethod(machine, of.text, name, given);
  return UNKNOWN;
}

function dictMethod(machine: Machine, of: DictValue, name: string, given: CallArguments): Value {
  const [first = UNKNOWN, second = NONE] = given.args;
  const key = keyOf(first);
  switch (name) {
    case 'update':
      return update(of, given);
    case 'get':
      return (key === undefined ? undefined : of.entries.get(key)) ?? (of.isOpen || key === undefined ? UNKNOWN : second);
    case 'setdefault':
      return setDefault(of, key, second);
    case 'pop':
      return pop(of, key, second);
    case 'items':
      return pairsOf(of);
    case 'keys':
      return list(iterate(machine, of).items, 'list', of.isOpen);
    case 'values':
      return list([...of.entries.values()], 'list', of.isOpen);
    case 'copy':
      return dict(of.entries, of.isOpen);
    case 'clear':
      of.entries.clear();
      return NONE;
    default:
      return UNKNOWN;
  }
}

function update(of: DictValue, given: CallArguments): Value {
  for (const source of given.args) {
    if (source.type === 'dict') for (const [key, value] of source.entries) of.entries.set(key, value);
    else if (source.type === 'list') for (const pair of source.items) addPair(of, pair);
    of.isOpen ||= (source.type !== 'dict' && source.type !== 'list') || source.isOpen;
  }
  for (const [key, value] of given.named) of.entries.set(key, value);
  return NONE;
}

/** Puts a `(key, value)` pair into a dict. */
export function addPair(of: DictValue, pair: Value): void {
  const [first, second] = pair.type === 'list' ? pair.items : [];
  const key = first === undefined ? undefined : keyOf(first);
  if (key === undefined || second === undefined) of.isOpen = true;
  else of.entries.set(key, second);
}

function setDefault(of: DictValue, key: string | undefined, otherwise: Value): Value {
  if (key === undefined) return UNKNOWN;
  const known = of.entries.get(key);
  if (known !== undefined) return known;
  of.entries.set(key, otherwise);
  return otherwise;
}

function pop(of: DictValue, key: string | undefined, otherwise: Value): Value {
  const value = key === undefined ? undefined : of.entries.get(key);
  if (key !== undefined) of.entries.delete(key);
  return value ?? otherwise;
}

function listMethod(machine: Machine, of: ListValue, name: string, given: CallArguments): Value {
  const [first = UNKNOWN, second] = given.args;
  switch (name) {
    case 'append':
    case 'add':
      return insert(of, of.items.length, [first]);
    case 'insert':
      return insert(of, first.type === 'number' ? first.number : 0, [second ?? UNKNOWN]);
    case 'extend':
    case 'update':
      return extend(machine, of, first);
    case 'copy':
      return { ...of, items: [...of.items] };
    case 'union':
      return { ...of, items: [...of.items, ...given.args.flatMap((other) => iterate(machine, other).items)] };
    case 'sort':
    case 'remove':
    case 'reverse':
      return NONE;
    case 'pop':
      return of.items.pop() ?? UNKNOWN;
    case 'index':
    case 'count':
      return UNKNOWN;
    default:
      return traced(of.folders);
  }
}

function insert(of: ListValue, place: number, values: readonly Value[]): Value {
  const room = Math.max(0, MAX_ITEMS - of.items.length);
  const known = values.filter((value) => value.type !== 'unknown').slice(0, room);
  of.items.splice(place, 0, ...known);
  of.folders = foldersOfAll([of, ...values]);
  of.isOpen ||= known.length < values.length;
  return NONE;
}

function extend(machine: Machine, of: ListValue, source: Value): Value {
  const { items, isOpen } = iterate(machine, source);
  insert(of, of.items.length, items);
  of.folders = foldersOfAll([of, source]);
  of.isOpen ||= isOpen;
  return NONE;
}

function textMethod(machine: Machine, of: string, name: string, given: CallArguments): Value {
  machine.step(of.length >> 3);
  const values = given.args.map((value) => (value.type === 'text' ? value.text : undefined));
  const [first, second] = values;
  switch (name) {
    case 'join':
      return joinTexts(machine, of, given.args[0] ?? UNKNOWN);
    case 'format':
      return formatText(of, given);
    case 'split':
    case 'rsplit':
    case 'splitlines':
      return list(
        (first === undefined ? of.trim().split(name === 'splitlines' ? '\n' : /\s+/) : of.split(first)).map((part) => text(part)),
      );
    case 'replace':
      return first === undefined || second === undefined ? UNKNOWN : replaceIn(of, first, second);
    case 'startswith':
      return first === undefined ? UNKNOWN : boolean(of.startsWith(first));
    case 'endswith':
      return first === undefined ? endsWithAny(of, given.args[0]) : boolean(of.endsWith(first));
    case 'removesuffix':
      return text(first !== undefined && of.endsWith(first) ? of.slice(0, of.length - first.length) : of);
    case 'removeprefix':
      return text(first !== undefined && of.startsWith(first) ? of.slice(first.length) : of);
    default:
      return simpleText(of, name) ?? pathMethod(machine, of, name, values);
  }
}

function simpleText(of: string, name: string): Value | undefined {
  switch (name) {
    case 'lower':
      return text(of.toLowerCase());
    case 'upper':
      return text(of.toUpperCase());
    case 'title':
      return text(of.toLowerCase().replaceAll(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1)));
    case 'capitalize':
      return text(of.charAt(0).toUpperCase() + of.slice(1).toLowerCase());
    case 'strip':
      return text(of.trim());
    case 'rstrip':
      return text(of.trimEnd());
    case 'lstrip':
      return text(of.trimStart());
    default:
      return undefined;
  }
}

function endsWithAny(of: string, endings: Value | undefined): Value {
  if (endings?.type !== 'list') return UNKNOWN;
  return boolean(endings.items.some((ending) => ending.type === 'text' && of.endsWith(ending.text)));
}

function joinTexts(machine: Machine, glue: string, source: Value): Value {
  const { items, isOpen } = iterate(machine, source);
  const parts = items.flatMap((item) => (item.type === 'text' ? [item.text] : []));
  if (isOpen || parts.length < items.length) return traced(foldersOf(source));
  const length = parts.reduce((sum, part) => sum + part.length, glue.length * (parts.length - 1));
  return length > MAX_TEXT ? UNKNOWN : text(parts.join(glue));
}

function replaceIn(of: string, from: string, to: string): Value {
  const places = from === '' ? of.length + 1 : of.split(from).length - 1;
  return of.length + places * (to.length - from.length) > MAX_TEXT ? UNKNOWN : text(of.replaceAll(from, () => to));
}

function formatText(pattern: string, given: CallArguments): Value {
  let place = 0;
  let isKnown = true;
  let room = MAX_TEXT;
  const filled = pattern.replaceAll(/\{(\w*)(?!\w)[^{}]*\}/g, (_, name: string) => {
    const value = /^\d*$/.test(name) ? given.args[name === '' ? place++ : Number(name)] : given.named.get(name);
    room -= value?.type === 'text' ? value.text.length : 0;
    if (value?.type === 'text' && room >= 0) return value.text;
    if (value?.type === 'number') return String(value.number);
    isKnown = false;
    return '';
  });
  return isKnown ? text(filled) : traced(foldersOfAll([...given.args, ...given.named.values()]));
}

/** What `pathlib` does with a path. Only folders of the install are looked into. */
function pathMethod(machine: Machine, of: string, name: string, values: readonly (string | undefined)[]): Value {
  const [first] = values;
  switch (name) {
    case 'resolve':
    case 'absolute':
    case 'as_posix':
    case '__str__':
      return text(of);
    case 'joinpath':
      return values.every((value) => value !== undefined) ? text(joinPath(of, ...values)) : UNKNOWN;
    case 'with_suffix':
      return first === undefined ? UNKNOWN : text(of.replace(/\.[^./\\]*$/, '') + first);
    case 'glob':
    case 'rglob':
      return first === undefined ? UNKNOWN : matchFiles(machine, of, name === 'rglob' ? `**/${first}` : first);
    case 'iterdir':
      return listFolder(machine, of, true);
    case 'exists':
    case 'is_file':
    case 'is_dir':
      return name === 'is_dir' ? isFolder(machine, of) : isThere(machine, of);
    case 'read_text':
    case 'open':
      return record('open', [text(of)]);
    default:
      return UNKNOWN;
  }
}

/** The text of a file of the install that `open(path)` names; `undefined` when it is not to be read. */
export function readOpened(machine: Machine, opened: Value): string | undefined {
  if (opened.type !== 'call' || opened.path !== 'open') return undefined;
  const path = opened.args[0];
  if (path?.type !== 'text') return undefined;
  try {
    const file = resolve(path.text);
    if (isThere(machine, file).type !== 'boolean') return undefined;
    const data = machine.disk.readText(file);
    return data.length > 8_000_000 ? undefined : data;
  } catch {
    return undefined;
  }
}
