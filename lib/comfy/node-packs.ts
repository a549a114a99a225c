import { basename, dirname, join } from 'node:path';

import type { MissingNode, NodePack } from '../core/model.ts';
import { type Claim, type Claimed, ClaimSupport } from './claim-support.ts';
import type { InstalledPack } from './installed-packs.ts';
import { CORE_REPOSITORY, isCoreRepository } from './manager-data.ts';
import type { ManagerData } from './manager-data.ts';
import type { NodeSources } from './node-sources.ts';
import { describePack, quotePath, repositoryKey, safePackFile, safeRegistryId, safeRepository } from './pack-identity.ts';

/** A node type that workflows use, and what their nodes say of the pack that it comes from. */
export interface UsedNode {
  readonly nodeType: string;
  readonly workflows: readonly string[];
  /** `web` types are known to a pack's web part alone. */
  readonly home: 'web' | 'server';
  /** `cnr_id` of the nodes. Untrusted. */
  readonly registryIds: readonly string[];
  /** `aux_id` of the nodes: `owner/name` on GitHub. Untrusted. */
  readonly repositories: readonly string[];
  /** `ver` of the nodes: a version of the pack, or a commit. Untrusted. */
  readonly versions?: readonly string[];
}

/** A pack as the Comfy registry has it. Untrusted. */
export interface RegistryPack {
  id: string;
  title: string | null;
  repository: string | null;
  latestVersion: string | null;
}

/** What the question is decided from. */
export interface NodePackFacts {
  sources: Pick<NodeSources, 'installed' | 'disabled' | 'unloaded' | 'packs' | 'hasCore' | 'incomplete'>;
  manager: ManagerData | undefined;
  /** What the Comfy registry says of node types. */
  registry?: ReadonlyMap<string, RegistryPack>;
  /** Where packs are installed: absolute. */
  customNodes: string;
  /** Absolute folder of ComfyUI's own sources where they are a clone, which a command brings up to date; else `null`. */
  coreClone: string | null;
}

/** The registry's name for ComfyUI itself. */
const CORE_ID = 'comfy-core';

/** The node types that are not installed, and for which nothing that is known tells a pack. Pure. */
export function findOpenNodes(uses: readonly UsedNode[], facts: NodePackFacts): string[] {
  const open = uses.filter((use) => use.home === 'server' && !facts.sources.installed.has(use.nodeType));
  return open.filter((use) => packOnDisk(use, facts) === undefined && claimsFor(use, facts).length === 0).map((use) => use.nodeType);
}

/**
 * The node types that this ComfyUI lacks, each with the packs that may bring it: what the nodes themselves say first, then
 * ComfyUI-Manager's lists. Of several packs the one that the same workflows need anyway is chosen, and none when that does not decide.
 * Pure.
 */
export function findMissingNodes(uses: readonly UsedNode[], facts: NodePackFacts): MissingNode[] {
  const claimed = uses.filter((use) => !facts.sources.installed.has(use.nodeType)).map((use) => ({ use, claims: claimsFor(use, facts) }));
  const missing = claimed.filter(({ use, claims }) => isMissing(use, claims, facts));
  let counted: ClaimSupport | undefined;
  const support = (): ClaimSupport => (counted ??= new ClaimSupport(missing));
  return missing.map((entry) => {
    const { use, claims } = entry;
    const there = packOnDisk(use, facts);
    const packs = there === undefined ? claims.map((claim) => packOf(claim, facts)) : [there];
    const chosen = there === undefined ? chooseClaim(entry, support) : undefined;
    const pack = there ?? (chosen === undefined ? null : packOf(chosen, facts));
    return { nodeType: use.nodeType, workflows: [...use.workflows], pack, packs };
  });
}

/** `false` where reading the sources cannot tell: without ComfyUI's own, for web nodes of no known pack, and for packs half read. */
function isMissing(use: UsedNode, claims: readonly Claim[], facts: NodePackFacts): boolean {
  if (packOnDisk(use, facts) !== undefined) return true;
  const installed = claims.map((claim) => findInstalled(claim, facts.sources.packs)).filter((pack) => pack !== undefined);
  if (installed.some((pack) => facts.sources.incomplete.has(pack.path))) return false;
  if (use.home === 'web') return claims.length > 0 && installed.length === 0;
  return facts.sources.hasCore || (claims.length > 0 && !claims.some(isCore) && installed.length === 0);
}

