import { join } from 'node:path';

import type { FileKey, FileMemory } from '../core/file-memory.ts';
import type { NodeDeclarations } from '../core/model.ts';
import { programStamp } from '../core/program-stamp.ts';
import type { FolderAddition } from './extra-paths.ts';
import type { ComfyInstall } from './install.ts';
import { findPacks } from './installed-packs.ts';
import type { InstalledPack } from './installed-packs.ts';
import { formatSources, parseSources } from './kept-sources.ts';
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

/** Loads an interpreter of Python, which nobody needs who finds everything remembered. */
export const loadSourceReader = () => import('./source-reading.ts');

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
  const { readSources } = await loadSourceReader();
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
