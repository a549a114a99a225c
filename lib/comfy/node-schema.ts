import { tellsChoices, textsIn } from './node-inputs.ts';
import type { DeclaredInput } from './node-inputs.ts';
import { findAttribute } from './python/attributes.ts';
import { NO_ARGUMENTS } from './python/machine.ts';
import type { Machine } from './python/machine.ts';
import { foldersOf } from './python/values.ts';
import type { CallRecord, ClassValue, Value } from './python/values.ts';

/** What `define_schema` of ComfyUI's newer node interface declares (comfy_api/latest/_io.py, read 2026-10). */
export interface NodeSchema {
  /** `null` when it is not written as a text. */
  nodeId: string | null;
  inputs: DeclaredInput[];
  /** `false` when inputs may be missing, or come and go with a choice. */
  isComplete: boolean;
}

const WIDGETS: ReadonlySet<string> = new Set(['Int', 'Float', 'String', 'Boolean', 'Combo', 'MultiCombo', 'DynamicCombo', 'Color']);

/** The schema of a class, `undefined` when it has none. */
export function readSchema(machine: Machine, of: ClassValue): NodeSchema | undefined {
  const define = findAttribute(of, 'define_schema') ?? findAttribute(of, 'DEFINE_SCHEMA');
  if (define?.type !== 'function') return undefined;
  const schema = machine.call({ ...define, self: of }, NO_ARGUMENTS);
  if (schema.type !== 'call' || !/(?:^|\.)Schema(?:V3)?$/.test(schema.path)) return undefined;
  const nodeId = schema.named.get('node_id') ?? schema.args[0];
  const declared = schema.named.get('inputs');
  const items = declared?.type === 'list' ? declared.items : [];
  const isKnown = declared === undefined || (declared.type === 'list' && !declared.isOpen);
  const isSteady = items.every((item) => item.type === 'call' && !/\.(?:DynamicCombo|DynamicSlot)\.Input$/.test(item.path));
  return {
    nodeId: nodeId?.type === 'text' ? nodeId.text : null,
    inputs: requiredFirst(items).flatMap((item) => readInputs(item, '')),
    isComplete: isKnown && isSteady,
  };
}

/** The order of the widgets is the one of `/object_info`, which has optional inputs in a group of their own. */
function requiredFirst(items: readonly Value[]): Value[] {
  return [...items.filter((item) => !isOptional(item)), ...items.filter(isOptional)];
}

function isOptional(item: Value): boolean {
  return item.type === 'call' && isSet(item, 'optional');
}

/** An input and, for one with inner inputs by choice, those of every choice under `outer.inner`. */
function readInputs(item: Value, outer: string): DeclaredInput[] {
  if (item.type !== 'call' || !item.path.endsWith('.Input')) return [];
  const id = item.args[0] ?? item.named.get('id');
  if (id?.type !== 'text') return [];
  const name = outer === '' ? id.text : `${outer}.${id.text}`;
  const kind = item.path.split('.').at(-2) ?? '';
  const options = item.named.get('options') ?? (kind === 'Combo' || kind === 'DynamicCombo' ? item.args[1] : undefined);
  const input = {
    name,
    isWidget: WIDGETS.has(kind) && !isSet(item, 'force_input'),
    folders: options === undefined ? [] : foldersOf(options),
    texts: textsIn(options),
    isUntold: /^(Multi)?Combo$/.test(kind) && !tellsChoices(options),
  };
  return outer !== '' || kind !== 'DynamicCombo' ? [{ ...input }] : [{ ...input, folders: [], texts: [] }, ...innerInputs(options, name)];
}

function isSet(item: CallRecord, name: string): boolean {
  const given = item.named.get(name);
  return given?.type === 'boolean' && given.boolean;
}

/** The inputs of `DynamicCombo.Option(name, [inputs])`. */
function innerInputs(options: Value | undefined, outer: string): DeclaredInput[] {
  const choices = options?.type === 'list' ? options.items : [];
  const inner = choices.flatMap((choice) => {
    const inputs = choice.type === 'call' ? (choice.args[1] ?? choice.named.get('inputs')) : undefined;
    return inputs?.type === 'list' ? inputs.items : [];
  });
  return inner.flatMap((item) => readInputs(item, outer));
}
