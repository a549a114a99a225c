import { join } from 'node:path';

import { SourceDisk } from './source-disk.ts';

const MAX_FILES = 600;
const MAX_FILE_BYTES = 2_000_000;

/** Node types that only the web part of a pack registers (helpers such as Set/Get, bookmarks, bypassers), as far as the names are written. */
export function findWebNodes(folder: string, disk = new SourceDisk()): Set<string> {
  const scripts = scriptsBelow(folder, disk).filter((file) => disk.isFile(file) && disk.sizeOf(file) <= MAX_FILE_BYTES);
  return webNodesIn(scripts.map((file) => readQuietly(file, disk)));
}

function readQuietly(file: string, disk: SourceDisk): string {
  try {
    return disk.readText(file);
  } catch {
    return '';
  }
}

function scriptsBelow(folder: string, disk: SourceDisk): string[] {
  const scripts = disk
    .listDeep(folder)
    .filter((name) => name.endsWith('.js') && !/(?:^|[/\\])(?:node_modules|\.git|tests?)[/\\]/.test(name));
  return scripts.slice(0, MAX_FILES).map((name) => join(folder, name));
}

const TEXT = String.raw`"[^"\\\n]*"|'[^'\\\n]*'`;
/** A text, a name, or one function called with a text: all that names of nodes are made of in practice. */
const VALUE = String.raw`(${TEXT}|[A-Za-z_$][\w$]*\((?:${TEXT})\)|[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*){0,2})`;
/** A line that is commented out is passed over as a whole. */
const REGISTRATION = new RegExp(String.raw`^[ \t]*//.*|\bregisterNodeType\(\s*${VALUE}\s*,`, 'gm');
const STATIC_TYPE = new RegExp(String.raw`(?:\bstatic\s+|(?<![\w$])[A-Za-z_$][\w$]*\.)type\s*=\s*${VALUE}\s*[;\n]`, 'g');
const CONSTANT = new RegExp(
  String.raw`(?:^|[\s{,])(?:(?:const|let|var|static)\s+)?([A-Za-z_$][\w$]*)\s*[:=]\s*(${TEXT}|[A-Za-z_$][\w$]*\((?:${TEXT})\))`,
  'gm',
);
const OWN_TYPE = new RegExp(String.raw`(?<![\w$])([A-Za-z_$][\w$]*)\.([A-Za-z_$][\w$]*)\s*=\s*${VALUE}`, 'g');
const SUFFIX = new RegExp(String.raw`\bfunction\s+([A-Za-z_$][\w$]*)\s*\(\s*(\w+)\s*\)\s*\{\s*return\s+\2\s*\+\s*(${TEXT})`, 'g');

/**
 * Names that the scripts of one pack hand to `registerNodeType`: as texts, through constants and static fields, or through a function that
 * adds an ending. Where a base class registers `this.type`, the `type` of every class counts.
 */
export function webNodesIn(sources: readonly string[]): Set<string> {
  const registering = sources.filter((source) => source.includes('registerNodeType'));
  if (registering.length === 0) return new Set();
  const words = new PackWords(sources);
  const written = registering.flatMap((source) => [...source.matchAll(REGISTRATION)].flatMap((match) => match[1] ?? []));
  if (written.includes('this.type'))
    written.push(...sources.flatMap((source) => [...source.matchAll(STATIC_TYPE)].map((match) => match[1] ?? '')));
  return new Set(written.flatMap((value) => words.textOf(value) ?? []).filter((name) => name !== ''));
}

/** The texts that names stand for anywhere in a pack's scripts. */
class PackWords {
  readonly #texts = new Map<string, string>();
  readonly #references = new Map<string, string>();
  readonly #endings = new Map<string, string>();

  constructor(sources: readonly string[]) {
    for (const source of sources) {
      for (const [, name = '', , ending = ''] of source.matchAll(SUFFIX)) this.#endings.set(name, unquote(ending));
    }
    for (const source of sources) {
      for (const [, name = '', value = ''] of source.matchAll(CONSTANT)) this.#remember(name, value);
      for (const [, owner = '', field = '', value = ''] of source.matchAll(OWN_TYPE)) this.#references.set(`${owner}.${field}`, value);
    }
  }

  #remember(name: string, value: string): void {
    const known = this.textOf(value);
    if (known !== undefined) this.#texts.set(name, known);
  }

  textOf(value: string, depth = 0): string | undefined {
    if (/^["']/.test(value)) return unquote(value);
    const call = /^([\w$]+)\((.*)\)$/.exec(value);
    if (call !== null) {
      const ending = this.#endings.get(call[1] ?? '');
      return ending === undefined ? undefined : unquote(call[2] ?? '') + ending;
    }
    const reference = this.#references.get(value);
    if (reference !== undefined && depth < 5) return this.textOf(reference, depth + 1);
    return this.#texts.get(value.split('.').at(-1) ?? value);
  }
}

function unquote(text: string): string {
  return text.slice(1, -1);
}
