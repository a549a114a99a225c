import { folderOfLink, placeOfLink } from '../core/link-place.ts';
import { looksLikeModelFile, modelStem } from './model-name.ts';
import type { NamedSource } from './source-links.ts';

/** Where one node of a workflow names a file. */
export interface NamedPlace {
  /** By `nodeKey`. */
  node: string;
  /** Base name in lower case. */
  name: string;
  /** Lower-case, `''` for none. */
  subfolder: string;
  directory: string | null;
}

/** What a workflow says of where one of its names can be had. */
export interface FittingSources {
  sources: readonly NamedSource[];
  /** The file's sha256, `null` when nothing that is said for this place tells it, or two things do. */
  sha256: string | null;
  /** Every sha256 that is told for this place, each once. */
  hashes: readonly string[];
  /** Whether the node itself says it. */
  isOwn: boolean;
}

/**
 * The sources of one workflow. Several nodes may need different files of one base name (`diffusion_pytorch_model.safetensors`): what a node
 * says of its own file is for that node, and for others only where it cannot be about another file.
 */
export class SourceShelf {
  readonly #sources: readonly NamedSource[];
  readonly #listPlaces: () => readonly NamedPlace[];
  #byName: ReadonlyMap<string, readonly NamedSource[]> | undefined;
  #byStem: ReadonlyMap<string, readonly NamedSource[]> | undefined;
  #siblings: ReadonlyMap<string, Siblings> | undefined;

  /** `listPlaces` is asked once it matters what else the workflow names: all places of the workflow, with their folders. */
  constructor(sources: readonly NamedSource[], listPlaces: () => readonly NamedPlace[]) {
    this.#sources = sources;
    this.#listPlaces = listPlaces;
  }

  /** The folder that the entries of a name tell: the node's own before those of others. `null` when none does. */
  directoryOf({ node, name }: Pick<NamedPlace, 'node' | 'name'>): { own: string | null; any: string | null } {
    const told = this.#named(name).filter(({ directory }) => directory !== null);
    const own = told.find((source) => source.node === node)?.directory ?? null;
    return { own, any: own ?? told[0]?.directory ?? null };
  }

  /** What is said for this place, in the order of the file. */
  for(place: NamedPlace): FittingSources {
    const all = fewFor(place, this.#sourcesOf(place));
    const [first] = all;
    if (first === undefined) return NOTHING_SAID;
    return all.length === 1 ? this.#forOnly(first, place) : this.#forSeveral(all, place);
  }

  /** Whoever names an embedding or a LoRA without its ending means the file of that stem. */
  #sourcesOf({ name, directory }: NamedPlace): readonly NamedSource[] {
    const named = this.#named(name);
    if (named.length > 0 || (directory !== 'embeddings' && directory !== 'loras')) return named;
    if (this.#sources.length > MANY) {
      this.#byStem ??= Map.groupBy(this.#sources, stemOf);
      return looksLikeModelFile(name) ? NO_SOURCES : (this.#byStem.get(name) ?? NO_SOURCES);
    }
    let found: NamedSource[] | undefined;
    for (const source of this.#sources) if (source.name.startsWith(name) && stemOf(source) === name) (found ??= []).push(source);
    return found === undefined || looksLikeModelFile(name) ? NO_SOURCES : found;
  }

  #named(name: string): readonly NamedSource[] {
    if (this.#sources.length === 0) return NO_SOURCES;
    this.#byName ??= groupByName(this.#sources);
    return this.#byName.get(name) ?? NO_SOURCES;
  }

  #forSeveral(all: readonly NamedSource[], place: NamedPlace): FittingSources {
    const own = all.filter(({ node }) => node === place.node);
    const listed = own.length > 0 ? own.filter((source) => agrees(source, place)) : all.filter((source) => this.#isLent(source, place));
    const entries = preferFolder(listed, place);
    const said = this.#saidToAll(all, entries, place);
    const telling = own.length > 0 ? said.filter((source) => isAmong(source, entries)) : said;
    const hashes = hashesOf([...entries, ...telling]);
    const sources = all.filter((source) => entries.includes(source) || said.includes(source));
    return { sources, sha256: hashes.length === 1 ? (hashes[0] ?? null) : null, hashes, isOwn: own.length > 0 };
  }

  /** Most names have one entry or one link, and it is the node's own or everybody's. */
  #forOnly(source: NamedSource, place: NamedPlace): FittingSources {
    const isOwn = source.node !== null && source.node === place.node;
    const serves = isOwn ? agrees(source, place) : source.node === null ? this.#isOpen(source, place) : this.#isLent(source, place);
    if (!serves) return isOwn ? { ...NOTHING_SAID, isOwn } : NOTHING_SAID;
    const { sha256 } = source;
    return { sources: [source], sha256, hashes: sha256 === null ? NO_HASHES : [sha256], isOwn };
  }

  /** What is said to the whole workflow may be about this place. */
  #isOpen(source: NamedSource, place: NamedPlace): boolean {
    return agrees(source, place) && !this.#leadsToSibling(source, place);
  }

