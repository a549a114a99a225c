import { ImportTrouble, makeFrame } from './machine.ts';
import type { Frame, Machine, Outcome } from './machine.ts';
import { assign, bind, forget } from './assign.ts';
import { eitherWay } from './either-way.ts';
import { holds } from './expressions.ts';
import { binary } from './operators.ts';
import { iterate } from './iterate.ts';
import type { ClassStatement, Expression, FunctionStatement, Statement } from './syntax.ts';
import { join, NONE, Scope, text, UNKNOWN } from './values.ts';
import type { ClassValue, FunctionValue, Value } from './values.ts';

/** Runs statements in order until one leaves the block. Nothing has an effect outside the reader. */
export function executeBlock(machine: Machine, statements: readonly Statement[], frame: Frame): Outcome {
  for (const statement of statements) {
    machine.step();
    const outcome = execute(machine, statement, frame);
    if (outcome !== 'next') return outcome;
  }
  return 'next';
}

function execute(machine: Machine, statement: Statement, frame: Frame): Outcome {
  switch (statement.kind) {
    case 'expression':
      machine.evaluate(statement.value, frame);
      return 'next';
    case 'assign': {
      const value = machine.evaluate(statement.value, frame);
      for (const target of statement.targets) assign(machine, target, value, frame);
      return 'next';
    }
    case 'augment':
      augment(machine, statement, frame);
      return 'next';
    case 'function':
      bind(machine, frame, statement.name, decorate(machine, statement.decorators, makeFunction(statement, frame.scope), frame));
      return 'next';
    case 'class':
      bind(machine, frame, statement.name, decorate(machine, statement.decorators, makeClass(machine, statement, frame), frame));
      return 'next';
    case 'return':
      return executeReturn(machine, statement.value, frame);
    case 'leave':
      return statement.how;
    case 'global':
      for (const name of statement.names) frame.scope.globals.add(name);
      return 'next';
    case 'delete':
      for (const target of statement.targets) forget(machine, target, frame);
      return 'next';
    case 'import':
    case 'from':
      executeImport(machine, statement, frame);
      return 'next';
    case 'if':
    case 'for':
    case 'while':
    case 'with':
    case 'try':
      return executeCompound(machine, statement, frame);
  }
}

type Compound = Extract<Statement, { kind: 'if' | 'for' | 'while' | 'with' | 'try' }>;

function executeCompound(machine: Machine, statement: Compound, frame: Frame): Outcome {
  switch (statement.kind) {
    case 'if':
      return executeIf(machine, statement, frame);
    case 'for':
      return executeFor(machine, statement, frame);
    case 'while':
      return executeMaybe(machine, statement.body, frame);
    case 'with':
      for (const { value, target } of statement.items) {
        const entered = machine.evaluate(value, frame);
        if (target !== null) assign(machine, target, entered, frame);
      }
      return machine.execute(statement.body, frame);
    case 'try':
      return executeTry(machine, statement, frame);
  }
}

function executeIf(machine: Machine, statement: Extract<Statement, { kind: 'if' }>, frame: Frame): Outcome {
  const test = isMain(statement.test) ? false : holds(machine, machine.evaluate(statement.test, frame));
  if (test === true) return machine.execute(statement.yes, frame);
  if (test === false) return machine.execute(statement.no, frame);
  const yes = executeMaybe(machine, statement.yes, frame);
  const no = executeMaybe(machine, statement.no, frame);
  return yes === no ? yes : 'next';
}

function executeMaybe(machine: Machine, statements: readonly Statement[], frame: Frame): Outcome {
  frame.doubt++;
  try {
    const outcome = machine.execute(statements, frame);
    return outcome === 'break' || outcome === 'continue' ? 'next' : outcome;
  } finally {
    frame.doubt--;
  }
}

function isMain(test: Expression): boolean {
  return test.kind === 'binary' && test.left.kind === 'name' && test.left.name === '__name__';
}

