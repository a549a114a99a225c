import type { KnownFiles } from '../catalog/known-files.ts';
import type { TaughtFile } from '../core/known-file.ts';
import { isWantedName } from '../core/model-file/match-name.ts';
import type { Requirement } from '../core/model.ts';
import type { Offer, SourceAnswer } from '../core/offer.ts';
import { homeAccounts, isInPlace } from '../resolve/home.ts';
import type { CatalogueAnswer } from '../resolve/ladder.ts';
import { makeSimilarity } from '../resolve/rank.ts';
import { foldersOfPath } from '../sources/path-folders.ts';

/** Places of one name that are looked at. */
const MOST_PLACES = 4;

/** Names that are compared with the wanted one, and places of similar names that are looked at. */
const MOST_NAMES = 100;
const MOST_SIMILAR = 2;
/** Below this a name has nothing to do with the wanted one. */
const LEAST_SIMILARITY = 0.5;

/** What the catalogue asks of the sources. */
export interface PlacePorts {
  checkLink: (url: string) => Promise<SourceAnswer>;
  /** Whether the link leads into a repository of a known publisher. */
  isPublisherLink: (url: string) => boolean;
  /** What is known of a place without looking at it. */
  describeLink: (file: TaughtFile) => Offer | null;
}

/** The catalogue, as one requirement is looked for in it. */
export interface CatalogueView {
  /** Places that a hub or a known publisher vouches for: those with the wanted sha256, and publishers' files of the name. */
  lookUp: () => Promise<CatalogueAnswer[]>;
  /** What pages that the model's own workflows point to have under its name. */
  lookAtPages: () => Promise<CatalogueAnswer[]>;
  /** Places that have this sha256, whatever the file is called there. */
  findTwins: (sha256: string) => Promise<CatalogueAnswer[]>;
  /** Places of the name that only other people's workflows tell. */
  hearSay: () => Promise<CatalogueAnswer[]>;
  /** Files with similar names at places that a hub or a known publisher vouches for. */
  findSimilar: () => Promise<CatalogueAnswer[]>;
  /** Whether every workflow that needs the file names this link itself; `true` while nothing is known of that. */
  isNamedByAll: (url: string) => boolean;
}

export function viewCatalogue(requirement: Requirement, files: KnownFiles, ports: PlacePorts): CatalogueView {
  const own = new Set(requirement.urls.map(({ url }) => url));
  let named: TaughtFile[] | undefined;
  const places = (): TaughtFile[] => (named ??= files.named(requirement.filename));
  const others = (): TaughtFile[] => distinctPlaces(places()).filter(({ url }) => !own.has(url));
  const findTwins = async (sha256: string): Promise<CatalogueAnswer[]> => {
    const answers = await askAll(distinctPlaces(files.withSha256(sha256)), ports);
    return answers.map(({ answer }) => ({ answer, origin: { kind: 'hash' } as const }));
  };
  return {
    findTwins,
    async lookAtPages() {
      const workflows = new Set(requirement.references.map(({ workflowPath }) => workflowPath));
      const pages = distinctPlaces([...workflows].flatMap((path) => files.pagesOf(path)));
      const answers = await askAll(pages, ports);
      return answers.flatMap(({ answer }) => {
        const offers = answer.kind === 'found' ? answer.offers.filter((offer) => isWantedName(requirement.filename, offer.filename)) : [];
        return offers.map((offer): CatalogueAnswer => {
          return {
            answer: { kind: 'found', offers: [offer], unchecked: null },
            origin: { kind: 'link', from: 'note', byAll: workflows.size === 1 },
          };
        });
      });
    },
    async lookUp() {
      const published = preferHome(
        others().filter(({ url }) => ports.isPublisherLink(url)),
        requirement,
      );
      const { sha256, rivalSha256s = [] } = requirement;
      const hashes = sha256 === null ? rivalSha256s : [sha256];
      const [byHash, byName] = await Promise.all([Promise.all(hashes.map(findTwins)), askAll(published, ports)]);
      return [...byHash.flat(), ...byName.map(({ answer }) => ({ answer, origin: { kind: 'exact' } as const }))];
    },
    async hearSay() {
      const answers = await askAll(
        others().filter((file) => file.kind === 'workflow' && !ports.isPublisherLink(file.url)),
        ports,
      );
      return answers.map(({ answer }) => ({ answer, origin: { kind: 'hearsay' } as const }));
    },
    async findSimilar() {
      const sure = nearestNames(requirement.filename, files).flatMap((name) => {
        return files.named(name).find(({ kind, url }) => kind === 'hub' || ports.isPublisherLink(url)) ?? [];
      });
      const answers = await Promise.all(sure.slice(0, MOST_SIMILAR).map(async (file) => showSimilar(file, ports)));
      return answers.map((answer) => ({ answer, origin: { kind: 'related' } as const }));
    },
    isNamedByAll(url) {
      const { filename, references } = requirement;
      const isTold = places().some((file) => file.url === url && file.kind === 'workflow');
      return !isTold || references.every(({ workflowPath }) => files.isToldBy(workflowPath, { name: filename, url }));
    },
  };
}

