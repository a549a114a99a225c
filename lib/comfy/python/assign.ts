import type { Frame, Machine } from './machine.ts';
import { eitherWay } from './either-way.ts';
import { registerFolder } from './folder-natives.ts';
import type { Expression } from './syntax.ts';
import { foldersOf, join, list, traced } from './values.ts';
import type { Scope, Value } from './values.ts';

/** Gives a value to a name, an attribute, an index or several of them. */
export function assign(machine: Machine, target: Expression, value: Value, frame: Frame): void {
  switch (target.kind) {
    case 'name':
      assignName(machine, target.name, value, frame);
      return;
    case 'attribute':
      assignAttribute(machine.evaluate(target.object, frame), target.name, value);
      return;
    case 'index':
      assignIndex(machine, target, value, frame);
      return;
    case 'sequence':
      unpack(machine, target.items, value, frame);
      return;
    default:
      return;
  }
}

function assignName(machine: Machine, name: string, value: Value, frame: Frame): void {
  const scope = frame.scope.globals.has(name) ? (frame.scope.module?.scope ?? frame.scope) : frame.scope;
  const before = scope.names.get(name);
  if (before !== undefined && scope === frame.scope && frame.overwritten?.has(name) === false) frame.overwritten.set(name, before);
  scope.names.set(name, settled(machine, { before, value }, frame));
}

/** What a name has after it was set: of two values that it may have what both tell. */
function settled(machine: Machine, { before, value }: { before: Value | undefined; value: Value }, frame: Frame): Value {
  if (before === undefined || frame.doubt === 0) return value;
  return frame.isFallback ? eitherWay(machine, before, value) : join(before, value);
}

/** Gives a name to what a statement defines or imports. */
export function bind(machine: Machine, frame: Frame, name: string, value: Value): void {
  const { names } = frame.scope;
  const before = names.get(name);
  if (before !== undefined && frame.overwritten?.has(name) === false) frame.overwritten.set(name, before);
  names.set(name, before !== undefined && frame.isFallback ? eitherWay(machine, before, value) : value);
}

function assignAttribute(object: Value, name: string, value: Value): void {
  if (object.type === 'class') object.attributes.names.set(name, value);
  else if (object.type === 'instance') object.attributes.set(name, value);
  else if (object.type === 'module') object.scope.names.set(name, value);
  else if (object.type === 'call') object.named.set(name, value);
}

function assignIndex(machine: Machine, target: Extract<Expression, { kind: 'index' }>, value: Value, frame: Frame): void {
  const object = machine.evaluate(target.object, frame);
  const index = machine.evaluate(target.index, frame);
  if (object.type === 'outside' && object.path === 'folder_paths.folder_names_and_paths') {
    registerFolder(machine, index, value);
    return;
  }
  const entries = object.type === 'dict' ? object : undefined;
  if (entries === undefined) return;
  const key = keyOf(index);
  if (key === undefined) entries.isOpen = true;
  else if (frame.isFallback) entries.entries.set(key, settled(machine, { before: entries.entries.get(key), value }, frame));
  else entries.entries.set(key, value);
}

/** The key that a value is in a dict: a text or a number; `undefined` for all others. */
export function keyOf(value: Value): string | undefined {
  if (value.type === 'text') return value.text;
  return value.type === 'number' ? String(value.number) : undefined;
}

function unpack(machine: Machine, targets: readonly Expression[], value: Value, frame: Frame): void {
  const items = value.type === 'list' ? value.items : [];
  const rest = traced(foldersOf(value));
  const star = targets.findIndex((target) => target.kind === 'star');
  for (const [place, target] of targets.entries()) {
    if (target.kind === 'star')
      assign(machine, target.value, list(items.slice(place, items.length - (targets.length - 1 - place)), 'list', true), frame);
    else assign(machine, target, items[star >= 0 && place > star ? items.length - (targets.length - place) : place] ?? rest, frame);
  }
}

/** `del name` and `del dict[key]`. */
export function forget(machine: Machine, target: Expression, frame: Frame): void {
  if (frame.doubt > 0) return;
  if (target.kind === 'name') scopeOf(target.name, frame.scope)?.names.delete(target.name);
  if (target.kind !== 'index') return;
  const object = machine.evaluate(target.object, frame);
  const key = keyOf(machine.evaluate(target.index, frame));
  if (object.type === 'dict' && key !== undefined) object.entries.delete(key);
}

function scopeOf(name: string, scope: Scope): Scope | undefined {
  return scope.names.has(name) ? scope : undefined;
}
