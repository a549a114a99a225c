import { asList, asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import type { GraphLevel, Surroundings } from './level.ts';
import type { Feed } from './node.ts';

const WIDGET_TYPES = new Set(['INT', 'FLOAT', 'STRING', 'BOOLEAN', 'COMBO']);
/** In `proxyWidgets`: the subgraph's own input of that name, rather than a widget of an inner node. */
const OWN_INPUT = '-1';

/** A place inside the subgraph that one of the instance's values goes to. */
type Target = { slot: number; type: string } | { node: string; widget: string };

/**
 * What an instance of a subgraph gives to the nodes inside: linked inputs, the values of the widgets that it shows, and, for an instance
 * inside another subgraph, what the outer one shows of it.
 */
export function surroundingsOf(host: JsonRecord, definition: JsonRecord, level: GraphLevel): Surroundings {
  const slots = new Map<number, Feed>();
  const widgets = new Map<string, Map<string, Feed>>();
  const give = (target: Target, feed: Feed) => {
    if ('slot' in target) slots.set(target.slot, feed);
    else widgets.set(target.node, (widgets.get(target.node) ?? new Map<string, Feed>()).set(target.widget, feed));
  };
  const inputs = readInputs(definition);
  const shown = readShown(host, inputs);
  for (const [target, value] of ownValues(host, inputs, shown)) give(target, { value });
  for (const [name, feed] of level.feedsOf(host)) {
    const target = targetOf(name, inputs, shown);
    if (target !== undefined) give(target, feed);
  }
  return { slots, widgets };
}

type Input = { name: string; type: string };

function readInputs(definition: JsonRecord): Input[] {
  return asList(definition.inputs).map((input) => {
    const { name, type } = asRecord(input);
    return { name: typeof name === 'string' ? name : '', type: typeof type === 'string' ? type : '' };
  });
}

function readShown(host: JsonRecord, inputs: readonly Input[]): (Target | undefined)[] | undefined {
  const entries = asRecord(host.properties).proxyWidgets;
  if (!Array.isArray(entries)) return undefined;
  return entries.map((entry) => {
    const [node, widget] = asList(entry).map(String);
    if (node === undefined || widget === undefined) return undefined;
    return node === OWN_INPUT ? inputTarget(widget, inputs) : { node, widget };
  });
}

function inputTarget(name: string, inputs: readonly Input[]): Target | undefined {
  const slot = inputs.findIndex((input) => input.name === name);
  return slot < 0 ? undefined : { slot, type: inputs[slot]?.type ?? '' };
}

/** An inner widget may be called by its own name, or, in older files, by `<inner node id>: <name>`. */
function targetOf(name: string, inputs: readonly Input[], shown: readonly (Target | undefined)[] | undefined): Target | undefined {
  const own = inputTarget(name, inputs);
  if (own !== undefined) return own;
  const matches = (target: Target | undefined) => target !== undefined && 'node' in target && target.widget === name;
  const listed = shown?.find(matches);
  const prefixed = /^(-?\w+): (.+)$/s.exec(name);
  return listed ?? (prefixed?.[1] !== undefined && prefixed[2] !== undefined ? { node: prefixed[1], widget: prefixed[2] } : undefined);
}

/**
 * The instance's own values with their targets. Editors have written them in several orders: one value for each shown widget, for each
 * shown input, for each of the instance's widget sockets, or for each input of the definition that can be a widget. The first order whose
 * length and types fit counts; when none does, the values inside the definition stand.
 */
function ownValues(host: JsonRecord, inputs: readonly Input[], shown: readonly (Target | undefined)[] | undefined): [Target, unknown][] {
  const values = host.widgets_values;
  if (isRecord(values)) return namedValues(values, inputs, shown);
  if (!Array.isArray(values) || values.length === 0) return [];
  const orders = [
    ...(shown === undefined ? [] : [shown, shown.filter((target) => target !== undefined && 'slot' in target)]),
    socketOrder(host, inputs),
    inputs.map((input, slot) => ({ slot, type: input.type })).filter((target) => WIDGET_TYPES.has(target.type)),
  ];
  const order = orders.find((targets) => targets.length === values.length && fits(targets, values)) ?? shorterOrder(shown, values);
  return pair(order ?? [], values);
}

/** A list that was cut short still follows the shown widgets from the first on. */
function shorterOrder(
  shown: readonly (Target | undefined)[] | undefined,
  values: readonly unknown[],
): readonly (Target | undefined)[] | undefined {
  return shown !== undefined && values.length < shown.length && fits(shown, values) ? shown : undefined;
}

function namedValues(
  values: JsonRecord,
  inputs: readonly Input[],
  shown: readonly (Target | undefined)[] | undefined,
): [Target, unknown][] {
  const names = Object.keys(values);
  return pair(
    names.map((name) => targetOf(name, inputs, shown)),
    names.map((name) => values[name]),
  );
}

function socketOrder(host: JsonRecord, inputs: readonly Input[]): (Target | undefined)[] {
  const sockets = asList(host.inputs).filter((input): input is JsonRecord => isRecord(input) && isRecord(input.widget));
  return sockets.map((socket) => (typeof socket.name === 'string' ? inputTarget(socket.name, inputs) : undefined));
}

function fits(targets: readonly (Target | undefined)[], values: readonly unknown[]): boolean {
  return values.every((value, i) => {
    const target = targets[i];
    return value === null || value === undefined || target === undefined || !('slot' in target) || fitsType(target.type, value);
  });
}

function fitsType(type: string, value: unknown): boolean {
  if (type === 'INT' || type === 'FLOAT') return typeof value === 'number';
  if (type === 'BOOLEAN') return typeof value === 'boolean';
  if (type === 'STRING') return typeof value === 'string';
  return true;
}

/** An absent value leaves the inner one as it is. */
function pair(targets: readonly (Target | undefined)[], values: readonly unknown[]): [Target, unknown][] {
  return values.flatMap((value, i): [Target, unknown][] => {
    const target = targets[i];
    return target === undefined || value === null || value === undefined ? [] : [[target, value]];
  });
}
