import { asList, asRecord, isId, isRecord, type JsonRecord } from '../narrow.ts';
import { type GraphLevel, SUBGRAPH_INPUT, type Surroundings } from './level.ts';
import { findLink } from './links.ts';
import type { Feed } from './node.ts';
import { fedWidget } from './sockets.ts';

const WIDGET_TYPES = new Set(['INT', 'FLOAT', 'STRING', 'BOOLEAN', 'COMBO']);
/** In `proxyWidgets`: the subgraph's own input of that name, rather than a widget of an inner node. */
const OWN_INPUT = '-1';
/** `<inner node id>: <name>`: the widget that an instance shows of that node inside it. */
const OF_NODE = /^(-?\w+): (.+)$/s;

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
  const inside = readInside(host, definition);
  for (const [target, value] of ownValues(host, inside)) give(target, { value });
  for (const [name, feed] of level.feedsOf(host)) {
    const target = targetOf(name, inside);
    if (target !== undefined) give(target, feed);
  }
  return { slots, widgets };
}

type Input = { name: string; type: string };

/** What can be given to: the definition with its inputs, and the widgets that the instance shows. */
interface Inside {
  definition: JsonRecord;
  inputs: readonly Input[];
  shown: readonly (Target | undefined)[] | undefined;
}

function readInside(host: JsonRecord, definition: JsonRecord): Inside {
  const inputs = readInputs(definition);
  return { definition, inputs, shown: readShown(host, inputs) };
}

function readInputs(definition: JsonRecord): Input[] {
  return asList(definition.inputs).map((input) => {
    const { name, type } = asRecord(input);
    return { name: typeof name === 'string' ? name : '', type: typeof type === 'string' ? type : '' };
  });
}

/**
 * The entries of `proxyWidgets`: `[node id, widget]`, and behind them, where the node is an instance that shows widgets of the same name of
 * several nodes, the id of the one that is meant (ComfyUI_frontend before 1.47, SerializedProxyWidgetTuple, read 2026-11). Still earlier ones
 * wrote that id before the name, as it is kept here.
 */
function readShown(host: JsonRecord, inputs: readonly Input[]): (Target | undefined)[] | undefined {
  const entries = asRecord(host.properties).proxyWidgets;
  if (!Array.isArray(entries)) return undefined;
  return entries.map((entry) => {
    const [node, name, source] = asList(entry).map(String);
    if (node === undefined || name === undefined) return undefined;
    if (node === OWN_INPUT) return inputTarget(name, inputs);
    return { node, widget: isId(asList(entry)[2]) && !OF_NODE.test(name) ? `${source}: ${name}` : name };
  });
}

function inputTarget(name: string, inputs: readonly Input[]): Target | undefined {
  const slot = inputs.findIndex((input) => input.name === name);
  return slot < 0 ? undefined : { slot, type: inputs[slot]?.type ?? '' };
}

/** An inner widget is called by its own name, with the id of its node before it where that alone would not tell. */
function targetOf(name: string, inside: Inside): Target | undefined {
  const exact = inputTarget(name, inside.inputs) ?? listedTarget(name, inside);
  const [, node, widget] = OF_NODE.exec(name) ?? [];
  if (exact !== undefined || node === undefined || widget === undefined) return exact;
  return targetInNode(node, widget, inside) ?? inputTarget(widget, inside.inputs) ?? listedTarget(widget, inside);
}

function listedTarget(name: string, { shown }: Inside): Target | undefined {
  const byName = (isCalled: (widget: string) => boolean) =>
    shown?.find((target) => target !== undefined && 'node' in target && isCalled(target.widget));
  return byName((widget) => widget === name) ?? byName((widget) => widget.endsWith(`: ${name}`) && OF_NODE.exec(widget)?.[2] === name);
}

/**
 * The widget of that node, through the input that it is linked to where it is. `undefined` when there is no such node here: the id may be
 * that of a node further inside.
 */
function targetInNode(id: string, widget: string, { definition, inputs }: Inside): Target | undefined {
  const node = asList(definition.nodes).find((candidate) => isRecord(candidate) && String(candidate.id) === id);
  if (!isRecord(node)) return undefined;
  const socket = asList(node.inputs).find((input) => fedWidget(input) === widget);
  const link = isRecord(socket) && isId(socket.link) ? findLink(asList(definition.links), String(socket.link)) : undefined;
  const slot = link?.[0] === SUBGRAPH_INPUT ? link[1] : undefined;
  return slot === undefined ? { node: id, widget } : { slot, type: inputs[slot]?.type ?? '' };
}

/**
 * The instance's own values with their targets. Editors have written them in several orders: one value for each shown widget, for each
 * shown input, for each of the instance's widget sockets, or for each input of the definition that can be a widget. The first order whose
 * length and types fit counts; when none does, the values inside the definition stand.
 */
function ownValues(host: JsonRecord, inside: Inside): [Target, unknown][] {
  const { inputs, shown } = inside;
  const values = host.widgets_values;
  if (isRecord(values)) return namedValues(values, inside);
  if (!Array.isArray(values) || values.length === 0) return [];
  const orders = [
    ...(shown === undefined ? [] : [shown, shown.filter((target) => target !== undefined && 'slot' in target), shown.filter(hasValue)]),
    socketOrder(host, inputs),
    inputs.map((input, slot) => ({ slot, type: input.type })).filter((target) => WIDGET_TYPES.has(target.type)),
  ];
  const order = orders.find((targets) => targets.length === values.length && fits(targets, values)) ?? shorterOrder(shown, values);
  return pair(order ?? [], values);
}

/** Pictures that the editor shows beside widgets are called so, and have none (`$$canvas-image-preview`). */
function hasValue(target: Target | undefined): boolean {
  return target === undefined || !('widget' in target) || !target.widget.startsWith('$$');
}

/** A list that was cut short still follows the shown widgets from the first on. */
function shorterOrder(
  shown: readonly (Target | undefined)[] | undefined,
  values: readonly unknown[],
): readonly (Target | undefined)[] | undefined {
  return shown !== undefined && values.length < shown.length && fits(shown, values) ? shown : undefined;
}

function namedValues(values: JsonRecord, inside: Inside): [Target, unknown][] {
  const names = Object.keys(values);
  return pair(
    names.map((name) => targetOf(name, inside)),
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
