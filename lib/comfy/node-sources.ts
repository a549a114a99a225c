import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { FileKey, FileMemory } from '../core/file-memory.ts';
import type { NodeDeclaration, NodeDeclarations } from '../core/model.ts';
import { programStamp } from '../core/program-stamp.ts';
import type { FolderAddition } from './extra-paths.ts';
import type { ComfyInstall } from './install.ts';
import { findPacks } from './installed-packs.ts';
import type { InstalledPack } from './installed-packs.ts';
import { formatSources, parseSources } from './kept-sources.ts';
import { readCoreNodes, readPackNodes } from './node-modules.ts';
import type { FoundNodes } from './node-modules.ts';
import { Interpreter } from './python/interpreter.ts';
import { SourceDisk } from './source-disk.ts';

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
  /** Keeps what was read, so that unchanged sources need not be read again. */
  memory?: FileMemory;
}

/**
 * Reads which node types this ComfyUI has and what their inputs take, from the text of its Python and JavaScript sources. Nothing is
 * imported or run. A pack that cannot be read contributes what could be; rejects only when the signal aborts.
 */
export async function readNodeDeclarations(install: ComfyInstall, options: NodeSourcesOptions = {}): Promise<NodeSources> {
  const roots = options.customNodeRoots ?? [join(install.root, 'custom_nodes')];
  const packs = await findPacks(roots);
  const key = memoryKey(install, roots, packs);
  const known = options.memory?.recall(key);
  const remembered = known === undefined ? undefined : parseSources(known, packs);
  if (remembered !== undefined) return remembered;
  const disk = new SourceDisk();
  const sources = await readSources({ install, roots, packs, disk }, options.signal);
  const { witnesses } = disk;
  if (witnesses !== undefined) options.memory?.keep(key, formatSources(sources, witnesses));
  return sources;
}

/** All packs together: they may look into one another, so that one that changes may change what another says. */
function memoryKey(install: ComfyInstall, roots: readonly string[], packs: readonly InstalledPack[]): FileKey {
  const { root, sources } = install;
  const known = Bun.hash(JSON.stringify([sources, roots, packs])).toString(36);
  return { kind: 'nodes', path: root, stamp: `${programStamp('comfy')}:${known}` };
}

interface SourcesToRead {
  install: ComfyInstall;
  roots: readonly string[];
  packs: readonly InstalledPack[];
  disk: SourceDisk;
}

async function readSources({ install, roots, packs, disk }: SourcesToRead, signal: AbortSignal | undefined): Promise<NodeSources> {
  const machine = makeMachine(install, roots, disk);
  const declarations = new Map<string, NodeDeclaration>();
  const installed = new Set<string>();
  if (install.sources !== null) collect(readCoreNodes(machine, install.sources), declarations, installed);
  const hasCore = installed.size > 0;
  const incomplete = new Set<string>();
  const webNodes = new Set<string>();
  const owners = new Map<string, InstalledPack>();
  for (const pack of packs.filter((candidate) => !candidate.isDisabled)) {
    await turn(signal);
    const found = readPackNodes(machine, pack);
    for (const name of found.names) if (!installed.has(name)) owners.set(name, pack);
    for (const name of found.webNames) if (!installed.has(name)) webNodes.add(name);
    collect(found, declarations, installed);
    if (!found.isComplete) incomplete.add(pack.path);
  }
  const disabled = await readDisabled({ install, roots, packs, disk }, signal);
  const found = { declarations, installed, webNodes, owners, packs, incomplete, hasCore };
  return { ...found, disabled, unloaded: new Map(), additions: machine.additions };
}

/** Packs that are switched off are read by a machine of their own: what they register holds for nobody. */
async function readDisabled({ install, packs, disk }: SourcesToRead, signal: AbortSignal | undefined): Promise<Map<string, InstalledPack>> {
  const disabled = new Map<string, InstalledPack>();
  for (const pack of packs.filter((candidate) => candidate.isDisabled)) {
    await turn(signal);
    const { names } = readPackNodes(makeMachine(install, [pack.path], disk), pack);
    for (const name of names) disabled.set(name, pack);
  }
  return disabled;
}

function makeMachine(install: ComfyInstall, readable: readonly string[], disk: SourceDisk): Interpreter {
  return new Interpreter({ root: install.root, sources: install.sources, readable, disk });
}

/** Lets timers and signals have their turn. */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  signal?.throwIfAborted();
}

function collect(found: FoundNodes, declarations: Map<string, NodeDeclaration>, installed: Set<string>): void {
  for (const name of found.names) installed.add(name);
  for (const declaration of found.declarations) {
    if (!declarations.has(declaration.nodeType)) declarations.set(declaration.nodeType, declaration);
  }
}
