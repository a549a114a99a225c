import { findMissingNodes, findOpenNodes, type NodePackFacts, type UsedNode } from '../comfy/node-packs.ts';
import type { ComfyInstall } from '../comfy/install.ts';
import type { RunEvent } from '../core/events.ts';
import type { MissingNode } from '../core/model.ts';
import type { PackServices } from './ask-about-packs.ts';

/**
 * The missing node types with their packs. Services are asked for those that nothing on this machine tells of, and for a short time:
 * without an answer such a type is reported without a pack. Rejects only with the signal's reason.
 */
export async function findMissingPacks(
  uses: readonly UsedNode[],
  facts: NodePackFacts,
  services: PackServices | undefined,
): Promise<MissingNode[]> {
  if (services === undefined || findOpenNodes(uses, facts).length === 0) return findMissingNodes(uses, facts);
  // Only now: most runs find every node type in place, and need no client of these services.
  const { learnAboutPacks } = await import('./ask-about-packs.ts');
  const learnt = await learnAboutPacks(uses, facts, services);
  const missing = findMissingNodes(uses, learnt.facts);
  if (learnt.troubles.length > 0) services.emit(noteTroubles(learnt.troubles, missing));
  return missing;
}

/** A person is to know of it who sees a node type without a pack: somebody may know one who could not be asked. */
function noteTroubles(troubles: readonly string[], missing: readonly MissingNode[]): Extract<RunEvent, { type: 'note' }> {
  const level = missing.some(({ packs }) => packs.length === 0) ? 'warn' : 'info';
  return { type: 'note', component: 'node_packs', level, message: `Packs of missing nodes may be unknown: ${troubles.join('; ')}` };
}

/**
 * What is to be said where node types of the workflows may be missing and cannot be told to be: without ComfyUI's own classes nothing is
 * known of those that no pack claims. `undefined` when there are none of these.
 */
export function noteUntoldNodes(
  uses: readonly UsedNode[],
  missing: readonly MissingNode[],
  { install, sources }: { install: Pick<ComfyInstall, 'root' | 'sources'>; sources: NodePackFacts['sources'] },
): Extract<RunEvent, { type: 'note' }> | undefined {
  if (sources.hasCore) return undefined;
  const told = new Set(missing.map(({ nodeType }) => nodeType));
  const isUntold = ({ nodeType, home }: UsedNode): boolean => home === 'server' && !sources.installed.has(nodeType) && !told.has(nodeType);
  if (!uses.some(isUntold)) return undefined;
  const where =
    install.sources === null ? `${install.root} does not hold its sources` : `${install.sources} has no nodes.py that tells them`;
  const message =
    `ComfyUI's own node classes could not be read (${where}), so node types that no known pack claims are not reported as missing. ` +
    'Start ComfyUI and name its address in comfyui_url of config.json, or set comfyui_root to the folder that holds its main.py and models.';
  return { type: 'note', component: 'missing_nodes', level: 'warn', message };
}
