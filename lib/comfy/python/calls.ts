import { findAttribute, MAX_BASES } from './attributes.ts';
import { callMethod } from './methods.ts';
import { makeFrame } from './machine.ts';
import type { CallArguments, Machine } from './machine.ts';
import { natives } from './natives.ts';
import { dict, foldersOfAll, list, NONE, record, Scope, text, traced, UNKNOWN } from './values.ts';
import type { ClassValue, FunctionValue, InstanceValue, Value } from './values.ts';

/** Calls inside calls; deeper ones are not followed. */
const MAX_CALL_DEPTH = 14;

/** What a call gives back. */
export function callValue(machine: Machine, callee: Value, given: CallArguments): Value {
  switch (callee.type) {
    case 'function':
      return callFunction(machine, callee, given);
    case 'class':
      return machine.instantiate(callee, given);
    case 'method':
      return callMethod(machine, callee.of, callee.name, given);
    case 'outside':
      return natives.get(callee.path)?.(machine, given) ?? record(callee.path, given.args, given.named);
    case 'instance': {
      const method = findAttribute(callee.of, '__call__');
      return method?.type === 'function' ? callFunction(machine, { ...method, self: callee }, given) : UNKNOWN;
    }
    default:
      return traced(foldersOfAll([callee, ...given.args]));
  }
}

function callFunction(machine: Machine, callee: FunctionValue, given: CallArguments): Value {
  if (machine.depth >= MAX_CALL_DEPTH) return UNKNOWN;
  machine.depth++;
  try {
    const frame = makeFrame(new Scope(callee.scope, callee.scope.module));
    bindParameters(machine, callee, given, frame.scope);
    if ('kind' in callee.body) return machine.evaluate(callee.body, frame);
    machine.execute(callee.body.read(), frame);
    return frame.returned ?? NONE;
  } finally {
    machine.depth--;
  }
}

function bindParameters(machine: Machine, callee: FunctionValue, given: CallArguments, scope: Scope): void {
  const args = callee.self === null ? [...given.args] : [callee.self, ...given.args];
  const named = new Map(given.named);
  for (const { name, spread, fallback } of callee.parameters) {
    if (spread === '*') scope.names.set(name, list(args.splice(0), 'tuple'));
    else if (spread === '**') scope.names.set(name, dict(named));
    else {
      const value = args.shift() ?? named.get(name) ?? defaultOf(machine, callee, fallback);
      named.delete(name);
      scope.names.set(name, value);
    }
  }
}

function defaultOf(machine: Machine, callee: FunctionValue, fallback: FunctionValue['parameters'][number]['fallback']): Value {
  return fallback === null ? UNKNOWN : machine.evaluate(fallback, makeFrame(callee.scope));
}

/**
 * An instance. A class of texts, dicts or tuples gives the text, dict or tuple that it is made from: packs use them as types that equal
 * everything and as dicts that have every key, which is why such a dict stays open.
 */
export function makeInstance(machine: Machine, of: ClassValue, given: CallArguments): Value {
  const builtin = builtinBase(of);
  const all = [...given.args, ...given.named.values()];
  if (builtin === 'str') return all.find((value) => value.type === 'text') ?? text('*');
  if (builtin === 'dict')
    return dict(
      all.flatMap((value) => (value.type === 'dict' ? [...value.entries] : [])),
      true,
    );
  if (builtin === 'tuple' || builtin === 'list') return all.find((value) => value.type === 'list') ?? list([], builtin, true);
  const instance: InstanceValue = { type: 'instance', of, attributes: new Map() };
  const init = findAttribute(of, '__init__');
  if (init?.type === 'function') callFunction(machine, { ...init, self: instance }, given);
  return instance;
}

function builtinBase(of: ClassValue, seen = new Set<ClassValue>()): string | undefined {
  if (seen.size > MAX_BASES) return undefined;
  seen.add(of);
  for (const base of of.bases) {
    if (base.type === 'outside' && ['str', 'dict', 'tuple', 'list'].includes(base.path)) return base.path;
    const inherited = base.type === 'class' && !seen.has(base) ? builtinBase(base, seen) : undefined;
    if (inherited !== undefined) return inherited;
  }
  return undefined;
}
