import type { NodeDeclaration } from '../core/model.ts';
import type { FolderAddition } from './extra-paths.ts';
import type { InstalledPack } from './installed-packs.ts';
import { isRecord } from './narrow.ts';
import type { NodeSources } from './node-sources.ts';
import { stillHolds, type Witness } from './source-disk.ts';

/*
 * Texts of our own, with a sum over each, which are read at every scan: they are narrowed by hand, a part at a time.
 */

/** A reading of sources as a text, with the answers of the disk that it rests on. */
export function formatSources(sources: NodeSources, witnesses: readonly Witness[]): string {
  const { declarations, installed, webNodes, owners, disabled, incomplete, additions, hasCore } = sources;
  const reading = {
    declarations: [...declarations.values()],
    installed: [...installed],
    webNodes: [...webNodes],
    owners: pathsOf(owners),
    disabled: pathsOf(disabled),
    incomplete: [...incomplete],
    additions: additions.map(({ extensions, ...rest }) => (extensions === undefined ? rest : { ...rest, extensions: [...extensions] })),
    hasCore,
  };
  return JSON.stringify({ witnesses, reading });
}

function pathsOf(packs: ReadonlyMap<string, InstalledPack>): [string, string][] {
  return [...packs].map(([name, pack]) => [name, pack.path]);
}

/** The reading that a text holds; `undefined` when the disk would answer otherwise today, or when the text holds none. */
export function parseSources(text: string, packs: readonly InstalledPack[]): NodeSources | undefined {
  const whole = parseJson(text);
  const witnesses = allOf(whole?.witnesses, isWitness);
  return witnesses && stillHolds(witnesses) && isRecord(whole?.reading) ? unpack(whole.reading, packs) : undefined;
}

function parseJson(text: string): { witnesses?: unknown; reading?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function unpack(reading: Record<string, unknown>, packs: readonly InstalledPack[]): NodeSources | undefined {
  const declarations = allOf(reading.declarations, isDeclaration);
  const [installed, webNodes, incomplete] = [reading.installed, reading.webNodes, reading.incomplete].map((list) => allOf(list, isText));
  const [owners, disabled] = [reading.owners, reading.disabled].map((list) => allOf(list, isPair));
  const additions = unpackAdditions(reading.additions);
  const { hasCore } = reading;
  if (!declarations || !installed || !webNodes || !incomplete || !owners || !disabled || !additions) return undefined;
  if (typeof hasCore !== 'boolean') return undefined;
  const byPath = new Map(packs.map((pack) => [pack.path, pack]));
  return {
    declarations: new Map(declarations.map((declaration) => [declaration.nodeType, declaration])),
    installed: new Set(installed),
    webNodes: new Set(webNodes),
    owners: withPacks(owners, byPath),
    disabled: withPacks(disabled, byPath),
    unloaded: new Map(),
    packs,
    incomplete: new Set(incomplete),
    additions,
    hasCore,
  };
}

/** Node types with their packs, as far as those are still there. */
function withPacks(
  entries: readonly (readonly [string, string])[],
  byPath: ReadonlyMap<string, InstalledPack>,
): Map<string, InstalledPack> {
  const found = new Map<string, InstalledPack>();
  for (const [name, path] of entries) {
    const pack = byPath.get(path);
    if (pack !== undefined) found.set(name, pack);
  }
  return found;
}

function unpackAdditions(list: unknown): FolderAddition[] | undefined {
  const additions = allOf(list, isAddition);
  return additions?.map(({ extensions, ...rest }) => (extensions === undefined ? rest : { ...rest, extensions: new Set(extensions) }));
}

/** The list itself; `undefined` when it is none, or one of its entries is not what it should be. */
function allOf<T>(list: unknown, isOne: (entry: unknown) => entry is T): T[] | undefined {
  return Array.isArray(list) && list.every(isOne) ? list : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every(isText);
}

const QUESTIONS = new Set<unknown>(['text', 'kind', 'list', 'deep', 'match']);

/** A pattern's answer has the pattern behind it. */
function isWitness(value: unknown): value is Witness {
  if (!Array.isArray(value) || !value.every(isText)) return false;
  return QUESTIONS.has(value[0]) && value.length === (value[0] === 'match' ? 4 : 3);
}

function isDeclaration(value: unknown): value is NodeDeclaration {
  if (!isRecord(value) || !isText(value.nodeType) || !Array.isArray(value.loaders)) return false;
  if (!(value.untold === undefined || allOf(value.untold, isInput) !== undefined)) return false;
  return (value.widgets === null || allOf(value.widgets, isText) !== undefined) && value.loaders.every(isLoader);
}

function isLoader(value: unknown): boolean {
  return isInput(value) && (value.directory === null || isText(value.directory));
}

function isInput(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value) || !isText(value.input)) return false;
  return value.choices === undefined || allOf(value.choices, isText) !== undefined;
}

function isAddition(value: unknown): value is Omit<FolderAddition, 'extensions'> & { extensions?: readonly string[] } {
  if (!isRecord(value) || !isText(value.key) || !isText(value.path) || typeof value.isDefault !== 'boolean') return false;
  return value.extensions === undefined || allOf(value.extensions, isText) !== undefined;
}