function executeFor(machine: Machine, statement: Extract<Statement, { kind: 'for' }>, frame: Frame): Outcome {
  const { items, isOpen } = iterate(machine, machine.evaluate(statement.source, frame));
  for (const item of items) {
    assign(machine, statement.target, item, frame);
    const outcome = machine.execute(statement.body, frame);
    if (outcome === 'break') break;
    if (outcome === 'return') return frame.doubt > 0 || isOpen ? 'next' : outcome;
  }
  return 'next';
}

function executeTry(machine: Machine, statement: Extract<Statement, { kind: 'try' }>, frame: Frame): Outcome {
  const { undecided } = machine;
  const outer = frame.overwritten;
  const overwritten = new Map<string, Value>();
  frame.overwritten = overwritten;
  let outcome = untilRaise(machine, statement.body, frame);
  frame.overwritten = outer;
  for (const [name, before] of overwritten) if (outer?.has(name) === false) outer.set(name, before);
  // A class is asked for its inputs while ComfyUI runs with it: then its imports have succeeded.
  const mayFail = machine.undecided > undecided && !machine.isDeclaring;
  machine.undecided = undecided;
  if (outcome === 'raise') outcome = machine.execute(statement.handlers, frame);
  else if (mayFail) outcome = executeFallback(machine, statement.handlers, { frame, overwritten, outcome });
  const finish = machine.execute(statement.finish, frame);
  return finish === 'next' ? outcome : finish;
}

function untilRaise(machine: Machine, statements: readonly Statement[], frame: Frame): Outcome {
  try {
    return machine.execute(statements, frame);
  } catch (error) {
    if (error instanceof ImportTrouble) return 'raise';
    throw error;
  }
}

/** What was done in a `try` in which an import may fail, and how it ends if none does. */
interface Tried {
  frame: Frame;
  overwritten: ReadonlyMap<string, Value>;
  outcome: Outcome;
}

/** Handlers that run if an import fails of which that cannot be told: what they add counts beside what the `try` has done. */
function executeFallback(machine: Machine, handlers: readonly Statement[], { frame, overwritten, outcome }: Tried): Outcome {
  const { isFallback, scope } = frame;
  const done = new Map([...overwritten.keys()].map((name) => [name, scope.names.get(name)]));
  frame.isFallback = true;
  frame.doubt++;
  let handled: Outcome;
  try {
    handled = untilRaise(machine, handlers, frame);
  } finally {
    frame.doubt--;
    frame.isFallback = isFallback;
  }
  if (handled === 'raise') {
    machine.undecided++;
    return outcome;
  }
  if (handled === 'next') {
    // What the handlers have left alone may be as it was before.
    for (const [name, before] of overwritten) {
      const value = scope.names.get(name);
      if (value !== undefined && value === done.get(name)) scope.names.set(name, eitherWay(machine, value, before));
    }
  }
  if (handled === outcome) return outcome;
  if (handled === 'next' && outcome === 'return') {
    // The rest of the function runs only if the import fails.
    frame.isFallback = true;
    frame.doubt++;
  }
  return 'next';
}

function executeReturn(machine: Machine, value: Expression | null, frame: Frame): Outcome {
  const returned = value === null ? NONE : machine.evaluate(value, frame);
  if (frame.returned === undefined) frame.returned = returned;
  else frame.returned = frame.isFallback ? eitherWay(machine, frame.returned, returned) : join(frame.returned, returned);
  return 'return';
}

function augment(machine: Machine, statement: Extract<Statement, { kind: 'augment' }>, frame: Frame): void {
  const value = machine.evaluate(statement.value, frame);
  const before = machine.evaluate(statement.target, frame);
  if (before.type === 'dict' && value.type === 'dict') {
    for (const [key, entry] of value.entries) before.entries.set(key, entry);
  } else if (before.type === 'list' && value.type === 'list') {
    machine.call(machine.attribute(before, 'extend'), { args: [value], named: new Map() });
  } else assign(machine, statement.target, binary(statement.operator, before, value), frame);
}

