import { join } from 'node:path';

import type { NodeDeclaration, NodeDeclarations } from '../core/model.ts';
import type { FolderAddition } from './extra-paths.ts';
import type { ComfyInstall } from './install.ts';
import { findPacks } from './installed-packs.ts';
import type { InstalledPack } from './installed-packs.ts';
import { readCoreNodes, readPackNodes } from './node-modules.ts';
import type { FoundNodes } from './node-modules.ts';
import { Interpreter } from './python/interpreter.ts';

/** What the sources of ComfyUI and of its custom nodes say. */
export interface NodeSources {
  /** Classes whose inputs could be read. */
  declarations: NodeDeclarations;
  /** Every node type that is there, with or without a declaration. */
  installed: ReadonlySet<string>;
  /** Those of them that only the web parts of packs know. */
  webNodes: ReadonlySet<string>;
  /** Node types of custom packs, each with the first pack that has it. */
  owners: ReadonlyMap<string, InstalledPack>;
  /** Node types that a pack has which ComfyUI skips, with the pack. */
  disabled: ReadonlyMap<string, InstalledPack>;
  /** Node types of a pack that is there and that the running ComfyUI has not loaded, with the pack. Empty unless one was asked. */
  unloaded: ReadonlyMap<string, InstalledPack>;
  packs: readonly InstalledPack[];
  /** Paths of packs that may have more node types than could be read. */
  incomplete: ReadonlySet<string>;
  /** Model folders that custom nodes register. */
  additions: readonly FolderAddition[];
  /** `false` when ComfyUI's own sources were not found: then its node types are not among the installed. */
  hasCore: boolean;
}

/** Where to look beside the install. */
export interface NodeSourcesOptions {
  /** Folders with packs; `<root>/custom_nodes` when nothing is said. */
  customNodeRoots?: readonly string[];
  signal?: AbortSignal;
}

/**
 * Reads which node types this ComfyUI has and what their inputs take, from the text of its Python and JavaScript sources. Nothing is
 * imported or run. A pack that cannot be read contributes what could be; rejects only when the signal aborts.
 */
export async function readNodeDeclarations(install: ComfyInstall, options: NodeSourcesOptions = {}): Promise<NodeSources> {
  const roots = options.customNodeRoots ?? [join(install.root, 'custom_nodes')];
  const machine = makeMachine(install, roots);
  const declarations = new Map<string, NodeDeclaration>();
  const installed = new Set<string>();
  if (install.sources !== null) collect(await readCoreNodes(machine, install.sources), declarations, installed);
  const hasCore = installed.size > 0;
  const incomplete = new Set<string>();
  const webNodes = new Set<string>();
  const owners = new Map<string, InstalledPack>();
  const packs = await findPacks(roots);
  for (const pack of packs.filter((candidate) => !candidate.isDisabled)) {
    options.signal?.throwIfAborted();
    const found = await readPackNodes(machine, pack);
    for (const name of found.names) if (!installed.has(name)) owners.set(name, pack);
    for (const name of found.webNames) if (!installed.has(name)) webNodes.add(name);
    collect(found, declarations, installed);
    if (!found.isComplete) incomplete.add(pack.path);
  }
  const disabled = await readDisabled(install, packs, options);
  const found = { declarations, installed, webNodes, owners, packs, incomplete, hasCore };
  return { ...found, disabled, unloaded: new Map(), additions: machine.additions };
}

/** Packs that are switched off are read by a machine of their own: what they register holds for nobody. */
async function readDisabled(
  install: ComfyInstall,
  packs: readonly InstalledPack[],
  { signal }: NodeSourcesOptions,
): Promise<Map<string, InstalledPack>> {
  const disabled = new Map<string, InstalledPack>();
  for (const pack of packs.filter((candidate) => candidate.isDisabled)) {
    signal?.throwIfAborted();
    const { names } = await readPackNodes(makeMachine(install, [pack.path]), pack);
    for (const name of names) disabled.set(name, pack);
  }
  return disabled;
}

function makeMachine(install: ComfyInstall, readable: readonly string[]): Interpreter {
  return new Interpreter({ root: install.root, sources: install.sources, readable });
}

function collect(found: FoundNodes, declarations: Map<string, NodeDeclaration>, installed: Set<string>): void {
  for (const name of found.names) installed.add(name);
  for (const declaration of found.declarations) {
    if (!declarations.has(declaration.nodeType)) declarations.set(declaration.nodeType, declaration);
  }
}
