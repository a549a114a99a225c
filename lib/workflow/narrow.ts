/** An object of a foreign JSON text. Read fixed keys from it directly, foreign ones with `ownValue`. */
export type JsonRecord = Readonly<Record<string, unknown>>;

const NOTHING: readonly unknown[] = [];
const EMPTY: JsonRecord = {};

/** `true` for a JSON object: neither `null` nor an array. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list itself, or an empty one for anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : NOTHING;
}

/** The object itself, or an empty one for anything else. */
export function asRecord(value: unknown): JsonRecord {
  return isRecord(value) ? value : EMPTY;
}

/** The text itself, or `null` for anything else. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** What stands under a key that the file itself chose: never something inherited, such as `constructor`. */
export function ownValue(record: JsonRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** `true` for what a workflow may use as the id of a node or a link: JSON can write numbers that are too large to be one (`1e999`). */
export function isId(value: unknown): value is number | string {
  return typeof value === 'string' || Number.isFinite(value);
}
