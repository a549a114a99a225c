/** The snake_case form of a camelCase name, as a type. */
type SnakeName<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${SnakeName<Tail>}`
    : `_${Lowercase<Head>}${SnakeName<Tail>}`
  : S;

/** A value of ours as the files have it: every field name in snake_case, all the way down. */
export type Wire<T> = T extends readonly (infer Item)[]
  ? Wire<Item>[]
  : T extends object
    ? { [Key in keyof T as Key extends string ? SnakeName<Key> : Key]: Wire<T[Key]> }
    : T;

/** Turns a value of ours into what the files have. Plain data only; field names are ours, so none can collide. */
export function toWire<T>(value: T): Wire<T> {
  return mapKeys(value, snakeCase) as Wire<T>;
}

/** The way back. The type is what a schema has made sure of. */
export function fromWire<T>(value: Wire<T>): T {
  return mapKeys(value, camelCase) as T;
}

function mapKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapKeys(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  const renamed: Record<string, unknown> = {};
  for (const key in value) {
    const item: unknown = value[key as keyof typeof value];
    renamed[rename(key)] = typeof item === 'object' ? mapKeys(item, rename) : item;
  }
  return renamed;
}

const snakeCase = remember((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

const camelCase = remember((name) => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()));

/** The names are few, and the same ones come by the hundred thousand. */
function remember(rename: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const renamed = known.get(name);
    if (renamed !== undefined) return renamed;
    const made = rename(name);
    known.set(name, made);
    return made;
  };
}
