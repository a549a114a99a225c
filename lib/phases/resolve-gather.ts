import { fetchModelList } from '../catalog/fetch-model-list.ts';
import { parseModelList } from '../catalog/model-list.ts';
import type { Requirement } from '../core/model.ts';
import type { SourceAnswer } from '../core/offer.ts';
import type { Evidence } from '../resolve/decide.ts';
import { climbLadder } from '../resolve/ladder.ts';
import { createSources } from '../sources/index.ts';
import type { Source, SourceContext } from '../sources/types.ts';
import type { ResolveInput, ResolvePorts } from './resolve.ts';
import type { Choice } from './resolve-choice.ts';
import { settleChoice } from './resolve-choice.ts';
import { joinSources } from './resolve-steps.ts';

/** Collects what is to be known of one model. */
export type Gather = (requirement: Requirement, choice: Choice | null) => Promise<Evidence>;

/** Makes sources of its own, which share what they learn over all models that are asked for. */
export function makeGather(
  input: ResolveInput,
  ports: Pick<ResolvePorts, 'findLocal' | 'catalogue' | 'readOwnList'>,
  context: SourceContext,
): Gather {
  const sources = createSources(context);
  const joined = joinSources(sources, {
    readList: async () =>
      parseModelList(await ports.readOwnList?.()) ?? (await fetchModelList(async (request) => context.wire.json(request), context.signal)),
    endpoints: context.http.endpoints,
    ...(ports.catalogue ? { files: ports.catalogue.files } : {}),
    ...(ports.findLocal ? { findLocal: ports.findLocal } : {}),
  });
  let hashAnswers: Promise<ReadonlyMap<string, SourceAnswer>> | undefined;
  return async (requirement, choice) => {
    if (choice?.kind === 'link') return settleChoice(requirement, choice, joined);
    if (choice?.kind === 'candidate' && choice.known) return { requirement, findings: [], unchecked: [], remarks: [] };
    hashAnswers ??= askHashes(input, sources.civitai);
    const known = await hashAnswers;
    const own = hashesOf(requirement).flatMap((sha256) => known.get(sha256) ?? []);
    return climbLadder(requirement, input.search.sources, { ...joined.portsFor(requirement), hashAnswers: own });
  };
}

/** Asks Civitai for every sha256 that the workflows tell, a hundred at a time. */
async function askHashes(input: ResolveInput, civitai: Source): Promise<ReadonlyMap<string, SourceAnswer>> {
  const hashes = input.missing.flatMap(hashesOf);
  if (hashes.length === 0 || !input.search.sources.includes('civitai')) return new Map();
  return (await civitai.findByHash?.(hashes)) ?? new Map();
}

/** The sha256 that the workflows name; several where they do not agree. */
function hashesOf({ sha256, rivalSha256s = [] }: Requirement): readonly string[] {
  return sha256 === null ? rivalSha256s : [sha256];
}
