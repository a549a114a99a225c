import { isModelFileName } from '../core/model-file/names.ts';
import type { LoaderInput, NodeDeclaration, NodeDeclarations } from '../core/model.ts';
import type { LiveFolders } from './live-folders.ts';
import type { LiveInput, LiveNode } from './live-nodes.ts';
import { loaderInput } from './node-inputs.ts';

/** What a running ComfyUI tells of its node classes. */
export interface LiveFacts {
  nodes: ReadonlyMap<string, LiveNode>;
  folders: LiveFolders;
}

/**
 * What the running ComfyUI says of its classes, and the sources of those that it does not have. Which folder feeds an input is told by what
 * its combo offers; where that fits several folders or none, by the sources.
 */
export function declareLive({ nodes, folders }: LiveFacts, sources: NodeDeclarations): NodeDeclarations {
  const declarations = new Map(sources);
  const lists = modelLists(folders);
  for (const [nodeType, node] of nodes) declarations.set(nodeType, declareNode({ nodeType, node, lists }, sources.get(nodeType)));
  return declarations;
}

type ModelLists = ReadonlyMap<string, readonly string[]>;

/** What each folder lists, as far as that tells folders apart. */
function modelLists(folders: LiveFolders): ModelLists {
  return new Map([...folders].flatMap(([directory, { names }]) => (names.some(isModelFileName) ? [[directory, names] as const] : [])));
}

function declareNode(live: { nodeType: string; node: LiveNode; lists: ModelLists }, source: NodeDeclaration | undefined): NodeDeclaration {
  const { nodeType, node, lists } = live;
  const loaders = node.inputs.flatMap((input): LoaderInput[] => {
    const told = source?.loaders.find((loader) => loader.input === input.name);
    const written = told?.directory ?? undefined;
    const directory = folderOf(input, { written, lists }) ?? null;
    const alternatives = directory === written ? told?.alternatives : undefined;
    const isOfFiles = input.options?.some(isModelFileName) ?? false;
    if (directory === null && !isOfFiles) return [];
    // a combo without a file may list folders, or files by their stems: what it offers may all be models
    const listed = new Set(directory === null ? [] : lists.get(directory));
    const loader = { input: input.name, directory, ...(alternatives && { alternatives }) };
    return [loaderInput(loader, isOfFiles ? (input.options ?? []).filter((name) => !listed.has(name)) : [])];
  });
  // an inner input of a choice is declared by the sources under the same name; one that the server does not describe stays as it was
  const described = new Set(node.inputs.map((input) => input.name));
  const others = source?.loaders.filter((loader) => !described.has(loader.input)) ?? [];
  const loading = new Set(loaders.map((loader) => loader.input));
  const untold = source?.untold?.filter(({ input }) => !loading.has(input)) ?? [];
  return {
    nodeType,
    widgets: node.isSteady ? node.inputs.filter((input) => input.isWidget).map((input) => input.name) : null,
    loaders: [...loaders, ...others],
    ...(untold.length === 0 ? {} : { untold }),
  };
}

/** The folder whose files a combo offers; `written` is what the sources say. `undefined` when nothing tells. */
function folderOf(input: LiveInput, { written, lists }: { written: string | undefined; lists: ModelLists }): string | undefined {
  if (input.options === null) return written;
  const offered = new Set(input.options);
  const files = input.options.filter(isModelFileName);
  if (files.length === 0) return written;
  // a combo may offer a part of its folder, or several folders together: the sources know which it is
  if (written !== undefined && (lists.get(written) ?? []).some((name) => offered.has(name))) return written;
  const fitting = [...lists].filter(([, names]) => offersJust({ offered, files }, names)).map(([directory]) => directory);
  return fitting.length === 1 ? fitting[0] : written;
}

/** `true` when the combo offers every file of a list and no other model file; `None` and names of built-in models may stand beside them. */
function offersJust({ offered, files }: { offered: ReadonlySet<string>; files: readonly string[] }, names: readonly string[]): boolean {
  const listed = new Set(names);
  return names.every((name) => offered.has(name)) && files.every((file) => listed.has(file));
}
