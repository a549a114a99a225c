import type { Machine } from './machine.ts';
import { list, text, traced, UNKNOWN } from './values.ts';
import type { Value } from './values.ts';

/** More turns of a loop than any list of nodes has. */
const MAX_TURNS = 20_000;

/** What a loop over a value goes through. When more may come than is known, one unknown item stands for the rest. */
export function iterate(machine: Machine, value: Value): { items: Value[]; isOpen: boolean } {
  const known = itemsOf(value);
  if (known === undefined) return { items: [traced(value.type === 'unknown' ? value.folders : [])], isOpen: true };
  machine.step();
  return { items: known.items.slice(0, MAX_TURNS), isOpen: known.isOpen };
}

function itemsOf(value: Value): { items: Value[]; isOpen: boolean } | undefined {
  switch (value.type) {
    case 'list': {
      const rest = value.isOpen ? [traced(value.folders)] : [];
      return { items: [...value.items, ...rest], isOpen: value.isOpen };
    }
    case 'dict':
      return { items: [...value.entries.keys()].map((key) => text(key)), isOpen: value.isOpen };
    case 'text':
      return { items: Array.from(value.text, (letter) => text(letter)), isOpen: false };
    default:
      return undefined;
  }
}

/** The pairs of a dict, as `items()` gives them. */
export function pairsOf(value: Value): Value {
  if (value.type !== 'dict') return UNKNOWN;
  const pairs = [...value.entries].map(([key, entry]) => list([text(key), entry], 'tuple'));
  return list(pairs, 'list', value.isOpen);
}
