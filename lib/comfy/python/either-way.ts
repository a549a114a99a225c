import type { Machine } from './machine.ts';
import { dict, list, MAX_ITEMS, truth } from './values.ts';
import type { ListValue, Value } from './values.ts';

/**
 * What a name is when it has one value if the imports of a `try` succeed, and another if they fail: the former, with the entries that only
 * the latter has. Where a condition would be told otherwise by the latter, it is marked as likely only.
 */
export function eitherWay(machine: Machine, likely: Value, other: Value): Value {
  if (likely === other) return likely;
  machine.step(sizeOf(likely) + sizeOf(other));
  if (likely.type === 'dict' && other.type === 'dict') return dict([...other.entries, ...likely.entries], likely.isOpen || other.isOpen);
  if (likely.type === 'list' && other.type === 'list') return eitherList(likely, other);
  if (likely.type === 'dict' && isOpaque(other)) return { ...likely, isOpen: true };
  if (other.type === 'dict' && isOpaque(likely)) return { ...other, isOpen: true };
  return truth(likely) === truth(other) || isOpaque(likely) ? likely : { ...likely, isLikely: true };
}

/** Entries that are gone through to join it with another value. */
function sizeOf(value: Value): number {
  return value.type === 'dict' ? value.entries.size : value.type === 'list' ? value.items.length : 0;
}

/** Entries of both, but for tuples that say something as a whole, such as the type of an input. */
function eitherList(likely: ListValue, other: ListValue): Value {
  const isWhole = likely.form === 'tuple' && likely.items.some((item) => item.type === 'text');
  if (isWhole || likely.items.length + other.items.length > MAX_ITEMS) return likely;
  const texts = new Set(likely.items.map((item) => (item.type === 'text' ? item.text : item)));
  const more = other.items.filter((item) => !texts.has(item.type === 'text' ? item.text : item));
  return { ...list([...likely.items, ...more], likely.form, likely.isOpen || other.isOpen), folders: likely.folders };
}

/** A value of which reading knows neither entries nor truth. */
function isOpaque(value: Value): boolean {
  return value.type === 'unknown' || value.type === 'outside' || value.type === 'call';
}