function isCore(claim: Claim): boolean {
  return claim.registryId === CORE_ID || (claim.registryId === null && isCoreRepository(claim.repository));
}

function claimsFor(use: UsedNode, { manager, registry }: NodePackFacts): Claim[] {
  const own = ownClaims(use);
  if (own.length > 0) return own;
  const listed = manager === undefined ? [] : listedClaims(use.nodeType, manager);
  return listed.length > 0 ? listed : registryClaims(registry?.get(use.nodeType));
}

function listedClaims(nodeType: string, manager: ManagerData): Claim[] {
  const owner = manager.owners.get(nodeType);
  const listed = manager.packsByNode.get(nodeType) ?? [];
  if (listed.some(isCoreRepository)) return [{ registryId: CORE_ID, repository: CORE_REPOSITORY }];
  const found = owner === undefined ? listed : [owner];
  if (found.length > 0) return [...Map.groupBy(found.map(listedClaim), ({ repository }) => repository).values()].flatMap(wholeFirst);
  const hinted = manager.patterns.filter(({ pattern }) => nodeType.length <= 200 && pattern.test(nodeType));
  return hinted.map(({ repository }) => ({ registryId: null, repository }));
}

/** Of a repository and files in it, the repository. */
function wholeFirst(claims: readonly Claim[]): Claim[] {
  return claims.toSorted((left, right) => Number(left.file !== undefined) - Number(right.file !== undefined)).slice(0, 1);
}

function listedClaim(listed: string): Claim {
  const file = safePackFile(listed);
  return file === undefined ? { registryId: null, repository: listed } : { registryId: null, repository: file.repository, file };
}

function registryClaims(pack: RegistryPack | undefined): Claim[] {
  const registryId = pack === undefined ? undefined : safeRegistryId(pack.id);
  if (pack === undefined || registryId === undefined) return [];
  const repository = pack.repository === null ? null : (safeRepository(pack.repository) ?? null);
  const latestVersion = newestVersion(pack.latestVersion === null ? [] : [pack.latestVersion]);
  return [{ registryId, repository, title: pack.title, ...(latestVersion === undefined ? {} : { latestVersion }) }];
}

/** What the nodes say themselves. With one id and one repository both mean the same pack. */
function ownClaims(use: UsedNode): Claim[] {
  const ids = onePerName(use.registryIds.map(safeRegistryId).filter((id) => id !== undefined));
  const repositories = onePerName(use.repositories.map(safeRepository).filter((repository) => repository !== undefined));
  const [id = null] = ids;
  const [repository = null] = repositories;
  const version = newestVersion(use.versions ?? []);
  const said = version === undefined ? {} : { version };
  if (ids.length <= 1 && repositories.length <= 1)
    return id === null && repository === null ? [] : [{ registryId: id, repository, ...said }];
  if (ids.length > 0) return ids.map((registryId) => ({ registryId, repository: null }));
  return repositories.map((entry) => ({ registryId: null, repository: entry }));
}

/**
 * Names that differ in letters' case alone mean one pack. Of these the spelling with capitals is its own: ComfyUI-Manager writes the ids of
 * packs that it has installed in lower case, and looks ids up as the registry has them (`read_cnr_info` in cnr_utils.py, 2026-11).
 */
function onePerName(written: readonly string[]): string[] {
  const names = new Map<string, string>();
  for (const name of written) {
    const key = name.toLowerCase();
    const known = names.get(key);
    if (known === undefined || known === key) names.set(key, name);
  }
  return [...names.values()];
}

/** The newest of several; `undefined` when they cannot be told apart (commits), and when nothing is a version. */
function newestVersion(written: readonly string[]): string | undefined {
  const versions = [...new Set(written)].filter((version) => /^[\w.+-]{1,64}$/.test(version));
  if (versions.length <= 1) return versions[0];
  const numbered = versions.filter((version) => /^v?\d+\.\d+\.\d+/.test(version));
  return numbered.sort((left, right) => Bun.semver.order(left, right)).at(-1);
}

