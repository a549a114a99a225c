import { LookupCache } from '../comfy/lookup-cache.ts';
import { mergeManagerData } from '../comfy/manager-data.ts';
import { findOpenNodes, type NodePackFacts, type UsedNode } from '../comfy/node-packs.ts';
import { fetchManagerData, fetchRegistryPacks, type LookupContext } from '../comfy/pack-lookup.ts';
import type { Emit } from '../core/events.ts';

/** Services that know packs, and where their answers are kept. */
export interface PackServices extends Omit<LookupContext, 'cache'> {
  /** Absolute path of the file with earlier answers. */
  cachePath: string;
  emit: Emit;
}

/** What is known of packs, with what the services say of the node types that are still open. Rejects only with the signal's reason. */
export async function learnAboutPacks(uses: readonly UsedNode[], facts: NodePackFacts, services: PackServices): Promise<NodePackFacts> {
  using cache = LookupCache.open(services.cachePath);
  const context = { ...services, cache };
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
