import { asList, isRecord, type JsonRecord } from './narrow.ts';
import { couldBeBareName, looksLikeModelFile } from './model-name.ts';

/** A model that a list or an object inside a widget names. */
export interface NamedInside {
  /** The key under which the name stands. */
  key: string;
  name: string;
  /** `false` when the entry is switched off. */
  on: boolean;
  /** `loras` where the shape of the entry says so, `null` otherwise. */
  directory: string | null;
}

const MAX_DEPTH = 5;
const MAX_ENTRIES = 2_000;
/** Keys that hold what was chosen before or could be, not what is. */
const NOT_CHOSEN = /last|histor|recent|option|list|available|choices|preview|image/i;

/**
 * Names of models in the objects that some nodes keep in a widget: LoRA lists with a switch for each (`{on, lora, strength}`,
 * `{name, strength, active}`), a combo with a picture (`{content, image}`), and any other key with a model file as its value.
 */
export function namesInside(value: unknown): NamedInside[] {
  const found: NamedInside[] = [];
  collect(value, found, { depth: 0, key: '' });
  return found;
}

function collect(value: unknown, found: NamedInside[], at: { depth: number; key: string }): void {
  if (at.depth > MAX_DEPTH || found.length > MAX_ENTRIES) return;
  if (Array.isArray(value)) {
    for (const entry of value) if (typeof entry === 'object') collect(entry, found, { ...at, depth: at.depth + 1 });
  } else if (isRecord(value)) {
    const entry = loraEntry(value);
    if (entry === undefined) collectKeys(value, found, at.depth);
    else if (entry !== null) found.push(entry);
  }
}

/** `undefined` for another kind of object, `null` for a LoRA entry in which none is chosen. */
function loraEntry(record: JsonRecord): NamedInside | null | undefined {
  const isNamed = typeof record.name === 'string' && 'strength' in record && ('active' in record || 'on' in record);
  const key = typeof record.lora === 'string' ? 'lora' : isNamed ? 'name' : undefined;
  if (key === undefined) return 'lora' in record && record.lora === null ? null : undefined;
  const name = String(record[key]);
  if (!looksLikeModelFile(name) && !couldBeBareName(name) && !/^\d+$/.test(name)) return null;
  const on = record.on !== false && record.active !== false && record.enabled !== false;
  return { key, name, on, directory: 'loras' };
}

function collectKeys(record: JsonRecord, found: NamedInside[], depth: number): void {
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (typeof value === 'object' && value !== null && !NOT_CHOSEN.test(key)) collect(value, found, { depth: depth + 1, key });
    if (typeof value !== 'string' || NOT_CHOSEN.test(key)) continue;
    if (/lora_?(file)?name$/i.test(key) && couldBeBareName(value)) found.push({ key, name: value, on: true, directory: 'loras' });
    else if (looksLikeModelFile(value)) found.push({ key, name: value, on: true, directory: null });
  }
}

/** The value of a JSON text in a widget; `undefined` for any other text. Long texts are left alone. */
export function parseWidgetJson(text: string): unknown {
  const first = text.charCodeAt(0);
  if ((first !== 0x5b && first !== 0x7b) || text.length > 1_000_000 || !/lora|\.(safetensors|ckpt|gguf|pth?|sft)"/i.test(text))
    return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) || asList(value).some(isRecord) ? value : undefined;
  } catch {
    return undefined;
  }
}