  /** Another node's entry serves where that node needs the file at the same place, or does not need it itself. */
  #isLent(source: NamedSource, place: NamedPlace): boolean {
    if (source.node === null || !this.#isOpen(source, place)) return false;
    const owners = this.#siblingsOf(place)?.ofNode(source.node) ?? [];
    return owners.length === 0 || owners.some((owner) => owner.subfolder === place.subfolder && mayBeOne(owner.directory, place.directory));
  }

  /** Notes and the workflow's own list, without the links that are another node's. */
  #saidToAll(all: readonly NamedSource[], entries: readonly NamedSource[], place: NamedPlace): readonly NamedSource[] {
    const others = all.filter((source) => source.node !== null && !entries.includes(source));
    const open = all.filter((source) => {
      if (source.node !== null || !this.#isOpen(source, place)) return false;
      return isAmong(source, entries) || !isAmong(source, others);
    });
    return preferFolder(preferDirectory(open), place);
  }

  /** Whether the folders of the link are what another name of the workflow has before it, and not what this one has. */
  #leadsToSibling({ url }: NamedSource, place: NamedPlace): boolean {
    if (url === null || liesIn(url.url, place.subfolder)) return false;
    return this.#siblingsOf(place)?.haveFolderOf(url.url, place.subfolder) === true;
  }

  #siblingsOf({ name }: NamedPlace): Siblings | undefined {
    this.#siblings ??= groupSiblings(this.#listPlaces());
    return this.#siblings.get(name);
  }
}

/** More sources, or places of one name, than most workflows have: what is asked of them is then looked up, and not searched for. */
const MANY = 64;

/** `''` for what is no model file. */
function stemOf({ name }: NamedSource): string {
  return looksLikeModelFile(name) ? modelStem(name) : '';
}

/** All places of one name. */
class Siblings {
  readonly places: NamedPlace[] = [];
  #byNode: ReadonlyMap<string, readonly NamedPlace[]> | undefined;
  #subfolders: ReadonlySet<string> | undefined;

  ofNode(node: string): readonly NamedPlace[] {
    if (this.places.length <= MANY) return this.places.filter((place) => place.node === node);
    this.#byNode ??= Map.groupBy(this.places, (place) => place.node);
    return this.#byNode.get(node) ?? [];
  }

  /** Whether the folders of a link end in what one of them has before its name, `except` apart. */
  haveFolderOf(url: string, except: string): boolean {
    if (this.places.length <= MANY) return this.places.some(({ subfolder }) => subfolder !== except && liesIn(url, subfolder));
    const subfolders = (this.#subfolders ??= new Set(this.places.map(({ subfolder }) => subfolder)));
    return endingsOf(folderOfLink(url)).some((ending) => ending !== except && subfolders.has(ending));
  }
}

function groupSiblings(places: readonly NamedPlace[]): ReadonlyMap<string, Siblings> {
  const groups = new Map<string, Siblings>();
  for (const place of places) {
    const { name } = place;
    const group = groups.get(name) ?? new Siblings();
    if (group.places.push(place) === 1) groups.set(name, group);
  }
  return groups;
}

/** No name has more before it that a file may have. */
const LONGEST_FOLDER = 300;

/** The last folder of a path, the last two, and so on. */
function endingsOf(path: string): string[] {
  const endings: string[] = [];
  for (let slash = path.lastIndexOf('/'); slash >= 0 && path.length - slash <= LONGEST_FOLDER; slash = path.lastIndexOf('/', slash - 1)) {
    if (slash < path.length - 1) endings.push(path.slice(slash + 1));
    if (slash === 0) break;
  }
  return endings;
}

/** Sources that others say of one name: each is compared with each. A person's workflow has fewer, or says the same again. */
const MOST_OF_OTHERS = 64;

/** What the node itself says is never left out. */
function fewFor({ node }: NamedPlace, all: readonly NamedSource[]): readonly NamedSource[] {
  if (all.length <= MOST_OF_OTHERS) return all;
  let others = 0;
  return all.filter((source) => source.node === node || others++ < MOST_OF_OTHERS);
}

/** As `Map.groupBy`, and quicker for the few that one workflow has. */
function groupByName(entries: readonly NamedSource[]): ReadonlyMap<string, readonly NamedSource[]> {
  const groups = new Map<string, NamedSource[]>();
  for (const entry of entries) {
    const { name } = entry;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [entry]);
    else group.push(entry);
  }
  return groups;
}

