/** `true` for an object of names and values. Other people's JSON is narrowed by hand where a schema would cost too much. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
