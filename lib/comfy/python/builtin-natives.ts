import { findAttribute, findInClass } from './attributes.ts';
import { keyOf } from './assign.ts';
import { iterate } from './iterate.ts';
import type { CallArguments, Machine } from './machine.ts';
import { addPair } from './methods.ts';
import { boolean, dict, foldersOf, foldersOfAll, list, NONE, number, Scope, text, traced, UNKNOWN } from './values.ts';
import type { DictValue, ListValue, Value } from './values.ts';

type Native = (machine: Machine, given: CallArguments) => Value;

/** More numbers than a range in a node's declaration has. */
const MAX_RANGE = 4096;

/** Python's built-in functions, as far as declarations use them. */
export const builtinNatives: readonly (readonly [string, Native])[] = [
  ['dict', (machine, given) => makeDict(machine, given)],
  ['list', (machine, { args }) => copyOf(machine, args[0], 'list')],
  ['tuple', (machine, { args }) => copyOf(machine, args[0], 'tuple')],
  ['set', (machine, { args }) => copyOf(machine, args[0], 'set')],
  ['frozenset', (machine, { args }) => copyOf(machine, args[0], 'set')],
  ['sorted', (machine, { args }) => sorted(machine, args[0])],
  ['reversed', (machine, { args }) => reversed(machine, args[0])],
  ['iter', (_, { args }) => args[0] ?? UNKNOWN],
  ['enumerate', enumerate],
  ['zip', zip],
  ['range', range],
  ['map', map],
  ['filter', (machine, { args }) => copyOf(machine, args[1], 'list')],
  ['len', (_, { args }) => length(args[0])],
  ['str', (_, { args }) => toText(args[0])],
  ['int', (_, { args }) => toNumber(args[0], Math.trunc)],
  ['float', (_, { args }) => toNumber(args[0], (value) => value)],
  ['max', (_, { args }) => extreme(args, Math.max)],
  ['min', (_, { args }) => extreme(args, Math.min)],
  ['getattr', getAttribute],
  ['setattr', setAttribute],
  ['hasattr', hasAttribute],
  ['isinstance', (_, { args }) => isInstance(args[0], args[1])],
  ['issubclass', (_, { args }) => isInstance(args[0], args[1])],
  ['callable', (_, { args }) => (args[0]?.type === 'class' || args[0]?.type === 'function' ? boolean(true) : UNKNOWN)],
  ['type', makeClass],
  ['dir', (_, { args }) => directory(args[0])],
  ['vars', (machine, { args }) => (args[0] === undefined ? UNKNOWN : machine.attribute(args[0], '__dict__'))],
  ['__import__', (machine, { args }) => (args[0]?.type === 'text' ? machine.importModule(args[0].text, 0, null) : UNKNOWN)],
  ['print', () => NONE],
];

function makeDict(machine: Machine, { args, named }: CallArguments): Value {
  const made: DictValue = dict();
  const [source] = args;
  if (source?.type === 'dict') {
    for (const [key, value] of source.entries) made.entries.set(key, value);
    made.isOpen = source.isOpen;
  } else if (source !== undefined) {
    const { items, isOpen } = iterate(machine, source);
    for (const pair of items) addPair(made, pair);
    made.isOpen ||= isOpen;
  }
  for (const [key, value] of named) made.entries.set(key, value);
  return made;
}

function copyOf(machine: Machine, source: Value | undefined, form: ListValue['form']): Value {
  if (source === undefined) return list([], form);
  if (source.type === 'class') return members(source, form);
  const { items, isOpen } = iterate(machine, source);
  return { ...list(items, form, isOpen), folders: foldersOf(source) };
}

/** The members of an enumeration: their values, which stand for them here. */
function members(source: Extract<Value, { type: 'class' }>, form: ListValue['form']): Value {
  return list(
    [...source.attributes.names].filter(([name]) => !name.startsWith('_')).map(([, value]) => value),
    form,
  );
}

function sorted(machine: Machine, source: Value | undefined): Value {
  const copy = copyOf(machine, source, 'list');
  if (copy.type !== 'list' || !copy.items.every((item) => item.type === 'text')) return copy;
  const keys = copy.items.map((item) => keyOf(item) ?? '').sort();
  return { ...copy, items: keys.map((key) => text(key)) };
}

function reversed(machine: Machine, source: Value | undefined): Value {
  const copy = copyOf(machine, source, 'list');
  return copy.type === 'list' ? { ...copy, items: copy.items.toReversed() } : copy;
}

function enumerate(machine: Machine, { args }: CallArguments): Value {
  const { items, isOpen } = iterate(machine, args[0] ?? UNKNOWN);
  return list(
    items.map((item, place) => list([number(place), item], 'tuple')),
    'list',
    isOpen,
  );
}

function zip(machine: Machine, { args }: CallArguments): Value {
  const sources = args.map((source) => iterate(machine, source));
  const turns = Math.min(...sources.map((source) => source.items.length));
  const rows = Array.from({ length: Number.isFinite(turns) ? turns : 0 }, (_, turn) =>
    list(
      sources.map((source) => source.items[turn] ?? UNKNOWN),
      'tuple',
    ),
  );
  return list(
    rows,
    'list',
    sources.some((source) => source.isOpen),
  );
}

function range(_: Machine, { args }: CallArguments): Value {
  const bounds = args.map((value) => (value.type === 'number' ? value.number : Number.NaN));
  const [start, stop, step] = bounds.length > 1 ? [bounds[0] ?? 0, bounds[1] ?? 0, bounds[2] ?? 1] : [0, bounds[0] ?? Number.NaN, 1];
  const turns = Math.ceil((stop - start) / step);
  if (!Number.isFinite(turns)) return list([], 'list', true);
  return list(
    Array.from({ length: Math.min(MAX_RANGE, Math.max(0, turns)) }, (_unused, turn) => number(start + turn * step)),
    'list',
    turns > MAX_RANGE,
  );
}

