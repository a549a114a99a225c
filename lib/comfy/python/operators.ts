import { posix } from 'node:path';

import { boolean, dict, foldersOf, foldersOfAll, list, text, traced, truth, UNKNOWN } from './values.ts';
import type { FolderTrace, ListValue, Value } from './values.ts';

/** What a binary operator gives; unknown wherever reading does not tell. */
export function binary(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case '+':
      return add(left, right);
    case '|':
      return merge(left, right);
    case '%':
      return left.type === 'text' ? formatPercent(left.text, right) : arithmetic(operator, left, right);
    case '/':
      return left.type === 'text' && right.type === 'text' ? text(posix.join(left.text, right.text)) : arithmetic(operator, left, right);
    case '*':
      return left.type === 'list' ? list(left.items, left.form, true) : arithmetic(operator, left, right);
    case '==':
    case 'is':
      return likewise(equal(left, right), left, right);
    case '!=':
    case 'is not':
      return negate(likewise(equal(left, right), left, right));
    case 'in':
      return contains(left, right);
    case 'not in':
      return negate(contains(left, right));
    default:
      return arithmetic(operator, left, right);
  }
}

export function negate(value: Value): Value {
  const known = truth(value);
  return known === undefined ? UNKNOWN : likewise(boolean(!known), value);
}

/** A condition that follows from others, which is no more than likely when one of those is. */
export function likewise(value: Value, ...from: readonly Value[]): Value {
  return value.type === 'boolean' && from.some((other) => other.isLikely) ? { ...value, isLikely: true } : value;
}

function add(left: Value, right: Value): Value {
  if (left.type === 'text' && right.type === 'text') return text(left.text + right.text);
  if (left.type === 'number' && right.type === 'number') return { type: 'number', number: left.number + right.number };
  if (left.type === 'list' || right.type === 'list') return concatenate(left, right);
  if (left.type === 'text' && foldersOf(right).length > 0) return traced(foldersOf(right).map((trace) => withPrefix(trace, left.text)));
  return traced(foldersOfAll([left, right]));
}

function withPrefix(trace: FolderTrace, prefix: string): FolderTrace {
  return { key: trace.key, prefix: prefix + trace.prefix };
}

function concatenate(left: Value, right: Value): ListValue {
  const parts = [left, right].map((part) => (part.type === 'list' ? part : list([], 'list', true)));
  const form = parts[0]?.form ?? 'list';
  const joined = list(
    parts.flatMap((part) => part.items),
    form,
    parts.some((part) => part.isOpen),
  );
  return { ...joined, folders: foldersOfAll([left, right, joined]) };
}

function merge(left: Value, right: Value): Value {
  if (left.type === 'dict' && right.type === 'dict') return dict([...left.entries, ...right.entries], left.isOpen || right.isOpen);
  if (left.type === 'dict') return dict(left.entries, true);
  if (right.type === 'dict') return dict(right.entries, true);
  return left.type === 'list' && right.type === 'list' ? concatenate(left, right) : UNKNOWN;
}

/** `'%s of %d' % (a, b)` with texts and numbers. */
function formatPercent(pattern: string, right: Value): Value {
  const values = right.type === 'list' && right.form === 'tuple' ? [...right.items] : [right];
  let isKnown = true;
  const filled = pattern.replaceAll(/%(?:[sdr]|%)/g, (mark) => {
    if (mark === '%%') return '%';
    const value = values.shift();
    if (value?.type === 'text') return value.text;
    if (value?.type === 'number') return String(value.number);
    isKnown = false;
    return '';
  });
  return isKnown && !/%[^%\s]/.test(filled) ? text(filled) : traced(foldersOf(right));
}

function arithmetic(operator: string, left: Value, right: Value): Value {
  if (left.type === 'list' && right.type === 'list' && operator === '-') return { ...left, items: [...left.items] };
  if (left.type !== 'number' || right.type !== 'number') return UNKNOWN;
  const [a, b] = [left.number, right.number];
  switch (operator) {
    case '-':
      return { type: 'number', number: a - b };
    case '*':
      return { type: 'number', number: a * b };
    case '/':
      return { type: 'number', number: a / b };
    case '//':
      return { type: 'number', number: Math.floor(a / b) };
    case '<':
      return boolean(a < b);
    case '>':
      return boolean(a > b);
    case '<=':
      return boolean(a <= b);
    case '>=':
      return boolean(a >= b);
    default:
      return UNKNOWN;
  }
}

function equal(left: Value, right: Value): Value {
  if (left.type === 'text' && right.type === 'text') return boolean(left.text === right.text);
  if (left.type === 'number' && right.type === 'number') return boolean(left.number === right.number);
  if (left.type === 'boolean' && right.type === 'boolean') return boolean(left.boolean === right.boolean);
  if (left.type === 'none' || right.type === 'none') return equalNone(left, right);
  return left === right && left.type !== 'unknown' ? boolean(true) : UNKNOWN;
}

function equalNone(left: Value, right: Value): Value {
  if (left.type === right.type) return boolean(true);
  const other = left.type === 'none' ? right : left;
  return truth(other) === undefined && other.type !== 'list' && other.type !== 'dict' ? UNKNOWN : boolean(false);
}

function contains(needle: Value, hay: Value): Value {
  if (needle.type !== 'text') return UNKNOWN;
  if (hay.type === 'text') return boolean(hay.text.includes(needle.text));
  if (hay.type === 'dict') return hay.entries.has(needle.text) ? boolean(true) : hay.isOpen ? UNKNOWN : boolean(false);
  if (hay.type !== 'list') return UNKNOWN;
  if (hay.items.some((item) => item.type === 'text' && item.text === needle.text)) return boolean(true);
  return hay.isOpen || hay.items.some((item) => item.type === 'unknown') ? UNKNOWN : boolean(false);
}
