import { assign, keyOf } from './assign.ts';
import { iterate } from './iterate.ts';
import { makeFrame } from './machine.ts';
import type { CallArguments, Frame, Machine } from './machine.ts';
import { binary, likewise, negate } from './operators.ts';
import type { Argument, Clause, Expression } from './syntax.ts';
import { boolean, dict, foldersOf, foldersOfAll, list, NONE, Scope, text, traced, truth, UNKNOWN, join, weightOf } from './values.ts';
import type { FunctionValue, Value } from './values.ts';

/** The value of an expression as far as reading tells it. */
export function evaluateExpression(machine: Machine, expression: Expression, frame: Frame): Value {
  machine.step();
  switch (expression.kind) {
    case 'constant':
      return constant(expression.value);
    case 'name':
      return frame.scope.find(expression.name) ?? { type: 'outside', path: expression.name };
    case 'format':
      return format(machine, expression.parts, frame);
    case 'sequence':
      return sequence(machine, expression, frame);
    case 'dict':
      return dictOf(machine, expression.entries, frame);
    case 'attribute':
      return machine.attribute(machine.evaluate(expression.object, frame), expression.name);
    case 'index':
      return indexOf(machine, expression, frame);
    case 'call':
      return callOf(machine, expression, frame);
    case 'comprehension':
      return comprehension(machine, expression, frame);
    case 'lambda':
      return lambdaOf(expression, frame);
    case 'assignment': {
      const value = machine.evaluate(expression.value, frame);
      assign(machine, { kind: 'name', name: expression.name }, value, frame);
      return value;
    }
    case 'binary':
      return binaryOf(machine, expression, frame);
    case 'unary':
      return unary(expression.operator, machine.evaluate(expression.operand, frame));
    case 'logic':
      return logic(machine, expression, frame);
    case 'choice':
      return choice(machine, expression, frame);
    case 'star':
    case 'slice':
    case 'other':
      return UNKNOWN;
  }
}

function constant(value: string | number | boolean | null): Value {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return { type: 'number', number: value };
  return value === null ? NONE : boolean(value);
}

function format(machine: Machine, parts: readonly (string | Expression)[], frame: Frame): Value {
  const values = parts.map((part) => (typeof part === 'string' ? text(part) : asText(machine.evaluate(part, frame))));
  return values.reduce((left, right) => binary('+', left, right), text(''));
}

function asText(value: Value): Value {
  return value.type === 'number' ? text(String(value.number)) : value;
}

function sequence(machine: Machine, expression: Extract<Expression, { kind: 'sequence' }>, frame: Frame): Value {
  const parts = expression.items.map((item) =>
    item.kind === 'star' ? machine.evaluate(item.value, frame) : [machine.evaluate(item, frame)],
  );
  const items: Value[] = [];
  let isOpen = false;
  for (const part of parts) {
    if (Array.isArray(part)) items.push(...part);
    else {
      machine.step(weightOf(part));
      const spread = iterate(machine, part);
      items.push(...spread.items);
      isOpen ||= spread.isOpen;
    }
  }
  return list(items, expression.form, isOpen);
}

function dictOf(machine: Machine, entries: readonly [Expression | null, Expression][], frame: Frame): Value {
  const made = dict();
  for (const [keyExpression, valueExpression] of entries) {
    const value = machine.evaluate(valueExpression, frame);
    if (keyExpression === null) {
      machine.step(weightOf(value) * 4);
      if (value.type === 'dict') for (const [key, entry] of value.entries) made.entries.set(key, entry);
      made.isOpen ||= value.type !== 'dict' || value.isOpen;
      continue;
    }
    const key = keyOf(machine.evaluate(keyExpression, frame));
    if (key === undefined) made.isOpen = true;
    else made.entries.set(key, value);
  }
  return made;
}

function indexOf(machine: Machine, expression: Extract<Expression, { kind: 'index' }>, frame: Frame): Value {
  const object = machine.evaluate(expression.object, frame);
  if (expression.index.kind === 'slice') return sliceOf(machine, object, expression.index, frame);
  const index = machine.evaluate(expression.index, frame);
  if (object.type === 'outside')
    return machine.call({ type: 'outside', path: `${object.path}.__getitem__` }, { args: [index], named: new Map() });
  return itemAt(object, index);
}

function itemAt(object: Value, index: Value): Value {
  if (object.type === 'dict') return object.entries.get(keyOf(index) ?? '') ?? UNKNOWN;
  if (object.type === 'text' && index.type === 'number') return text(object.text.at(index.number) ?? '');
  if (object.type !== 'list') return traced(foldersOf(object));
  const item = index.type === 'number' ? object.items.at(index.number) : undefined;
  return item ?? traced(object.folders);
}

function sliceOf(machine: Machine, object: Value, slice: Extract<Expression, { kind: 'slice' }>, frame: Frame): Value {
  const bound = (expression: Expression | null): number | undefined => {
    const value = expression === null ? NONE : machine.evaluate(expression, frame);
    return value.type === 'number' ? value.number : undefined;
  };
  const [from, to] = [bound(slice.from), bound(slice.to)];
  if (object.type === 'text') return slice.step === null ? text(object.text.slice(from, to)) : UNKNOWN;
  if (object.type !== 'list') return traced(foldersOf(object));
  return { ...object, items: object.items.slice(from, to) };
}

