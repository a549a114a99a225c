import { isModelFileName } from '../core/model-file/names.ts';

/** A file or a folder under one of the model roots. */
export interface LibraryFile {
  /** Absolute path of the root. */
  readonly root: string;
  /** Relative to the root, `/` as separator. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** A folder or link that could not be read; the others go on. */
export interface WalkProblem {
  path: string;
  code: string;
  reason: string;
}

/** What lies under one root. */
export interface RootListing {
  /** In the order of the walk, names relative to the root with `/`. */
  files: LibraryFile[];
  folders: LibraryFile[];
  problems: WalkProblem[];
  /** `true` when the file system takes `A` and `a` for one name. */
  ignoresCase: boolean;
}

/** A file, and the folder key under which ComfyUI offers it. */
export interface LibraryHit {
  readonly directory: string;
  readonly file: LibraryFile;
}

/** Everything that lies in the model folders, by the names that ComfyUI has for it. */
export class LibraryIndex {
  readonly problems: readonly WalkProblem[];
  /** Distinct model files on disk: one that several keys share counts once. */
  readonly modelCount: number;
  readonly #directories: ReadonlyMap<string, readonly RootListing[]>;
  readonly #names = new Map<RootListing, Map<string, LibraryFile>>();
  readonly #folderNames = new Map<RootListing, Map<string, LibraryFile>>();
  #byBaseName: Map<string, LibraryHit[]> | undefined;

  private constructor(directories: ReadonlyMap<string, readonly RootListing[]>, listings: readonly RootListing[]) {
    this.#directories = directories;
    this.problems = listings.flatMap((listing) => listing.problems);
    this.modelCount = countModels(listings);
  }

  /** Joins the walked roots to the folder keys that they belong to. */
  static build(
    folders: ReadonlyMap<string, { readonly roots: readonly string[] }>,
    walked: ReadonlyMap<string, RootListing>,
  ): LibraryIndex {
    const directories = new Map<string, RootListing[]>();
    for (const [directory, { roots }] of folders) {
      directories.set(
        directory,
        roots.map((root) => walked.get(root)).filter((listing) => listing !== undefined),
      );
    }
    return new LibraryIndex(directories, [...walked.values()]);
  }

  /**
   * The file that ComfyUI would load for a name in a folder key, `undefined` when there is none. `/` and `\` are the same here. A key of
   * the form `ultralytics/bbox` that nobody registered is looked up in its first part.
   */
  find(directory: string, name: string): LibraryFile | undefined {
    const wanted = normalizeName(name);
    for (const listing of this.#listings(directory)) {
      const found = this.#namesOf(listing).get(listing.ignoresCase ? wanted.toLowerCase() : wanted);
      if (found !== undefined) return found;
    }
    const slash = directory.indexOf('/');
    if (slash <= 0 || this.#directories.has(directory)) return undefined;
    return this.find(directory.slice(0, slash), `${directory.slice(slash + 1)}/${wanted}`);
  }

  /** The absolute path of a folder of that name in a folder key (a diffusers model, a quantized transformer), `undefined` when none. */
  findFolder(directory: string, name: string): string | undefined {
    const wanted = normalizeName(name);
    for (const listing of this.#listings(directory)) {
      const found = this.#folderNamesOf(listing).get(listing.ignoresCase ? wanted.toLowerCase() : wanted);
      if (found !== undefined) return found.path;
    }
    return undefined;
  }

  /** Every file with that base name in any letters, under whatever key, in the order of the keys. */
  findByBaseName(baseName: string): readonly LibraryHit[] {
    this.#byBaseName ??= indexBaseNames(this.#directories);
    return this.#byBaseName.get(baseName.toLowerCase()) ?? [];
  }

  /** Every file of a folder key, in ComfyUI's order. */
  *filesIn(directory: string): IterableIterator<LibraryFile> {
    for (const listing of this.#listings(directory)) yield* listing.files;
  }

  /** The folder keys that have at least one root. */
  get directories(): readonly string[] {
    return [...this.#directories.keys()];
  }

  #listings(directory: string): readonly RootListing[] {
    return this.#directories.get(directory) ?? [];
  }

  #namesOf(listing: RootListing): ReadonlyMap<string, LibraryFile> {
    return remember(this.#names, listing, listing.files);
  }

  #folderNamesOf(listing: RootListing): ReadonlyMap<string, LibraryFile> {
    return remember(this.#folderNames, listing, listing.folders);
  }
}

type NameIndex = Map<RootListing, Map<string, LibraryFile>>;

/** Entries of a listing by name, indexed when they are first asked for: most roots are never asked. */
function remember(indexes: NameIndex, listing: RootListing, entries: readonly LibraryFile[]): Map<string, LibraryFile> {
  const known = indexes.get(listing);
  if (known !== undefined) return known;
  const names = new Map(entries.map((entry) => [listing.ignoresCase ? entry.name.toLowerCase() : entry.name, entry]));
  indexes.set(listing, names);
  return names;
}

/** A relative name with `/` alone, without empty parts. */
export function normalizeName(name: string): string {
  if (!name.includes('\\') && !name.startsWith('/') && !name.includes('//')) return name;
  return name
    .replaceAll('\\', '/')
    .replace(/^\/+/, '')
    .replaceAll(/\/{2,}/g, '/');
}

function countModels(listings: readonly RootListing[]): number {
  const paths = new Set<string>();
  for (const listing of listings) {
    for (const file of listing.files) if (isModelFileName(file.name)) paths.add(file.path);
  }
  return paths.size;
}

function indexBaseNames(directories: ReadonlyMap<string, readonly RootListing[]>): Map<string, LibraryHit[]> {
  const index = new Map<string, LibraryHit[]>();
  for (const [directory, listings] of directories) {
    for (const file of listings.flatMap((listing) => listing.files)) {
      const key = file.name.slice(file.name.lastIndexOf('/') + 1).toLowerCase();
      const hits = index.get(key);
      if (hits === undefined) index.set(key, [{ directory, file }]);
      else hits.push({ directory, file });
    }
  }
  return index;
}
