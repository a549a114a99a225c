import type { WorkflowNode } from './graph/node.ts';
import { isRecord } from './narrow.ts';

/** Values of the widget that the editor puts after a seed: it has a place among the values and no input of its own. */
const CONTROL_VALUES = new Set<unknown>(['fixed', 'increment', 'decrement', 'randomize']);

/** Names of a node's widgets by their place among its values; `undefined` where a place has none. */
export interface WidgetNames {
  names: readonly (string | undefined)[];
  /** The file itself tells them. A declaration may be that of another version of the node. */
  sure: boolean;
  /** There are as many values as names. */
  whole: boolean;
}

type NodeWithValues = Pick<WorkflowNode, 'inputs' | 'values' | 'valueNames'>;

/**
 * Which widget each of the values belongs to. The newest files say it themselves; before those they listed a socket for every widget, which
 * is as sure, and older ones only for those turned into inputs, which shows in the counts. Then the order that the class declares.
 * `undefined` when none tells.
 */
export function widgetNames(node: NodeWithValues, declared: readonly string[] | null): WidgetNames | undefined {
  if (node.values.length === 0) return undefined;
  const told = namesTold(node.valueNames, node.values);
  if (told !== undefined) return { names: told, sure: true, whole: true };
  const sockets: string[] = [];
  for (const input of node.inputs) {
    if (!isRecord(input) || !isRecord(input.widget)) continue;
    const name = input.widget.name ?? input.name;
    if (typeof name === 'string') sockets.push(name);
  }
  const bySocket = sockets.length > 0 ? align(sockets, node.values) : undefined;
  if (bySocket !== undefined && bySocket.surplus === 0) return { names: bySocket.names, sure: true, whole: true };
  const byClass = declared === null ? undefined : align(declared, node.values);
  return byClass === undefined ? undefined : { names: byClass.names, sure: false, whole: byClass.surplus === 0 };
}

/** The keys of `widgets_values_named`; `undefined` where its values are no longer those of the node: others than the editor write files too. */
function namesTold(valueNames: unknown, values: readonly unknown[]): string[] | undefined {
  if (!isRecord(valueNames)) return undefined;
  const names = Object.keys(valueNames);
  const fits = names.length === values.length && names.every((name, place) => isSame(valueNames[name], values[place]));
  return fits ? names : undefined;
}

/** Of two objects it is enough that both are some: they stand in the same place. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === 'object' && one !== null && typeof other === 'object' && other !== null);
}

/** `undefined` when there are fewer values than names. */
function align(
  names: readonly string[],
  values: readonly unknown[],
): { names: readonly (string | undefined)[]; surplus: number } | undefined {
  let surplus = values.length - names.length;
  if (surplus < 0) return undefined;
  if (surplus === 0) return { names, surplus };
  const places: (string | undefined)[] = [];
  for (const name of names) {
    places.push(name);
    if (surplus > 0 && CONTROL_VALUES.has(values[places.length]) && typeof values[places.length - 1] === 'number') {
      places.push(undefined);
      surplus--;
    }
  }
  return { names: places, surplus };
}