function callOf(machine: Machine, expression: Extract<Expression, { kind: 'call' }>, frame: Frame): Value {
  if (expression.callee.kind === 'name') {
    const special = frameCall(expression.callee.name, frame);
    if (special !== undefined) return special;
  }
  const callee = machine.evaluate(expression.callee, frame);
  const given = machine.readArguments(expression.args, frame);
  const object = callee.type === 'method' ? weightOf(callee.of) : 0;
  machine.step(given.args.reduce((sum, value) => sum + weightOf(value), object));
  const result = machine.call(callee, given);
  machine.step(weightOf(result));
  return result;
}

function binaryOf(machine: Machine, expression: Extract<Expression, { kind: 'binary' }>, frame: Frame): Value {
  const left = machine.evaluate(expression.left, frame);
  const right = machine.evaluate(expression.right, frame);
  machine.step(weightOf(left) + weightOf(right));
  return binary(expression.operator, left, right);
}

/** Calls that mean the place that they stand in. */
function frameCall(name: string, frame: Frame): Value | undefined {
  const { scope } = frame;
  if (name === 'globals') return scope.module === null ? undefined : scopeDict(scope.module.scope);
  if (name === 'locals') return scopeDict(scope);
  if (name !== 'super') return undefined;
  const owner = scope.findOwner();
  return owner === null ? UNKNOWN : { ...owner, attributes: new Scope(null, scope.module) };
}

/** A scope as the dict that it is in Python: what is put in there becomes a name. */
function scopeDict(scope: Scope): Value {
  return { type: 'dict', entries: scope.names, isOpen: false };
}

/** Arguments in order and by name; a spread that is not known adds nothing. */
export function evaluateArguments(machine: Machine, args: readonly Argument[], frame: Frame): CallArguments {
  const read: CallArguments = { args: [], named: new Map() };
  for (const argument of args) {
    const value = machine.evaluate(argument.value, frame);
    if (argument.name !== null) read.named.set(argument.name, value);
    else if (argument.spread === '') read.args.push(value);
    else if (value.type === 'list') read.args.push(...value.items);
    else if (value.type === 'dict') for (const [key, entry] of value.entries) read.named.set(key, entry);
  }
  return read;
}

function lambdaOf(expression: Extract<Expression, { kind: 'lambda' }>, frame: Frame): FunctionValue {
  return {
    type: 'function',
    name: '<lambda>',
    parameters: expression.parameters,
    body: expression.body,
    scope: frame.scope,
    self: null,
    isProperty: false,
    isStatic: true,
    isClassMethod: false,
  };
}

function unary(operator: string, operand: Value): Value {
  if (operator === 'not') return negate(operand);
  if (operand.type !== 'number') return UNKNOWN;
  return operator === '-' ? { type: 'number', number: -operand.number } : operand;
}

function logic(machine: Machine, expression: Extract<Expression, { kind: 'logic' }>, frame: Frame): Value {
  const left = machine.evaluate(expression.left, frame);
  const known = truth(left);
  if (known !== undefined)
    return known === (expression.operator === 'or') ? left : likewise(machine.evaluate(expression.right, frame), left);
  const right = machine.evaluate(expression.right, frame);
  if (expression.operator === 'and') return truth(right) === false ? boolean(false) : traced(foldersOfAll([left, right]));
  return join(left, right);
}

function choice(machine: Machine, expression: Extract<Expression, { kind: 'choice' }>, frame: Frame): Value {
  const known = holds(machine, machine.evaluate(expression.test, frame));
  if (known !== undefined) return machine.evaluate(known ? expression.yes : expression.no, frame);
  return join(machine.evaluate(expression.no, frame), machine.evaluate(expression.yes, frame));
}

/**
 * Python's truth of a condition, `undefined` when reading does not tell. One that is likely decides what a class declares; which node types
 * there are it leaves open.
 */
export function holds(machine: Machine, value: Value): boolean | undefined {
  return value.isLikely && !machine.isDeclaring ? undefined : truth(value);
}

interface Gathering {
  items: Value[];
  entries: Map<string, Value>;
  isOpen: boolean;
}

function comprehension(machine: Machine, expression: Extract<Expression, { kind: 'comprehension' }>, frame: Frame): Value {
  const inner = makeFrame(new Scope(frame.scope, frame.scope.module), frame.doubt);
  const gathering: Gathering = { items: [], entries: new Map(), isOpen: false };
  gather(machine, expression, { clauses: expression.clauses, frame: inner, gathering });
  if (expression.form === 'dict') return dict(gathering.entries, gathering.isOpen);
  const made = list(gathering.items, expression.form, gathering.isOpen);
  return made.isOpen ? { ...made, items: made.items.filter((item) => item.type !== 'unknown') } : made;
}

interface Level {
  clauses: readonly Clause[];
  frame: Frame;
  gathering: Gathering;
}

function gather(machine: Machine, expression: Extract<Expression, { kind: 'comprehension' }>, level: Level): void {
  const { clauses, frame, gathering } = level;
  const [clause, ...rest] = clauses;
  if (clause === undefined) return keep(machine, expression, level);
  const { items, isOpen } = iterate(machine, machine.evaluate(clause.source, frame));
  gathering.isOpen ||= isOpen;
  for (const item of items) {
    assign(machine, clause.target, item, frame);
    const tests = clause.tests.map((test) => holds(machine, machine.evaluate(test, frame)));
    if (tests.includes(false)) continue;
    gather(machine, expression, { clauses: rest, frame, gathering });
  }
}

function keep(machine: Machine, expression: Extract<Expression, { kind: 'comprehension' }>, { frame, gathering }: Level): void {
  const value = machine.evaluate(expression.item, frame);
  if (expression.key === null) {
    gathering.items.push(value);
    return;
  }
  const key = keyOf(machine.evaluate(expression.key, frame));
  if (key === undefined) gathering.isOpen = true;
  else gathering.entries.set(key, value);
}