function executeImport(machine: Machine, statement: Extract<Statement, { kind: 'import' | 'from' }>, frame: Frame): void {
  const from = frame.scope.module;
  if (statement.kind === 'from') return importNames(machine, statement, frame);
  for (const { path, name } of statement.modules) {
    const module = machine.importModule(path, 0, from);
    if (name !== null) bind(machine, frame, name, module);
    else
      bind(machine, frame, path.split('.')[0] ?? path, path.includes('.') ? { type: 'outside', path: path.split('.')[0] ?? path } : module);
  }
}

function importNames(machine: Machine, statement: Extract<Statement, { kind: 'from' }>, frame: Frame): void {
  const from = frame.scope.module;
  const module = machine.importModule(statement.path, statement.level, from);
  if (statement.names === '*') {
    if (module.type === 'module') for (const [name, value] of starNames(module.scope)) bind(machine, frame, name, value);
    return;
  }
  for (const { name, as } of statement.names) {
    const own = module.type === 'module' ? module.scope.names.get(name) : undefined;
    bind(machine, frame, as, own ?? importSubmodule(machine, statement, { module, name, frame }));
  }
}

/** A name that a package does not define may be a module of it. */
function importSubmodule(
  machine: Machine,
  statement: Extract<Statement, { kind: 'from' }>,
  wanted: { module: Value; name: string; frame: Frame },
): Value {
  const { module, name, frame } = wanted;
  if (module.type !== 'module') {
    if (!machine.isSureName(statement.path, name)) machine.undecided++;
    return machine.attribute(module, name);
  }
  const path = statement.path === '' ? name : `${statement.path}.${name}`;
  try {
    return machine.importModule(path, statement.level, frame.scope.module);
  } catch (error) {
    if (!(error instanceof ImportTrouble)) throw error;
    machine.undecided++;
    return UNKNOWN;
  }
}

function starNames(scope: Scope): [string, Value][] {
  const all = scope.names.get('__all__');
  const listed =
    all?.type === 'list' && !all.isOpen ? new Set(all.items.map((item) => (item.type === 'text' ? item.text : ''))) : undefined;
  return [...scope.names].filter(([name]) => (listed === undefined ? !name.startsWith('_') : listed.has(name)));
}

/** The value of a function statement or a lambda's parts. */
export function makeFunction(statement: FunctionStatement, scope: Scope): FunctionValue {
  const marks = new Set(statement.decorators.map((decorator) => (decorator.kind === 'name' ? decorator.name : '')));
  return {
    type: 'function',
    name: statement.name,
    parameters: statement.parameters,
    body: statement.body,
    scope,
    self: null,
    isProperty: marks.has('property') || marks.has('classproperty') || marks.has('cached_property'),
    isStatic: marks.has('staticmethod'),
    isClassMethod: marks.has('classmethod') || marks.has('classproperty'),
  };
}

function makeClass(machine: Machine, statement: ClassStatement, frame: Frame): ClassValue {
  const { args } = machine.readArguments(statement.bases, frame);
  const module = frame.scope.module;
  const attributes = new Scope(frame.scope, module);
  const origin = module === null ? null : { module, start: statement.body.start, end: statement.body.end };
  const value: ClassValue = { type: 'class', name: statement.name, bases: args, attributes, origin };
  attributes.owner = value;
  attributes.names.set('__name__', text(statement.name));
  machine.execute(statement.body.read(), makeFrame(attributes));
  return value;
}

/** Applies decorators that the sources define themselves; one that gives no class or function back changes nothing. */
function decorate(machine: Machine, decorators: readonly Expression[], value: Value, frame: Frame): Value {
  let decorated = value;
  for (const decorator of decorators.toReversed()) {
    const callee = machine.evaluate(decorator, frame);
    if (callee.type !== 'function' && callee.type !== 'instance' && callee.type !== 'method' && callee.type !== 'class') continue;
    const result = machine.call(callee, { args: [decorated], named: new Map() });
    if (result.type === decorated.type) decorated = result;
  }
  return decorated;
}
