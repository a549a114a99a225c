import { setImmediate as nextTurn } from 'node:timers/promises';

import type { NodeDeclaration } from '../core/model.ts';
import type { ComfyInstall } from './install.ts';
import type { InstalledPack } from './installed-packs.ts';
import { type FoundNodes, readCoreNodes, readPackNodes, readPrestartupScript } from './node-modules.ts';
import type { NodeSources } from './node-sources.ts';
import { Interpreter } from './python/interpreter.ts';
import type { SourceDisk } from './source-disk.ts';

/** What is read: the install's own sources, and those of its packs. */
export interface SourcesToRead {
  install: ComfyInstall;
  roots: readonly string[];
  packs: readonly InstalledPack[];
  disk: SourceDisk;
}

/** Reads the node types that sources register, from their texts alone. Rejects only when the signal aborts. */
export async function readSources({ install, roots, packs, disk }: SourcesToRead, signal: AbortSignal | undefined): Promise<NodeSources> {
  const machine = makeMachine(install, roots, disk);
  const declarations = new Map<string, NodeDeclaration>();
  const installed = new Set<string>();
  const active = packs.filter((pack) => !pack.isDisabled);
  for (const pack of active) readPrestartupScript(machine, pack);
  if (install.sources !== null) collect(readCoreNodes(machine, install.sources), declarations, installed);
  const hasCore = installed.size > 0;
  const incomplete = new Set<string>();
  const webNodes = new Set<string>();
  const owners = new Map<string, InstalledPack>();
  for (const pack of active) {
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
