import { z } from 'zod';

import type { InstalledPack } from './installed-packs.ts';
import type { NodeSources } from './node-sources.ts';
import { stillHolds, type Witness } from './source-disk.ts';

const loader = z.object({ input: z.string(), directory: z.string().nullable(), choices: z.array(z.string()).optional() });
const declaration = z.object({ nodeType: z.string(), widgets: z.array(z.string()).nullable(), loaders: z.array(loader) });
const addition = z.object({ key: z.string(), path: z.string(), isDefault: z.boolean(), extensions: z.array(z.string()).optional() });
/** Node types with the paths of their packs. */
const byPack = z.array(z.tuple([z.string(), z.string()]));

const kept = z.object({
  declarations: z.array(declaration),
  installed: z.array(z.string()),
  webNodes: z.array(z.string()),
  owners: byPack,
  disabled: byPack,
  incomplete: z.array(z.string()),
  additions: z.array(addition),
  hasCore: z.boolean(),
});

const witness = z.union([
  z.tuple([z.enum(['text', 'kind', 'list', 'deep']), z.string(), z.string()]),
  z.tuple([z.literal('match'), z.string(), z.string(), z.string()]),
]);

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
  const witnesses = z.array(witness).safeParse(whole?.witnesses);
  if (!witnesses.success || !stillHolds(witnesses.data)) return undefined;
  const reading = kept.safeParse(whole?.reading);
  return reading.success ? unpack(reading.data, packs) : undefined;
}

function parseJson(text: string): { witnesses?: unknown; reading?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function unpack(reading: z.infer<typeof kept>, packs: readonly InstalledPack[]): NodeSources {
  const byPath = new Map(packs.map((pack) => [pack.path, pack]));
  const owned = (entries: readonly (readonly [string, string])[]): Map<string, InstalledPack> => {
    const owners = new Map<string, InstalledPack>();
    for (const [name, path] of entries) {
      const pack = byPath.get(path);
      if (pack !== undefined) owners.set(name, pack);
    }
    return owners;
  };
  const { installed, webNodes, owners, disabled, incomplete, hasCore } = reading;
  return {
    declarations: new Map(
      reading.declarations.map(({ loaders, ...rest }) => [rest.nodeType, { ...rest, loaders: loaders.map(unpackLoader) }]),
    ),
    installed: new Set(installed),
    webNodes: new Set(webNodes),
    owners: owned(owners),
    disabled: owned(disabled),
    unloaded: new Map(),
    packs,
    incomplete: new Set(incomplete),
    additions: reading.additions.map(({ extensions, ...rest }) =>
      extensions === undefined ? rest : { ...rest, extensions: new Set(extensions) },
    ),
    hasCore,
  };
}

function unpackLoader({
  choices,
  ...rest
}: z.infer<typeof loader>): Omit<z.infer<typeof loader>, 'choices'> & { choices?: readonly string[] } {
  return choices === undefined ? rest : { ...rest, choices };
}