function map(machine: Machine, { args }: CallArguments): Value {
  const [callee = UNKNOWN, source = UNKNOWN] = args;
  const { items, isOpen } = iterate(machine, source);
  const made = items.map((item) => machine.call(callee, { args: [item], named: new Map() }));
  return { ...list(made, 'list', isOpen), folders: foldersOf(source) };
}

function length(value: Value | undefined): Value {
  if (value?.type === 'text') return number(value.text.length);
  if (value?.type === 'list' && !value.isOpen) return number(value.items.length);
  return value?.type === 'dict' && !value.isOpen ? number(value.entries.size) : UNKNOWN;
}

function toText(value: Value | undefined): Value {
  if (value === undefined) return text('');
  if (value.type === 'text') return value;
  return value.type === 'number' ? text(String(value.number)) : traced(foldersOf(value));
}

function toNumber(value: Value | undefined, round: (value: number) => number): Value {
  const known = value?.type === 'number' ? value.number : value?.type === 'text' ? Number(value.text) : Number.NaN;
  return Number.isNaN(known) ? UNKNOWN : number(round(known));
}

function extreme(args: readonly Value[], choose: (...values: number[]) => number): Value {
  const values = args.map((value) => (value.type === 'number' ? value.number : Number.NaN));
  return values.length === 0 || values.some((value) => Number.isNaN(value)) ? traced(foldersOfAll(args)) : number(choose(...values));
}

function getAttribute(machine: Machine, { args }: CallArguments): Value {
  const [object = UNKNOWN, name, otherwise] = args;
  if (name?.type !== 'text') return UNKNOWN;
  const found = machine.attribute(object, name.text);
  const isLost = found.type === 'unknown' || (found.type === 'method' && object.type === 'text');
  return isLost && otherwise !== undefined ? otherwise : found;
}

function setAttribute(_: Machine, { args }: CallArguments): Value {
  const [object, name, value = UNKNOWN] = args;
  if (name?.type !== 'text' || object === undefined) return NONE;
  if (object.type === 'class') object.attributes.names.set(name.text, value);
  else if (object.type === 'instance') object.attributes.set(name.text, value);
  else if (object.type === 'module') object.scope.names.set(name.text, value);
  return NONE;
}

function hasAttribute(_: Machine, { args }: CallArguments): Value {
  const [object, name] = args;
  if (name?.type !== 'text') return UNKNOWN;
  if (object?.type === 'module') return boolean(object.scope.names.has(name.text));
  if (object?.type !== 'class') return UNKNOWN;
  if (findAttribute(object, name.text) !== undefined) return boolean(true);
  return object.bases.some((base) => base.type !== 'class') ? UNKNOWN : boolean(false);
}

function isInstance(value: Value | undefined, of: Value | undefined): Value {
  if (value === undefined || of === undefined) return UNKNOWN;
  if (of.type === 'list') return of.items.some((item) => isKnownTrue(isInstance(value, item))) ? boolean(true) : UNKNOWN;
  if (of.type === 'outside') return isBuiltin(value, of.path);
  if (of.type === 'class' && value.type === 'class') return inherits(value, of) ? boolean(true) : UNKNOWN;
  if (of.type === 'class' && value.type === 'instance') return inherits(value.of, of) ? boolean(true) : UNKNOWN;
  return UNKNOWN;
}

function isKnownTrue(value: Value): boolean {
  return value.type === 'boolean' && value.boolean;
}

const BUILTINS: ReadonlyMap<string, Value['type']> = new Map<string, Value['type']>([
  ['str', 'text'],
  ['dict', 'dict'],
  ['list', 'list'],
  ['tuple', 'list'],
  ['set', 'list'],
  ['int', 'number'],
  ['float', 'number'],
  ['bool', 'boolean'],
  ['type', 'class'],
]);

function isBuiltin(value: Value, path: string): Value {
  const wanted = BUILTINS.get(path);
  if (wanted === undefined || value.type === 'unknown' || value.type === 'call' || value.type === 'outside' || value.type === 'instance')
    return UNKNOWN;
  const isForm = value.type !== 'list' || value.form === path;
  return boolean(value.type === wanted && isForm);
}

function inherits(value: Extract<Value, { type: 'class' }>, of: Value): boolean {
  return findInClass(value, (one) => (one === of ? one : undefined)) !== undefined;
}

/** `type(name, bases, attributes)` makes a class; `type(value)` is its class. */
function makeClass(_: Machine, { args }: CallArguments): Value {
  const [name, bases, attributes] = args;
  if (bases === undefined) return name?.type === 'instance' ? name.of : UNKNOWN;
  const scope = new Scope(null, null);
  if (attributes?.type === 'dict') for (const [key, value] of attributes.entries) scope.names.set(key, value);
  scope.names.set('__name__', name ?? UNKNOWN);
  return {
    type: 'class',
    name: name?.type === 'text' ? name.text : '',
    bases: bases.type === 'list' ? bases.items : [],
    attributes: scope,
    origin: null,
  };
}

function directory(value: Value | undefined): Value {
  if (value?.type === 'module') return list([...value.scope.names.keys()].map((name) => text(name)));
  return value?.type === 'class' ? list([...value.attributes.names.keys()].map((name) => text(name))) : UNKNOWN;
}
