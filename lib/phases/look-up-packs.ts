import { findMissingNodes, findOpenNodes, type NodePackFacts, type UsedNode } from '../comfy/node-packs.ts';
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
  return findMissingNodes(uses, await learnAboutPacks(uses, facts, services));
}
