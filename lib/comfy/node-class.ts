import type { NodeDeclaration } from '../core/model.ts';
import { declarationOf, readInput } from './node-inputs.ts';
import type { DeclaredInput } from './node-inputs.ts';
import { readSchema } from './node-schema.ts';
import { findAttribute } from './python/attributes.ts';
import { NO_ARGUMENTS } from './python/machine.ts';
import type { Machine } from './python/machine.ts';
import { Kind } from './python/tokens.ts';
import type { ClassValue, Value } from './python/values.ts';

/**
 * What a node class says of its inputs, `undefined` when its source does not tell. Classes of the first kind have `INPUT_TYPES`, those of
 * ComfyUI's newer interface `define_schema`.
 */
export function declareClass(machine: Machine, nodeType: string, of: Value): NodeDeclaration | undefined {
  if (of.type !== 'class') return undefined;
  machine.isDeclaring = true;
  try {
    return declare(machine, nodeType, of);
  } finally {
    machine.isDeclaring = false;
  }
}

function declare(machine: Machine, nodeType: string, of: ClassValue): NodeDeclaration | undefined {
  const schema = readSchema(machine, of);
  if (schema !== undefined) return declarationOf(nodeType, withFullPaths(schema.inputs, of), schema.isComplete);
  const types = callClassMethod(machine, of, 'INPUT_TYPES');
  if (types?.type !== 'dict') return undefined;
  const groups = ['required', 'optional'].map((group) => types.entries.get(group));
  const inputs = groups.flatMap((group) => (group?.type === 'dict' ? readGroup(group) : []));
  const isComplete = !types.isOpen && groups.every((group) => group === undefined || (group.type === 'dict' && !group.isOpen));
  return declarationOf(nodeType, withFullPaths(inputs, of), isComplete);
}

function readGroup(group: Extract<Value, { type: 'dict' }>): DeclaredInput[] {
  return [...group.entries].map(([name, declared]) => readInput(name, declared));
}

function callClassMethod(machine: Machine, of: ClassValue, name: string): Value | undefined {
  const found = findAttribute(of, name);
  if (found?.type !== 'function') return found;
  return machine.call(found.isStatic ? found : { ...found, self: of }, NO_ARGUMENTS);
}

/** Adds what the class's code says: an input that it hands to `get_full_path("key", input)` names a file of that folder. */
function withFullPaths(inputs: readonly DeclaredInput[], of: ClassValue): DeclaredInput[] {
  const keys = fullPathKeys(of);
  return inputs.map((input) => {
    const key = keys.get(input.name);
    return input.folders.length > 0 || key === undefined ? input : { ...input, folders: [{ key, prefix: '' }] };
  });
}

/** Names that a class hands to `get_full_path`, with the folder key. */
function fullPathKeys(of: ClassValue): Map<string, string> {
  const keys = new Map<string, string>();
  const tokens = of.origin?.module.tokens;
  if (of.origin === null || tokens === null || tokens === undefined) return keys;
  const { kinds, texts } = tokens;
  for (let at = of.origin.start; at < of.origin.end; at++) {
    if (kinds[at] !== Kind.Name || (texts[at] !== 'get_full_path' && texts[at] !== 'get_full_path_or_raise')) continue;
    const [open, key, comma, name, close] = texts.slice(at + 1, at + 6);
    const isPattern = open === '(' && kinds[at + 2] === Kind.Text && comma === ',' && kinds[at + 4] === Kind.Name && close === ')';
    if (isPattern && key !== undefined && name !== undefined) keys.set(name, key);
  }
  return keys;
}
