import { isRecord } from './narrow.ts';
import { WIDGET_TYPES } from './node-inputs.ts';

/** One input of a node class, as a running ComfyUI describes it. */
export interface LiveInput {
  name: string;
  isWidget: boolean;
  /** What its combo offers now; `null` when it is no combo, or one whose values come from elsewhere when they are wanted. */
  options: readonly string[] | null;
}

/** A node class that a running ComfyUI has. */
export interface LiveNode {
  /** In the order of its widgets: required ones first. */
  inputs: readonly LiveInput[];
  /** `false` when widgets come and go with a choice, so that places say nothing. */
  isSteady: boolean;
}

/** Where the newer node interface keeps inputs that depend on a choice (comfy_api/latest/_io.py, read 2026-11). */
const DYNAMIC_COMBO = 'COMFY_DYNAMICCOMBO_V3';

/** Reads `/object_info`. What has another shape is left out: each class stands for itself. */
export function readObjectInfo(answer: unknown): Map<string, LiveNode> {
  const nodes = new Map<string, LiveNode>();
  if (!isRecord(answer)) return nodes;
  for (const [nodeType, described] of Object.entries(answer)) {
    if (isRecord(described)) nodes.set(nodeType, readLiveNode(described));
  }
  return nodes;
}

function readLiveNode(described: Record<string, unknown>): LiveNode {
  const specs = inOrder(described['input'], described['input_order']);
  return {
    inputs: specs.flatMap(([name, spec]) => readSpec(name, spec)),
    isSteady: !specs.some(([, spec]) => typeOf(spec) === DYNAMIC_COMBO),
  };
}

type Spec = [name: string, spec: unknown];

/** Required inputs, then optional ones, each in the order that the class gives: an answer may have sorted them. */
function inOrder(input: unknown, order: unknown): Spec[] {
  if (!isRecord(input)) return [];
  return ['required', 'optional'].flatMap((group) => {
    const specs = input[group];
    if (!isRecord(specs)) return [];
    const told: unknown = isRecord(order) ? order[group] : undefined;
    const names = Array.isArray(told) ? told.filter((name) => typeof name === 'string' && Object.hasOwn(specs, name)) : [];
    return [...new Set<string>([...names, ...Object.keys(specs)])].map((name): Spec => [name, specs[name]]);
  });
}

function typeOf(spec: unknown): unknown {
  return Array.isArray(spec) ? spec[0] : spec;
}

function settingsOf(spec: unknown): Record<string, unknown> {
  const settings: unknown = Array.isArray(spec) ? spec[1] : undefined;
  return isRecord(settings) ? settings : {};
}

/** An input, and for one with inner inputs by choice those of every choice as `outer.inner`. */
function readSpec(name: string, spec: unknown): LiveInput[] {
  const type = typeOf(spec);
  const settings = settingsOf(spec);
  if (type === DYNAMIC_COMBO) return [{ name, isWidget: true, options: null }, ...innerInputs(name, settings['options'])];
  const isCombo = Array.isArray(type) || type === 'COMBO';
  const isWidget = isCombo || (typeof type === 'string' && WIDGET_TYPES.has(type));
  const options = isCombo ? textsOf(Array.isArray(type) ? type : settings['options'], settings) : null;
  return [{ name, isWidget: isWidget && settings['forceInput'] !== true, options }];
}

/** The texts that a combo offers; some packs wrap each in an object with a picture. */
function textsOf(options: unknown, settings: Record<string, unknown>): string[] | null {
  if (!Array.isArray(options) || (options.length === 0 && isRecord(settings['remote']))) return null;
  return options.flatMap((option: unknown) => {
    const text: unknown = isRecord(option) ? option['content'] : option;
    return typeof text === 'string' ? [text] : [];
  });
}

function innerInputs(outer: string, choices: unknown): LiveInput[] {
  const inputs = new Map<string, LiveInput>();
  for (const choice of Array.isArray(choices) ? choices : []) {
    const specs = isRecord(choice) ? inOrder(choice['inputs'], undefined) : [];
    for (const [inner, spec] of specs) {
      const name = `${outer}.${inner}`;
      const [input] = typeOf(spec) === DYNAMIC_COMBO ? [] : readSpec(name, spec);
      if (input !== undefined) inputs.set(name, joinInputs(inputs.get(name), input));
    }
  }
  return [...inputs.values()];
}

/** The same inner input of several choices offers what any of them does. */
function joinInputs(known: LiveInput | undefined, input: LiveInput): LiveInput {
  if (known === undefined) return input;
  if (known.options === null || input.options === null) return { ...input, options: null };
  return { ...input, options: [...new Set([...known.options, ...input.options])] };
}