/** Other known names that resemble the wanted one, best first. */
function nearestNames(filename: string, files: KnownFiles): string[] {
  const likeness = makeSimilarity(filename);
  const scored = files.search(filename.replace(/\.\w+$/, ''), MOST_NAMES).map((name) => ({ name, score: likeness(name) }));
  const near = scored.filter(({ name, score }) => score >= LEAST_SIMILARITY && !isWantedName(filename, name));
  return near.toSorted((left, right) => right.score - left.score).map(({ name }) => name);
}

interface AskedPlace {
  file: TaughtFile;
  answer: SourceAnswer;
}

async function askAll(files: readonly TaughtFile[], ports: PlacePorts): Promise<AskedPlace[]> {
  return Promise.all(files.slice(0, MOST_PLACES).map(async (file) => ({ file, answer: await ask(file, ports) })));
}

/** A person is shown what a hub has said before: nothing is decided by it, so that nobody is asked again. */
async function showSimilar(file: TaughtFile, ports: PlacePorts): Promise<SourceAnswer> {
  const offer = file.kind === 'hub' ? ports.describeLink(file) : null;
  return offer ? { kind: 'found', offers: [offer], unchecked: null } : ask(file, ports);
}

/** Where nobody can be asked, a hub's own earlier word has to do. */
async function ask(file: TaughtFile, ports: PlacePorts): Promise<SourceAnswer> {
  const answer = await ports.checkLink(file.url);
  if (answer.kind !== 'failed' || answer.unchecked.code !== 'offline') return answer;
  const offer = ports.describeLink(file);
  if (!offer) return answer;
  if (file.kind === 'hub') return { kind: 'found', offers: [offer], unchecked: null };
  return { kind: 'related', offers: [offer], reason: 'nobody could be asked whether it is there', unchecked: answer.unchecked };
}

/** What the makers of the loaders have for them stands before what others have: only where they have nothing are the others asked. */
function preferHome(files: readonly TaughtFile[], requirement: Requirement): readonly TaughtFile[] {
  const home = new Set(homeAccounts(requirement).map((account) => account.toLowerCase()));
  const own = files.filter(({ url }) => {
    const { pathname } = new URL(url);
    return home.has(pathname.split('/')[1]?.toLowerCase() ?? '') && isInPlace(requirement, { directories: foldersOfPath(pathname) });
  });
  return own.length > 0 ? own : files;
}

/** Each place once, with what the hub itself says of it before what workflows say. */
function distinctPlaces(files: readonly TaughtFile[]): TaughtFile[] {
  const places = new Map<string, TaughtFile>();
  for (const file of files) {
    const known = places.get(file.url);
    if (!known) places.set(file.url, file);
    else if (known.kind === file.kind) {
      places.set(file.url, { ...known, sha256: known.sha256 ?? file.sha256, sizeBytes: known.sizeBytes ?? file.sizeBytes });
    }
  }
  return [...places.values()];
}
