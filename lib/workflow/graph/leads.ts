import { asList, asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import { readLink } from './links.ts';
import { isBypassed, isMuted } from './modes.ts';
import type { Destination } from './node.ts';
import { isGetter, isSetter, variableOf } from './variables.ts';

const MAX_STEPS = 200;
const NOBODY_KNOWS: Destination = { type: '', input: '' };

/**
 * Where the outputs of a node lead inside its graph. A bypassed node is no end: where one hands a text on, the far end of it finds the text
 * by itself. A variable that is not read in the same graph, and a link that is not in the file, lead to nobody knows where.
 */
export function leadsOf(node: JsonRecord, graph: JsonRecord): readonly Destination[] {
  const nodes = asList(graph.nodes).filter(isRecord);
  const found: Destination[] = [];
  const pending = [node];
  for (let steps = 0, at = pending.pop(); at !== undefined && steps < MAX_STEPS; at = pending.pop(), steps++) {
    for (const link of linksFrom(at)) {
      const { target, slot } = targetOf(link, graph, nodes);
      if (target === undefined) found.push(NOBODY_KNOWS);
      else if (/^Reroute\b/.test(String(target.type))) pending.push(target);
      else if (isSetter(target)) pending.push(...gettersOf(target, nodes), target);
      else if (!isMuted(target) && !isBypassed(target)) found.push({ type: String(target.type), input: inputName(target, slot) });
    }
    if (isSetter(at) && gettersOf(at, nodes).length === 0) found.push(NOBODY_KNOWS);
  }
  return found;
}

function linksFrom(node: JsonRecord): readonly unknown[] {
  if (isMuted(node) || isBypassed(node)) return [];
  return asList(node.outputs).flatMap((output) => asList(asRecord(output).links));
}

function targetOf(id: unknown, graph: JsonRecord, nodes: readonly JsonRecord[]): { target: JsonRecord | undefined; slot: unknown } {
  const link = asList(graph.links)
    .map(readLink)
    .find((entry) => entry !== undefined && String(entry.id) === String(id));
  return { target: nodes.find((node) => String(node.id) === String(link?.target)), slot: link?.targetSlot };
}

function gettersOf(setter: JsonRecord, nodes: readonly JsonRecord[]): JsonRecord[] {
  return nodes.filter((node) => isGetter(node) && variableOf(node) === variableOf(setter));
}

function inputName(node: JsonRecord, slot: unknown): string {
  const input = asRecord(asList(node.inputs)[Number(slot)]);
  return String(asRecord(input.widget).name ?? input.name);
}
