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

/** What is known of packs after services were asked. */
export interface LearntAboutPacks {
  facts: NodePackFacts;
  /** What could not be asked, each once. */
  troubles: readonly string[];
}

/** What is known of packs, with what the services say of the node types that are still open. Rejects only with the signal's reason. */
export async function learnAboutPacks(uses: readonly UsedNode[], facts: NodePackFacts, services: PackServices): Promise<LearntAboutPacks> {
  using cache = LookupCache.open(services.cachePath);
  const context = { ...services, cache };
  const lists = await fetchManagerData(context);
  const manager = mergeManagerData(facts.manager, lists.value);
  const open = findOpenNodes(uses, { ...facts, manager });
  const registry = await fetchRegistryPacks(open, context);
  const troubles = [...new Set([...lists.troubles, ...registry.troubles])];
  return { facts: { ...facts, manager, registry: registry.value }, troubles };
}
