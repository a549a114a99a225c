import { looksLikeModelFile } from '../model-name.ts';
import { asList, isRecord, type JsonRecord } from '../narrow.ts';

/** Name of the group that a node of type `workflow>Name` (older: `workflow/Name`) is an instance of. */
export function groupName(type: string): string | undefined {
  return /^workflow[>/](.+)$/s.exec(type)?.[1];
}

/**
 * The inner nodes of a group node with the instance's values. The instance keeps the values of all inner widgets one after another and they
 * win; where widgets were hidden and the lengths differ, only the names of models are carried over, in their order.
 */
export function groupMembers(group: JsonRecord, instance: JsonRecord): JsonRecord[] {
  const members = asList(group.nodes).filter(isRecord);
  const values = instance.widgets_values;
  if (!Array.isArray(values)) return members;
  const lengths = members.map((member) => asList(member.widgets_values).length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return total === values.length ? deal(members, values) : carryNames(members, values);
}

function deal(members: readonly JsonRecord[], values: readonly unknown[]): JsonRecord[] {
  let offset = 0;
  return members.map((member) => {
    const length = asList(member.widgets_values).length;
    offset += length;
    return length === 0 ? member : { ...member, widgets_values: values.slice(offset - length, offset) };
  });
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && looksLikeModelFile(value);
}

function carryNames(members: readonly JsonRecord[], values: readonly unknown[]): JsonRecord[] {
  const names = values.filter(isName);
  const inner = members.flatMap((member) => asList(member.widgets_values).filter(isName));
  if (names.length !== inner.length) return [...members];
  return members.map((member) => {
    if (!Array.isArray(member.widgets_values)) return member;
    return { ...member, widgets_values: member.widgets_values.map((value) => (isName(value) ? names.shift() : value)) };
  });
}
