import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ComfyInstall } from '../comfy/install.ts';
import { readManagerData } from '../comfy/manager-data.ts';
import type { NodePackFacts } from '../comfy/node-packs.ts';
import { type InstallReading, readInstall } from '../comfy/read-install.ts';
import type { LiveReading } from '../comfy/read-live.ts';
import type { Emit } from '../core/events.ts';
import type { FileMemory } from '../core/file-memory.ts';
import { isModelFileName } from '../core/model-file/names.ts';
import type { MissingNode, NodeDeclarations, Requirement } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import type { LibraryIndex } from '../library/library-index.ts';
import { isAbsent, judgePresence } from '../library/presence.ts';
import { StructureCache } from '../library/structure-cache.ts';
import { listModels } from '../library/walk.ts';
import { NodeRules } from '../workflow/loaders/rules.ts';
import { nameSearchOf } from '../workflow/name-search.ts';
import { FolderChoices } from './folder-choices.ts';
import { LiveJudge } from './live-presence.ts';
import type { PackServices } from './ask-about-packs.ts';
import { findMissingPacks, noteUntoldNodes } from './look-up-packs.ts';
import { noteUnread } from './unread-folders.ts';

/** A node type that workflows use, with what their nodes say of the pack that it comes from. */
export interface NodeUse {
  nodeType: string;
  /** Paths inside their workflow directories, sorted. */
  workflows: string[];
  /** `web` types are known to a pack's web part alone: only the absence of the pack tells that they are missing. */
  home: 'web' | 'server';
  /** Ids in the Comfy registry that the nodes carry (`cnr_id`). */
  registryIds: string[];
  /** `owner/name` on GitHub that the nodes carry (`aux_id`). */
  repositories: string[];
  /** Versions of the pack that they carry (`ver`), where they carry any. */
  versions?: string[];
}

/** Where a requirement stands. References are told where ComfyUI refuses one of them. */
export type Standing = Pick<Requirement, 'state' | 'foundAt' | 'damage' | 'refusal'> & { references?: Requirement['references'] };

/** What the scan asks of this machine's ComfyUI. */
export interface ScanLibrary {
  /** What its node classes say of their inputs; empty when nothing is known. */
  declarations: NodeDeclarations;
  /** Distinct model files in its folders. */
  modelCount: number;
  /** Whether `judge` could but say `missing`; `false` says nothing. */
  isAbsent: (requirement: Requirement) => boolean;
  /** Where a requirement stands; says nothing of nodes that download for themselves. */
  judge: (requirement: Requirement) => Promise<Standing>;
  /** The references with those marked that a running ComfyUI refuses; nothing where it takes them all, or none runs. */
  markRefused: (requirement: Requirement) => Pick<Standing, 'references'>;
  /** Names of model files in a folder that fit a pattern, each with its subfolder, in ComfyUI's order. */
  namesLike: (directory: string, pattern: RegExp) => readonly string[];
  /** Those of the node types that it does not have. `services` are asked about their packs this time, in place of the usual ones. */
  missingNodes: (uses: readonly NodeUse[], services?: PackServices) => Promise<MissingNode[]>;
}

/** What was read of an install, and the running ComfyUI where one was asked. */
export type KnownInstall = InstallReading & { live?: LiveReading | null };

/** Reads the models folders of an install, and its nodes unless they have been read. Rejects with the signal's reason when it aborts. */
export async function openScanLibrary(
  install: ComfyInstall,
  ports: { ports: Pick<Ports, 'env' | 'home'>; emit: Emit; signal: AbortSignal; memory?: FileMemory },
  known: { reading?: KnownInstall; services?: PackServices } = {},
): Promise<ScanLibrary> {
  const reading: KnownInstall =
    known.reading ?? (await readInstall(install, { ...ports.ports, signal: ports.signal, ...(ports.memory && { memory: ports.memory }) }));
  const index = await listModels(reading.folders, ports.signal);
  const services = known.services === undefined ? {} : { services: known.services };
  return makeScanLibrary({ install, reading, index, cache: new StructureCache(), emit: ports.emit, ...services });
}

/** The same from what was read of an install earlier. `emit` hears of folders that could not be read. */
export function makeScanLibrary(parts: {
  install: ComfyInstall;
  reading: KnownInstall;
  index: LibraryIndex;
  cache: StructureCache;
  emit?: Emit;
  /** Who is asked about packs of missing nodes; absent: what this machine knows must do. */
  services?: PackServices;
}): ScanLibrary {
  const { install, reading, index, cache, emit } = parts;
  const folders = new FolderChoices(new NodeRules(reading.nodes.declarations));
  for (const note of noteUnread(index.problems)) emit?.(note);
  const live = reading.live ? new LiveJudge(reading.live, reading.folders, emit ?? (() => undefined)) : null;
  return {
    declarations: reading.nodes.declarations,
    modelCount: index.modelCount,
    isAbsent: (requirement) => live === null && isAbsent(requirement, index),
    judge: (requirement) => {
      const wanted = { ...requirement, alternatives: folders.beside(requirement), search: nameSearchOf(requirement) };
      const disk = judgePresence(wanted, index, cache);
      return live === null ? disk : disk.then((found) => live.judge(requirement, found));
    },
    markRefused: (requirement) => live?.markRefused(requirement) ?? {},
    namesLike: (directory, pattern) => {
      const onDisk = [...index.filesIn(directory)].map(({ name }) => name).filter(isModelFileName);
      const names = new Set([...onDisk, ...(live?.namesIn(directory) ?? [])]);
      return [...names].filter((name) => pattern.test(name)).sort();
    },
    missingNodes: async (uses, services = parts.services) => {
      const facts = await packFacts(install, reading);
      const missing = await findMissingPacks(uses, facts, services);
      const note = noteUntoldNodes(uses, missing, { install, sources: facts.sources });
      if (note !== undefined) emit?.(note);
      return missing;
    },
  };
}

async function packFacts(install: ComfyInstall, { nodes, folders }: InstallReading): Promise<NodePackFacts> {
  const manager = await readManagerData(install, folders.customNodeRoots);
  const customNodes = folders.customNodeRoots[0] ?? install.root;
  const coreClone = install.sources !== null && existsSync(join(install.sources, '.git')) ? install.sources : null;
  return { sources: nodes, manager, customNodes, coreClone };
}
