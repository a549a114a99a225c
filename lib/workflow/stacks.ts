import type { WorkflowNode } from './graph/node.ts';
import { ownValue } from './narrow.ts';

/** The first widgets of nodes that keep stale names behind a count, for files that do not name their widgets. */
const STACK_HEADS: ReadonlyMap<string, readonly string[]> = new Map([
  ['LoRA Stacker', ['input_mode', 'lora_count']],
  ['easy loraStack', ['toggle', 'mode', 'num_loras']],
]);

/** What efficiency-nodes, Easy-Use and others call the number of slots that are used (2026-10). */
const COUNT_NAMES = ['lora_count', 'num_loras', 'num_lora', 'num_controlnet', 'ckpt_count', 'vae_count', 'input_count'];
const OFF_VALUES = new Set<unknown>([false, 'Off', 'off', 'disable', 'disabled']);

/** Reads another widget of the same node, by name. */
export type WidgetReader = (name: string) => unknown;

/**
 * `true` when a stack does not use one of its slots: its switch is off (`switch_2`), the whole stack is (`toggle`), or its number lies
 * beyond the count that the node is set to.
 */
export function isSwitchedOff(input: string, read: WidgetReader): boolean {
  if (OFF_VALUES.has(read('toggle'))) return true;
  const number = /(\d+)\D*$/.exec(input)?.[1];
  if (number === undefined) return read('switch') === 'Off';
  if (OFF_VALUES.has(read(`switch_${number}`))) return true;
  const count = COUNT_NAMES.map(read).find((value) => typeof value === 'number');
  return typeof count === 'number' && Number(number) > count;
}

/** Reads the other widgets of a node that holds a slot: by name where the file or the class tells the names, else by place. */
export function widgetReader(
  node: Pick<WorkflowNode, 'type' | 'named' | 'values'>,
  names: readonly (string | undefined)[] | undefined,
  slot: { input: string; place: number },
): WidgetReader {
  const { named, values } = node;
  if (named !== null) return (name) => ownValue(named, name);
  if (names === undefined) return stackReader(node.type, values, slot);
  return (name) => (names.includes(name) ? values[names.indexOf(name)] : undefined);
}

/** Reads the widgets of a stack from its values by place: the known head, and a switch that stands right before a slot. */
function stackReader(nodeType: string, values: readonly unknown[], slot: { input: string; place: number }): WidgetReader {
  const head = STACK_HEADS.get(nodeType) ?? [];
  const number = /(\d+)\D*$/.exec(slot.input)?.[1];
  return (name) => {
    const place = head.indexOf(name);
    if (place >= 0) return values[place];
    const isOwnSwitch = name === `switch_${number}` || (number === undefined && name === 'switch');
    return isOwnSwitch && typeof values[slot.place - 1] === 'string' ? values[slot.place - 1] : undefined;
  };
}