const NO_HASHES: readonly string[] = [];
const NOTHING_SAID: FittingSources = { sources: [], sha256: null, hashes: NO_HASHES, isOwn: false };

const NO_SOURCES: readonly NamedSource[] = [];

/**
 * The sha256 that counts for all who need the file: the only one there is, unless a node without one has a link of its own elsewhere. `null`
 * when there is none, or two.
 */
export function settleHash(said: readonly FittingSources[]): string | null {
  const told = said.filter(({ sha256 }) => sha256 !== null);
  const [first] = told;
  if (first === undefined || told.some(({ sha256 }) => sha256 !== first.sha256)) return null;
  const places = new Set(told.flatMap(placesOf));
  const elsewhere = said.filter((one) => one.isOwn && one.sha256 === null && !placesOf(one).some((place) => places.has(place)));
  return elsewhere.some((one) => placesOf(one).length > 0) ? null : first.sha256;
}

/** How many of those before are looked at: few different things are said of one file. */
const COMPARED = 8;

/** Adds what is said, unless it was just said: many workflows say the same, and once is enough for `settleHash` and `namedHashes`. */
export function addSaid(all: FittingSources[], said: FittingSources): void {
  for (let i = all.length - 1; i >= 0 && i >= all.length - COMPARED; i--) if (isSame(all[i], said)) return;
  all.push(said);
}

/** Of several sources it is not looked at closely. */
function isSame(a: FittingSources | undefined, b: FittingSources): boolean {
  if (a === undefined || a.sources.length !== 1 || b.sources.length !== 1 || a.isOwn !== b.isOwn || a.sha256 !== b.sha256) return false;
  return a.hashes.length === b.hashes.length && a.sources[0]?.url?.url === b.sources[0]?.url?.url;
}

/** Every sha256 that is named, each once, sorted. */
export function namedHashes(said: readonly FittingSources[]): string[] {
  const named = new Set<string>();
  for (const { hashes } of said) for (const hash of hashes) named.add(hash);
  return named.size === 0 ? [] : [...named].sort();
}

function placesOf({ sources }: FittingSources): string[] {
  return sources.flatMap(({ url }) => (url === null ? [] : [placeOfLink(url.url)]));
}

/** Each once. */
function hashesOf(sources: readonly NamedSource[]): string[] {
  const hashes: string[] = [];
  for (const { sha256 } of sources) if (sha256 !== null && !hashes.includes(sha256)) hashes.push(sha256);
  return hashes;
}

function agrees(source: NamedSource, place: NamedPlace): boolean {
  if (!mayBeOne(source.directory, place.directory)) return false;
  return source.subfolder === '' || place.subfolder === '' || source.subfolder === place.subfolder;
}

/** A folder, or one below it, or nobody knows. */
function mayBeOne(left: string | null, right: string | null): boolean {
  if (left === null || right === null || left === right) return true;
  return left.startsWith(`${right}/`) || right.startsWith(`${left}/`);
}

/** Entries for the place's own folder before those of the same kind that name none. */
function preferDirectory(sources: readonly NamedSource[]): readonly NamedSource[] {
  if (sources.length < 2) return sources;
  const told = new Set(sources.flatMap(({ directory, url }) => (directory === null ? [] : (url?.from ?? []))));
  return sources.filter(({ directory, url }) => directory !== null || url === null || !told.has(url.from));
}

/** Entries that have what stands before the name, in their own name or in their link's folders, where there are any. */
function preferFolder(sources: readonly NamedSource[], { subfolder }: NamedPlace): readonly NamedSource[] {
  if (subfolder === '' || sources.length < 2) return sources;
  const telling = sources.filter((source) => source.subfolder === subfolder || (source.url !== null && liesIn(source.url.url, subfolder)));
  return telling.length > 0 ? telling : sources;
}

function liesIn(url: string, subfolder: string): boolean {
  return subfolder !== '' && folderOfLink(url).endsWith(`/${subfolder}`);
}

function isAmong({ url }: NamedSource, sources: readonly NamedSource[]): boolean {
  return url !== null && sources.some((source) => source.url?.url === url.url);
}
