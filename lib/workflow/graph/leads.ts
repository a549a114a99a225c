import { asList, asRecord, type JsonRecord } from '../narrow.ts';
import { linksOf, wholeNodes } from '../skim/skeleton.ts';
import { readLink } from './links.ts';
import { runs } from './modes.ts';
import type { Destination } from './node.ts';
import { isGetter, isSetter, variableOf } from './variables.ts';

const MAX_STEPS = 50;
const NOBODY_KNOWS: Destination = { type: '', input: '' };

/** Where the links of one graph lead. */
export class Leads {
  readonly #nodes: ReadonlyMap<string, JsonRecord>;
  readonly #getters: ReadonlyMap<unknown, readonly JsonRecord[]>;
  readonly #targets = new Map<string, { id: string; slot: number }>();

  constructor(graph: JsonRecord) {
    const nodes = wholeNodes(graph);
    this.#nodes = new Map(nodes.map((node) => [String(node.id), node]));
    this.#getters = Map.groupBy(nodes.filter(isGetter), variableOf);
    for (const link of linksOf(graph).map(readLink)) {
      if (link !== undefined) this.#targets.set(String(link.id), { id: String(link.target), slot: Number(link.targetSlot) });
    }
  }

  /**
   * Where the outputs of a node lead inside the graph. A bypassed node is no end: where one hands a text on, the far end of it finds the
   * text by itself. A variable that is not read in the same graph, and a link that is not in the file, lead to nobody knows where.
   */
  of(node: JsonRecord): readonly Destination[] {
    const found: Destination[] = [];
    const pending = [node];
    const passed = new Set<JsonRecord>();
    for (let at = pending.pop(); at !== undefined && passed.size < MAX_STEPS; at = pending.pop()) {
      if (passed.has(at)) continue;
      passed.add(at);
      for (const link of linksFrom(at)) this.#reach(String(link), found, pending);
    }
    return found;
  }

  #reach(link: string, found: Destination[], pending: JsonRecord[]): void {
    const { id, slot } = this.#targets.get(link) ?? { id: '', slot: 0 };
    const target = this.#nodes.get(id);
    if (target === undefined) found.push(NOBODY_KNOWS);
    else if (/^Reroute\b/.test(String(target.type))) pending.push(target);
    else if (isSetter(target)) this.#reachReaders(target, found, pending);
    else if (runs(target)) found.push({ type: String(target.type), input: inputName(target, slot) });
  }

  /** A setter hands on by its output too. */
  #reachReaders(setter: JsonRecord, found: Destination[], pending: JsonRecord[]): void {
    const getters = this.#getters.get(variableOf(setter));
    if (getters === undefined) found.push(NOBODY_KNOWS);
    else pending.push(...getters.slice(0, MAX_STEPS));
    pending.push(setter);
  }
}

function linksFrom(node: JsonRecord): readonly unknown[] {
  if (!runs(node)) return [];
  return asList(node.outputs).flatMap((output) => asList(asRecord(output).links));
}

function inputName(node: JsonRecord, slot: number): string {
  const input = asRecord(asList(node.inputs)[slot]);
  return String(asRecord(input.widget).name ?? input.name);
}
