import type { Candidate, Requirement } from '../core/model.ts';
import type { SourceAnswer } from '../core/offer.ts';
import type { LadderPorts } from '../resolve/ladder.ts';
import { makeLocalOffer, misplacedOffer } from '../resolve/local-offer.ts';
import { makeQueries } from '../resolve/queries.ts';
import { makeSimilarity } from '../resolve/rank.ts';
import type { Sources } from '../sources/index.ts';
import { sourceOfLink } from '../sources/index.ts';
import type { LinkQuestion, Source } from '../sources/types.ts';

/** The sources as the ladder asks them. */
export interface JoinedSources {
  portsFor(requirement: Requirement): Omit<LadderPorts, 'hashAnswer'>;
  checkLink(question: LinkQuestion): Promise<SourceAnswer>;
}

export function joinSources(
  sources: Sources,
  findLocal: ((requirement: Requirement) => Promise<readonly Candidate[]>) | undefined,
): JoinedSources {
  const checked = new Map<string, Promise<SourceAnswer>>();
  const checkLink = async (question: LinkQuestion): Promise<SourceAnswer> => {
    const key = JSON.stringify(question);
    const answer = checked.get(key) ?? checkAnyLink(question, sources);
    checked.set(key, answer);
    return answer;
  };
  return {
    checkLink,
    portsFor: (requirement) => ({
      checkLink: async (url) => checkLink({ url, filename: requirement.filename, sha256: requirement.sha256, givenBy: 'workflow' }),
      findLocal: async () => {
        const found = findLocal ? (await findLocal(requirement)).map(makeLocalOffer) : [];
        const misplaced = found.length === 0 ? misplacedOffer(requirement) : null;
        return misplaced ? [misplaced] : found;
      },
      search: {
        huggingface: searchStep(requirement, sources.huggingface, 'huggingface'),
        civitai: searchStep(requirement, sources.civitai, 'civitai'),
      },
    }),
  };
}

function searchStep(requirement: Requirement, source: Source, place: 'huggingface' | 'civitai'): () => Promise<SourceAnswer> {
  return async () => {
    const queries = makeQueries(requirement)[place];
    const similarity = makeSimilarity(requirement.filename);
    const answer = await source.search?.({ requirement, queries, similarity });
    return answer ?? { kind: 'nothing', reason: `${source.name} has no search` };
  };
}

async function checkAnyLink(question: LinkQuestion, sources: Sources): Promise<SourceAnswer> {
  const source = sourceOfLink(question.url, sources);
  return source ? source.checkLink(question) : { kind: 'nothing', reason: 'it is no web address' };
}
