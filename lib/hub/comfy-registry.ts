import type { HubCatalogue, RegistryPack } from './catalogue.ts';
import { type HubAnswer, type HubHandler, jsonAnswer, pathSegments } from './exchange.ts';

/** The Comfy Registry part: `/comfy-nodes/{class}/node`, `/nodes` and `/nodes/{id}`. */
export function makeComfyRegistry(catalogue: HubCatalogue): HubHandler {
  const packs = catalogue.registry ?? [];
  return ({ url }) => {
    const [kind, key, verb] = pathSegments(url) ?? [];
    if (kind === 'comfy-nodes' && key !== undefined && verb === 'node') {
      const pack = packs.find((candidate) => candidate.nodes.includes(key));
      if (pack) return jsonAnswer(describePack(pack));
      return jsonAnswer({ error: '', message: 'No node found containing the specified ComfyUI node name' }, { status: 404 });
    }
    if (kind === 'nodes' && key === undefined) return listPacks(packs, url);
    const pack = kind === 'nodes' ? packs.find((candidate) => candidate.id === key) : undefined;
    if (pack && verb === undefined) return jsonAnswer(describePack(pack));
    return jsonAnswer({ error: '', message: 'Node not found' }, { status: 404 });
  };
}

function listPacks(packs: readonly RegistryPack[], url: URL): HubAnswer {
  const limit = Number(url.searchParams.get('limit') ?? 10) || 10;
  const page = Number(url.searchParams.get('page') ?? 1) || 1;
  const nodes = packs.slice((page - 1) * limit, page * limit).map(describePack);
  return jsonAnswer({ nodes, total: packs.length, page, limit, totalPages: Math.ceil(packs.length / limit) });
}

/** A `Node` of the registry with the habits of its real data: an empty `downloadUrl`, `supported_os` as null. */
function describePack(pack: RegistryPack): Record<string, unknown> {
  return {
    id: pack.id,
    name: pack.name,
    author: '',
    description: pack.description ?? '',
    repository: pack.repository,
    downloads: pack.downloads ?? 0,
    status: pack.status ?? 'NodeStatusActive',
    publisher: { id: pack.publisher ?? 'someone', name: pack.publisher ?? 'someone' },
    supported_os: null,
    latest_version: { version: pack.version ?? '1.0.0', downloadUrl: '', status: 'NodeVersionStatusActive' },
  };
}
