import { asList, isRecord, type JsonRecord } from '../narrow.ts';
import { runs } from './modes.ts';

/** Inputs that can never take the name of a model: they need not be followed. */
const NUMBER_TYPES = new Set<unknown>(['INT', 'FLOAT', 'BOOLEAN', 'NUMBER']);

/** What is known of the place that a value is looked for. */
export interface Trail {
  type: unknown;
  /** `false` for a node that does not run itself: it is asked what it would take if all of them ran. */
  isLive: boolean;
  /** The value comes out of a variable. */
  isVariable: boolean;
}

/** Name of the widget that a linked socket replaces, `undefined` for an ordinary or an unlinked one, and for numbers. */
export function fedWidget(input: unknown): string | undefined {
  if (!isRecord(input) || input.link === null || input.link === undefined) return undefined;
  if (NUMBER_TYPES.has(input.type)) return undefined;
  if (isRecord(input.widget) && typeof input.widget.name === 'string') return input.widget.name;
  const carriesValue = input.type === 'COMBO' || input.type === 'STRING';
  return carriesValue && typeof input.name === 'string' ? input.name : undefined;
}

/** How a value for one of a node's inputs is looked for. */
export function trailTo(node: JsonRecord, input: JsonRecord): Trail {
  return { type: input.type, isLive: runs(node), isVariable: false };
}

/** `true` for a node that is given anything over a link. */
export function takesLinks(node: JsonRecord): boolean {
  return asList(node.inputs).some((input) => isRecord(input) && input.link !== null && input.link !== undefined);
}

/** ComfyUI's own nodes for a text: what such a node is given, it hands on. */
export function isFedText(node: JsonRecord): boolean {
  return String(node.type).startsWith('PrimitiveString') && takesLinks(node);
}
