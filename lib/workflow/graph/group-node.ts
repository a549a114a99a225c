import { looksLikeModelFile } from '../model-name.ts';
import { asList, asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import { groupLayout, type WidgetPlace } from './group-layout.ts';
import { SUBGRAPH_OUTPUT, type Surroundings } from './level.ts';
import type { Feed } from './node.ts';

/** Name of the group that a node of type `workflow>Name` (older: `workflow/Name`) is an instance of. */
export function groupName(type: string): string | undefined {
  return /^workflow[>/](.+)$/s.exec(type)?.[1];
}

/** The inside of a group node as a graph of its own: its nodes, by their places, with the instance's values, and the links between them. */
export function groupGraph(group: JsonRecord, instance: JsonRecord): JsonRecord {
  const members = asList(group.nodes).map(asRecord);
  const links = asList(group.links).flatMap((link, place) => innerLink(link, place + 1));
  const values = asList(instance.widgets_values);
  const filled = withValues(members, values, groupLayout(members, links, values));
  const ids = new Map(links.toReversed().map(([id, , , target, slot]) => [`${String(target)}:${String(slot)}`, id]));
  return { nodes: filled.map((member, place) => wired(member, place, ids)), links: [...links, ...outerLinks(members, group, links)] };
}

/** Ids and places as in the graphs of subgraphs: `[id, origin, its output, target, its input, type]`. */
type InnerLink = readonly [number, unknown, unknown, unknown, unknown, unknown];

function innerLink(link: unknown, id: number): InnerLink[] {
  const [origin, slot, target, targetSlot, , type] = asList(link);
  return typeof origin === 'number' && typeof target === 'number' ? [[id, origin, slot, target, targetSlot, type]] : [];
}

/** What the group hands on: the outputs of its nodes that nothing inside takes, or something outside takes too. */
function outerLinks(members: readonly JsonRecord[], group: JsonRecord, links: readonly InnerLink[]): InnerLink[] {
  const taken = new Set(links.map(([, origin, slot]) => `${String(origin)}:${String(slot)}`));
  for (const [origin, slot] of asList(group.external).map(asList)) taken.delete(`${String(origin)}:${String(slot)}`);
  const open = members.flatMap((member, place) =>
    asList(member.outputs).map((output, slot) => ({ place, slot, type: asRecord(output).type })),
  );
  return open
    .filter(({ place, slot }) => !taken.has(`${place}:${slot}`))
    .map(({ place, slot, type }, out): InnerLink => [
      links.length + members.length + out + 1,
      place,
      slot,
      Number(SUBGRAPH_OUTPUT),
      out,
      type,
    ]);
}

/** The links that the node had where it was grouped mean nothing inside. */
function wired(member: JsonRecord, place: number, ids: ReadonlyMap<string, number>): JsonRecord {
  const inputs = asList(member.inputs).map((input, slot) =>
    isRecord(input) ? { ...input, link: ids.get(`${place}:${slot}`) ?? null } : input,
  );
  return { ...member, id: place, inputs };
}

/** The values of the instance in the places that they belong to; where that cannot be told, names of models alone, in their order. */
function withValues(members: readonly JsonRecord[], values: readonly unknown[], layout: readonly WidgetPlace[]): JsonRecord[] {
  const lists = members.map((member) => (Array.isArray(member.widgets_values) ? [...member.widgets_values] : member.widgets_values));
  const put = ({ member, place }: WidgetPlace, value: unknown) => {
    const list: unknown = lists[member];
    if (Array.isArray(list) && value !== undefined) list[place] = value;
  };
  if (layout.length === values.length) for (const [at, place] of layout.entries()) put(place, values[at]);
  else {
    const names = values.filter(isName);
    const named = layout.filter(({ member, place }) => isName(asList(lists[member])[place]));
    if (names.length === named.length) for (const [at, place] of named.entries()) put(place, names[at]);
  }
  return members.map((member, at) => ({ ...member, widgets_values: lists[at] }));
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && looksLikeModelFile(value);
}

/**
 * What reaches the widgets inside from outside. A group calls a widget by its own name, and one whose name is taken already by title or type
 * of its node and the name: `CheckpointLoaderSimple ckpt_name`, then `CheckpointLoaderSimple 3 ckpt_name`.
 */
export function groupSurroundings(graph: JsonRecord, feeds: ReadonlyMap<string, Feed>): Surroundings {
  const widgets = new Map<string, Map<string, Feed>>();
  const seen = new Map<string, number>();
  for (const [place, member] of feeds.size === 0 ? [] : asList(graph.nodes).map(asRecord).entries()) {
    const called = String(member.title ?? member.type);
    const count = (seen.get(called) ?? 0) + 1;
    seen.set(called, count);
    const prefix = count === 1 ? '' : count === 2 ? `${called} ` : `${called} ${count} `;
    const own = [...feeds].filter(([name]) => name.startsWith(prefix)).map(([name, feed]) => [name.slice(prefix.length), feed] as const);
    widgets.set(String(place), new Map(own));
  }
  return { slots: new Map(), widgets };
}
