import { basename, dirname, extname } from 'node:path';

import { NO_ARGUMENTS } from './machine.ts';
import type { Machine } from './machine.ts';
import { dict, text, traced, UNKNOWN, foldersOf } from './values.ts';
import type { ClassValue, InstanceValue, ModuleValue, Value } from './values.ts';

/** `object.name`, bound as Python binds it. */
export function attributeOf(machine: Machine, object: Value, name: string): Value {
  switch (object.type) {
    case 'class':
      return classAttribute(machine, object, name);
    case 'instance':
      return instanceAttribute(machine, object, name);
    case 'module':
      return moduleAttribute(machine, object, name);
    case 'outside':
      return machine.outside(`${object.path}.${name}`);
    case 'call':
      return object.named.get(name) ?? machine.outside(`${object.path}().${name}`);
    case 'text':
      return textAttribute(object.text, name) ?? { type: 'method', name, of: object };
    case 'dict':
    case 'list':
      return { type: 'method', name, of: object };
    case 'function':
      if (name === '__func__') return { ...object, self: null, isClassMethod: false };
      return name === '__name__' ? text(object.name) : UNKNOWN;
    default:
      return traced(foldersOf(object));
  }
}

/** More than any class has above it. */
export const MAX_BASES = 200;

/** A class's own attribute or the first base's that has one; `undefined` when no class that is read has it. */
export function findAttribute(of: ClassValue, name: string): Value | undefined {
  return findInClass(of, (one) => one.attributes.names.get(name));
}

/** What is found first in a class and those above it, each asked once however many ways lead to it. */
export function findInClass<Found>(
  of: ClassValue,
  find: (one: ClassValue) => Found | undefined,
  seen = new Set<ClassValue>(),
): Found | undefined {
  const own = find(of);
  if (own !== undefined || seen.size > MAX_BASES) return own;
  seen.add(of);
  for (const base of of.bases) {
    const found = base.type === 'class' && !seen.has(base) ? findInClass(base, find, seen) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function classAttribute(machine: Machine, of: ClassValue, name: string): Value {
  if (name === '__dict__') return dict(of.attributes.names);
  const found = findAttribute(of, name);
  if (found?.type !== 'function') return found ?? UNKNOWN;
  const bound = found.isClassMethod ? { ...found, self: of } : found;
  return found.isProperty && found.isClassMethod ? machine.call(bound, NO_ARGUMENTS) : bound;
}

function instanceAttribute(machine: Machine, object: InstanceValue, name: string): Value {
  const own = object.attributes.get(name);
  if (own !== undefined) return own;
  if (name === '__class__') return object.of;
  const found = findAttribute(object.of, name);
  if (found?.type !== 'function') return found ?? UNKNOWN;
  if (found.isStatic) return found;
  const bound = { ...found, self: found.isClassMethod ? object.of : object };
  return found.isProperty ? machine.call(bound, NO_ARGUMENTS) : bound;
}

function moduleAttribute(machine: Machine, module: ModuleValue, name: string): Value {
  const own = module.scope.names.get(name);
  if (own !== undefined) return own;
  if (name === '__dict__') return dict(module.scope.names);
  return machine.findSubmodule(module, name) ?? UNKNOWN;
}

/** Paths are texts here, so a text has what `pathlib` gives paths; a member of an enumeration has its value. */
function textAttribute(value: string, name: string): Value | undefined {
  switch (name) {
    case 'value':
      return text(value);
    case 'parent':
      return text(dirname(value));
    case 'name':
      return text(basename(value));
    case 'stem':
      return text(basename(value, extname(value)));
    case 'suffix':
      return text(extname(value));
    default:
      return undefined;
  }
}
