import { LookupCache } from '../comfy/lookup-cache.ts';
import { mergeManagerData } from '../comfy/manager-data.ts';
import { findMissingNodes, findOpenNodes, type NodePackFacts, type UsedNode } from '../comfy/node-packs.ts';
import { fetchManagerData, fetchRegistryPacks, type LookupContext } from '../comfy/pack-lookup.ts';
import type { Emit } from '../core/events.ts';
import type { MissingNode } from '../core/model.ts';

/** Services that know packs, and where their answers are kept. */
export interface PackServices extends Omit<LookupContext, 'cache'> {
  /** Absolute path of the file with earlier answers. */
  cachePath: string;
  emit: Emit;
}

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
  using cache = LookupCache.open(services.cachePath);
  return findMissingNodes(uses, await learn(uses, facts, { ...services, cache }));
}

async function learn(uses: readonly UsedNode[], facts: NodePackFacts, context: LookupContext & { emit: Emit }): Promise<NodePackFacts> {
  const lists = await fetchManagerData(context);
  const manager = mergeManagerData(facts.manager, lists.value);
  const open = findOpenNodes(uses, { ...facts, manager });
  const registry = await fetchRegistryPacks(open, context);
  for (const trouble of new Set([...lists.troubles, ...registry.troubles])) {
    const message = `Packs of missing nodes may be unknown: ${trouble}`;
    context.emit({ type: 'note', component: 'node_packs', level: 'info', message });
  }
  return { ...facts, manager, registry: registry.value };
}