/** The only claim, else the one that most other missing types of the same workflows share. */
function chooseClaim(claimed: Claimed, support: () => ClaimSupport): Claim | undefined {
  const { claims } = claimed;
  if (claims.length <= 1) return claims[0];
  const ranked = claims.map((claim) => ({ claim, others: support().countOthers(claimed, claim) }));
  ranked.sort((left, right) => right.others - left.others);
  const [best, second] = ranked;
  return best !== undefined && best.others > (second?.others ?? 0) ? best.claim : undefined;
}

/** An installed pack that a claim means: by its registry id, by the folder that a clone of its repository makes, or by its file. */
function findInstalled(claim: Claim, packs: readonly InstalledPack[]): InstalledPack | undefined {
  const id = claim.registryId?.toLowerCase();
  const folder = (claim.file?.name.slice(0, -'.py'.length) ?? claim.repository?.split('/').at(-1))?.toLowerCase();
  return packs.find((pack) => {
    const name = pack.name.toLowerCase();
    return !pack.isDisabled && ((id !== undefined && (pack.registryId?.toLowerCase() === id || name === id)) || name === folder);
  });
}

function packOf(claim: Claim, facts: NodePackFacts): NodePack {
  const { version, latestVersion } = claim;
  const said = { ...(version === undefined ? {} : { version }), ...(latestVersion === undefined ? {} : { latestVersion }) };
  if (isCore(claim)) return { ...corePack(facts.coreClone), ...said };
  const listed = claim.repository === null ? undefined : facts.manager?.titles.get(repositoryKey(claim.repository));
  const title = claim.title ?? listed ?? null;
  const described = { ...describePack({ ...claim, title }, facts.customNodes), ...said };
  const installed = findInstalled(claim, facts.sources.packs);
  return installed === undefined || claim.file !== undefined ? described : { ...described, install: updateCommand(claim, installed) };
}

/** The pack is there and does not bring the node: a newer version of it may. `null` where no command is sure to touch that pack alone. */
function updateCommand(claim: Claim, installed: InstalledPack): string | null {
  const id = claim.registryId ?? (installed.registryId === null ? undefined : safeRegistryId(installed.registryId));
  if (id !== undefined) return `comfy node update ${id}`;
  return installed.isClone ? `git -C ${quotePath(installed.path)} pull` : null;
}

function corePack(clone: string | null): NodePack {
  return {
    id: CORE_ID,
    title: 'ComfyUI',
    repository: CORE_REPOSITORY,
    install: clone === null ? 'comfy update comfy' : `git -C ${quotePath(clone)} pull`,
  };
}

/** The pack on this disk that has the node type and is not at work. */
function packOnDisk({ nodeType }: UsedNode, { sources }: NodePackFacts): NodePack | undefined {
  const unloaded = sources.unloaded.get(nodeType);
  if (unloaded !== undefined) return unloadedPack(unloaded);
  const disabled = sources.disabled.get(nodeType);
  if (disabled === undefined) return undefined;
  // Another version of it is at work in its place, so that this one is not to be put there.
  const home = homeOf(disabled);
  return sources.packs.some((pack) => !pack.isDisabled && pack.path === home) ? undefined : disabledPack(disabled, home);
}

/** A pack that came after ComfyUI was started, or failed to load: a restart mends the one, and ComfyUI's log tells of the other. */
function unloadedPack(pack: InstalledPack): NodePack {
  const id = pack.registryId === null ? null : (safeRegistryId(pack.registryId) ?? null);
  const title = `${pack.name} (installed, not loaded: restart ComfyUI, or see its log)`;
  return { id, title, repository: null, install: null, state: 'unloaded' };
}

/** Where a pack that is switched off would be at work. */
function homeOf({ path, name, isFile }: InstalledPack): string {
  const folder = dirname(path);
  return join(basename(folder) === '.disabled' ? dirname(folder) : folder, isFile ? `${name}.py` : name);
}

/** A pack that ComfyUI skips: taking its mark away is all that it needs. */
function disabledPack(pack: InstalledPack, home: string): NodePack {
  const move = process.platform === 'win32' ? 'move' : 'mv';
  const id = pack.registryId === null ? null : (safeRegistryId(pack.registryId) ?? null);
  const install = `${move} ${quotePath(pack.path)} ${quotePath(home)}`;
  return { id, title: `${pack.name} (disabled)`, repository: null, install, state: 'disabled' };
}
