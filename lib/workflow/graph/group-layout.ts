import { asList, asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import { widgetNames } from '../widget-names.ts';

/** One widget inside a group: the number of its node, and its place among the node's values. */
export interface WidgetPlace {
  member: number;
  place: number;
}

/** What the links between a group's nodes say: which of them feed another, and which sockets are fed (`<node>:<socket>`). */
interface Wiring {
  feeding: ReadonlySet<unknown>;
  fed: ReadonlySet<string>;
}

/**
 * Which widgets of a group's nodes its instance keeps a value for, in order, as the editor makes a group (groupNode.ts of ComfyUI's
 * frontend, 1.27): those without a socket of their own, node by node, then those with one that nothing inside feeds. A primitive has its
 * value there when it feeds anything. Where this does not fit the instance's values, but all widgets in their order do, it is those.
 */
export function groupLayout(
  members: readonly JsonRecord[],
  links: readonly (readonly unknown[])[],
  values: readonly unknown[],
): WidgetPlace[] {
  const wiring: Wiring = {
    feeding: new Set(links.map(([, origin]) => origin)),
    fed: new Set(links.map(([, , , target, slot]) => `${String(target)}:${String(slot)}`)),
  };
  const parts = members.map((member, at) => partsOf(member, at, wiring));
  const layout = [...parts.flatMap(({ plain }) => plain), ...parts.flatMap(({ open }) => open)];
  const all = members.flatMap((member, at) => places(member).map((place) => ({ member: at, place })));
  const fits = (order: readonly WidgetPlace[]) => order.length === values.length && agrees(order, members, values);
  return !fits(layout) && fits(all) ? all : layout;
}

function partsOf(member: JsonRecord, at: number, { feeding, fed }: Wiring): { plain: WidgetPlace[]; open: WidgetPlace[] } {
  if (member.type === 'PrimitiveNode' && !feeding.has(at)) return { plain: [], open: [] };
  const sockets = socketPlaces(member);
  const taken = new Set(sockets.flatMap((socket) => socket.places));
  const open = sockets.filter(({ input }) => !fed.has(`${at}:${input}`)).flatMap((socket) => socket.places);
  const mark = (list: readonly number[]) => list.map((place) => ({ member: at, place }));
  return { plain: mark(places(member).filter((place) => !taken.has(place))), open: mark(open) };
}

function places(member: JsonRecord): number[] {
  return asList(member.widgets_values).map((_, place) => place);
}

/** The sockets that stand for widgets, with the places of their values: a seed's is followed by that of what changes it. */
function socketPlaces(member: JsonRecord): { input: number; places: number[] }[] {
  const [inputs, values] = [asList(member.inputs).map(asRecord), asList(member.widgets_values)];
  const names = widgetNames({ inputs, values, valueNames: member.widgets_values_named }, null)?.names;
  const free = new Set(places(member));
  const claim = (place: number): number[] => {
    if (place < 0) return [];
    const isChanger = typeof values[place] === 'number' && CHANGERS.has(values[place + 1]);
    const claimed = isChanger ? [place, place + 1] : [place];
    for (const one of claimed) free.delete(one);
    return claimed;
  };
  return inputs.flatMap((socket, input) => {
    if (!isRecord(socket.widget)) return [];
    const place = names?.indexOf(String(socket.widget.name)) ?? [...free].find((one) => fitsType(socket.type, values[one])) ?? -1;
    return [{ input, places: claim(place) }];
  });
}

const CHANGERS = new Set<unknown>(['fixed', 'increment', 'decrement', 'randomize']);

function fitsType(type: unknown, value: unknown): boolean {
  if (type === 'INT' || type === 'FLOAT') return typeof value === 'number';
  return type === 'BOOLEAN' ? typeof value === 'boolean' : typeof value === 'string';
}

/** The values are of the kinds that the group's nodes have there. */
function agrees(order: readonly WidgetPlace[], members: readonly JsonRecord[], values: readonly unknown[]): boolean {
  return order.every(({ member, place }, at) => {
    const inner = asList(members[member]?.widgets_values)[place];
    return values[at] === null || inner === null || typeof inner === typeof values[at];
  });
}
