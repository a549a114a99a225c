import type { KnownFiles } from '../catalog/known-files.ts';
import type { ListedModel } from '../catalog/model-list.ts';
import { ModelList } from '../catalog/model-list.ts';
import type { Requirement, Unchecked } from '../core/model.ts';
import type { Offer, SourceAnswer } from '../core/offer.ts';
import type { Endpoints } from '../core/services.ts';
import { genericnessOf } from '../resolve/generic-names.ts';
import type { CatalogueAnswer, LadderPorts } from '../resolve/ladder.ts';
import { homeAccounts, isAtHome, isInPlace } from '../resolve/home.ts';
import { agreesBesidesId, versionIdsIn } from '../resolve/version-ids.ts';
import { isWantedName } from '../core/model-file/match-name.ts';
import { idsOf } from '../resolve/named-by-ids.ts';
import { makeLocalOffer, misplacedOffer } from '../resolve/local-offer.ts';
import { makeQueries } from '../resolve/queries.ts';
import { makeSimilarity } from '../resolve/rank.ts';
import type { Sources } from '../sources/index.ts';
import { isPublisherLink, sourceOfLink } from '../sources/index.ts';
import type { LinkQuestion, Source } from '../sources/types.ts';
import type { FindLocal } from './find-local.ts';
import type { CatalogueView, PlacePorts } from './resolve-catalogue.ts';
import { viewCatalogue } from './resolve-catalogue.ts';

export interface JoinPorts {
  /** What earlier runs have learnt; absent: nothing. */
  files?: KnownFiles;
  endpoints: Endpoints;
  findLocal?: FindLocal;
  /** Reads the curated list; asked at most once. */
  readList: () => Promise<ModelList | Unchecked>;
}

const LISTED = { kind: 'catalog', list: "ComfyUI-Manager's model list" } as const;
const NOTHING_KNOWN: CatalogueView = {
  lookUp: async () => [],
  findTwins: async () => [],
  findSimilar: async () => [],
  lookAtPages: async () => [],
  hearSay: async () => [],
  isNamedByAll: () => true,
};

/** The sources as the ladder asks them. */
export interface JoinedSources {
  portsFor(requirement: Requirement): Omit<LadderPorts, 'hashAnswers'>;
  checkLink(question: LinkQuestion): Promise<SourceAnswer>;
}

export function joinSources(sources: Sources, ports: JoinPorts): JoinedSources {
  const checked = new Map<string, Promise<SourceAnswer>>();
  let list: Promise<ModelList | Unchecked> | undefined;
  const checkLink = async (question: LinkQuestion): Promise<SourceAnswer> => {
    const key = JSON.stringify(question);
    const answer = checked.get(key) ?? checkAnyLink(question, sources);
    checked.set(key, answer);
    return answer;
  };
  const placePorts = (requirement: Requirement): PlacePorts => ({
    checkLink: async (url) => checkLink({ url, filename: requirement.filename, sha256: requirement.sha256, givenBy: 'workflow' }),
    isPublisherLink: (url) => isPublisherLink(url, ports.endpoints),
    describeLink: (file) => sourceOfLink(file.url, sources)?.describeLink(file) ?? null,
  });
  const portsFor = (requirement: Requirement): Omit<LadderPorts, 'hashAnswers'> => {
    const places = placePorts(requirement);
    const view = ports.files ? viewCatalogue(requirement, ports.files, places) : NOTHING_KNOWN;
    return {
      checkLink: places.checkLink,
      isNamedByAll: view.isNamedByAll,
      hearSay: view.hearSay,
      findTwins: view.findTwins,
      findSimilar: view.findSimilar,
      lookAtPages: view.lookAtPages,
      findLocal: async (proven) => {
        const found = (await ports.findLocal?.(requirement, proven))?.map(makeLocalOffer) ?? [];
        const misplaced = found.length === 0 && !proven ? misplacedOffer(requirement) : null;
        return misplaced ? [misplaced] : found;
      },
      lookUp: async () => {
        list ??= ports.readList();
        const [known, listed] = await Promise.all([view.lookUp(), list]);
        return [...known, ...(await lookUpList(requirement, listed, checkLink))];
      },
      askIds: async () => askIds(requirement, checkLink),
      search: {
        huggingface: searchStep(requirement, sources.huggingface, 'huggingface'),
        civitai: searchStep(requirement, sources.civitai, 'civitai'),
        modelscope: searchStep(requirement, sources.modelscope, 'huggingface'),
      },
    };
  };
  return { checkLink, portsFor };
}

