import { isId, isRecord } from '../narrow.ts';

/** A link is an array in the 0.4 schema, an object in 1.0 and inside subgraphs. */
export function readLink(link: unknown): Link | undefined {
  if (Array.isArray(link)) return { id: link[0], origin: link[1], slot: link[2], target: link[3], targetSlot: link[4], type: link[5] };
  if (!isRecord(link)) return undefined;
  return {
    id: link.id,
    origin: link.origin_id,
    slot: link.origin_slot,
    target: link.target_id,
    targetSlot: link.target_slot,
    type: link.type,
  };
}

/** A link with the node and socket on either end, as the file has them. */
interface Link {
  id: unknown;
  origin: unknown;
  slot: unknown;
  target: unknown;
  targetSlot: unknown;
  type: unknown;
}

/** Node and output that a link comes from; `undefined` when there is no such link. Looks at one after the other. */
export function findLink(links: readonly unknown[], id: string): readonly [string, number] | undefined {
  const found = links.find((link) => String(Array.isArray(link) ? link[0] : isRecord(link) ? link.id : undefined) === id);
  const link = readLink(found);
  return link !== undefined && isId(link.origin) ? [String(link.origin), Number(link.slot)] : undefined;
}

/** The same for all links, by their ids. */
export function indexLinks(links: readonly unknown[]): Map<string, readonly [string, number]> {
  const origins = new Map<string, readonly [string, number]>();
  for (const entry of links) {
    const link = readLink(entry);
    if (link !== undefined && isId(link.id) && isId(link.origin)) origins.set(String(link.id), [String(link.origin), Number(link.slot)]);
  }
  return origins;
}
