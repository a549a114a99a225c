/*
 * Many small values as one text that is quick to write and to read again: one list of numbers in an order that both sides know, in which a
 * text stands as its place in a second list.
 */

/** A text that is not what it should be. Never leaves those who read one. */
export class BrokenText extends Error {}

/** Puts values one behind the other. */
export class FlatWriter {
  readonly #texts: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #fields: (number | string | readonly (number | string)[])[] = [];

  number(value: number): void {
    this.#fields.push(value);
  }

  /** As it is, without a place of its own: for what rarely comes again. */
  id(value: number | string): void {
    this.#fields.push(value);
  }

  /** Many numbers and ids, as they are. */
  ids(values: readonly (number | string)[]): void {
    this.#fields.push(values);
  }

  text(value: string | null): void {
    this.#fields.push(value === null ? 0 : this.#placeOf(value));
  }

  list(values: readonly string[]): void {
    this.#fields.push(values.length);
    for (const value of values) this.text(value);
  }

  /** All of it, on one line. */
  finish(): string {
    return JSON.stringify([this.#texts, this.#fields]);
  }

  #placeOf(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const place = this.#texts.push(text);
    this.#places.set(text, place);
    return place;
  }
}

/** Takes the values in the order in which they were put there. Throws `BrokenText` for what is no such value. */
export class FlatReader {
  readonly #texts: readonly unknown[];
  readonly #fields: readonly unknown[];
  #at = 0;

  constructor(line: string) {
    const parts = parse(line);
    if (!Array.isArray(parts) || !Array.isArray(parts[0]) || !Array.isArray(parts[1])) throw new BrokenText();
    this.#texts = parts[0];
    this.#fields = parts[1];
  }

  /** A whole number from 0 on. */
  number(): number {
    const value = this.#fields[this.#at++];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw new BrokenText();
    return value;
  }

  id(): number | string {
    return asId(this.#fields[this.#at++]);
  }

  /** As many as there are; each is still to be looked at (`asId`, `oneOf`). */
  ids(): readonly unknown[] {
    const values = this.#fields[this.#at++];
    if (!Array.isArray(values)) throw new BrokenText();
    return values;
  }

  text(): string {
    const text = this.textOrNull();
    if (text === null) throw new BrokenText();
    return text;
  }

  textOrNull(): string | null {
    const place = this.number();
    if (place === 0) return null;
    const text = this.#texts[place - 1];
    if (typeof text !== 'string') throw new BrokenText();
    return text;
  }

  list(): string[] {
    return this.times(() => this.text());
  }

  /** What `take` takes, as often as the number says that stands next. */
  times<T>(take: () => T): T[] {
    const count = this.number();
    const taken: T[] = [];
    for (let i = 0; i < count; i++) taken.push(take());
    return taken;
  }

  /** One of a list, by the number that stands next. */
  of<T>(values: readonly T[]): T {
    return oneOf(values, this.#fields[this.#at++]);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#fields.length;
  }

  /** Throws unless all was taken. */
  end(): void {
    if (!this.isAtEnd) throw new BrokenText();
  }
}

/** The id itself. Throws `BrokenText` for anything else. */
export function asId(value: unknown): number | string {
  if (typeof value !== 'string' && !Number.isFinite(value)) throw new BrokenText();
  return value as number | string;
}

/** The one at that place. Throws `BrokenText` when there is none. */
export function oneOf<T>(values: readonly T[], place: unknown): T {
  const value = typeof place === 'number' ? values[place] : undefined;
  if (value === undefined) throw new BrokenText();
  return value;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new BrokenText();
  }
}