/** Looks at the versions whose ids may stand in the name, and keeps what agrees with the rest of it. */
async function askIds(requirement: Requirement, checkLink: JoinedSources['checkLink']): Promise<CatalogueAnswer[]> {
  const { filename, sha256 } = requirement;
  const ids = idsOf(requirement) === null ? versionIdsIn(filename) : [];
  const answers = await Promise.all(
    ids.map(async (id) => checkLink({ url: `https://civitai.com/model-versions/${id}`, filename, sha256, givenBy: 'workflow' })),
  );
  return answers
    .flatMap((answer) => (answer.kind === 'found' ? answer.offers : []))
    .flatMap((offer): CatalogueAnswer[] => {
      const kind = isWantedName(filename, offer.filename) ? 'exact' : 'numbered';
      if (kind === 'numbered' && !agreesBesidesId(filename, offer)) return [];
      return [{ answer: { kind: 'found', offers: [offer], unchecked: null }, origin: { kind } }];
    });
}

/** Looks at the rows for this name. A name that says little needs the list's own subfolder. */
async function lookUpList(
  requirement: Requirement,
  list: ModelList | Unchecked,
  checkLink: JoinedSources['checkLink'],
): Promise<CatalogueAnswer[]> {
  if (!(list instanceof ModelList)) return [{ origin: LISTED, answer: { kind: 'failed', unchecked: list } }];
  const rows = list.named(requirement.filename).filter((row) => isListedFor(requirement, row));
  return Promise.all(
    rows.map(async (row) => {
      const answer = await checkLink({ url: row.url, filename: requirement.filename, sha256: requirement.sha256, givenBy: 'workflow' });
      return { origin: LISTED, answer: inFolder(answer, row.directory) };
    }),
  );
}

function isListedFor(requirement: Requirement, row: ListedModel): boolean {
  if (genericnessOf(requirement.filename) === 'none') return true;
  const innermost = requirement.subfolder.split('/').at(-1) ?? '';
  return row.directory === requirement.directory && innermost !== '' && row.subfolder.split('/').at(-1) === innermost;
}

/** The list tells the folder better than the place does. */
function inFolder(answer: SourceAnswer, directory: string | null): SourceAnswer {
  if (answer.kind !== 'found' || directory === null) return answer;
  return { ...answer, offers: answer.offers.map((offer) => ({ ...offer, directories: [directory] })) };
}

function searchStep(requirement: Requirement, source: Source, place: 'huggingface' | 'civitai'): () => Promise<SourceAnswer> {
  return async () => {
    if (idsOf(requirement) !== null) return { kind: 'nothing', reason: 'ids on Civitai are no name to search for' };
    const queries = makeQueries(requirement)[place];
    const similarity = makeSimilarity(requirement.filename);
    const outranksOthers = (offer: Offer): boolean => isAtHome(requirement, offer) && isInPlace(requirement, offer);
    const answer = await source.search?.({ requirement, queries, accounts: homeAccounts(requirement), outranksOthers, similarity });
    return answer ?? { kind: 'nothing', reason: `${source.name} has no search` };
  };
}

async function checkAnyLink(question: LinkQuestion, sources: Sources): Promise<SourceAnswer> {
  const source = sourceOfLink(question.url, sources);
  return source ? source.checkLink(question) : { kind: 'nothing', reason: 'it is no web address' };
}
