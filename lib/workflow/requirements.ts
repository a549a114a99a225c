import { type PartName, parsePartName } from '../core/model-file/part-name.ts';
import type { Reference, Requirement } from '../core/model.ts';
import { expectedType } from './expected-type.ts';
import type { Finding, WorkflowReading } from './finding.ts';
import { addSaid, type FittingSources, type NamedPlace, namedHashes, settleHash, SourceShelf } from './fitting-sources.ts';
import { looksLikeModelFile, modelStem } from './model-name.ts';
import { mergeUrls, UrlCollection } from './named-urls.ts';
import { nodeKey } from './source-links.ts';
import { takeApart, type WrittenName } from './written-names.ts';

/** One workflow file that was read. */
export interface ReadWorkflow {
  /** Path inside its workflow directory, `/` as separator. */
  workflow: string;
  /** Absolute. */
  path: string;
  reading: WorkflowReading;
}

/** A name in a workflow that is refused: no file can safely be placed under it. */
export interface RefusedName {
  workflow: string;
  path: string;
  nodeType: string;
  nodeId: number | string;
  written: string;
  reason: string;
}

/** What all workflows together need. */
export interface CollectedRequirements {
  /** Unique by directory, subfolder and filename, and sorted so. The state is `missing` or `self_download` until somebody looks at the disk. */
  requirements: Requirement[];
  refused: RefusedName[];
  /**
   * What stands in slots that their nodes have switched off: nothing loads it, and ComfyUI checks the choice all the same. None where
   * switched-off names count as references.
   */
  idle: Requirement[];
}

/** Joins what the workflows name into requirements, each with all its references and with the URLs and hashes that its own workflows give. */
export function collectRequirements(workflows: readonly ReadWorkflow[], options: { includeDisabled: boolean }): CollectedRequirements {
  const collection = new RequirementCollection(options);
  for (const workflow of workflows) collection.add(workflow);
  return collection.finish();
}

/** A finding with its name taken apart, and where it stands. */
class Named implements NamedPlace {
  readonly finding: Finding;
  readonly known: KnownName;
  directory: string | null;
  /** Folders that would do as well, where nothing tells which of them it is. */
  choices: readonly string[] | undefined;

  constructor(finding: Finding, known: KnownName) {
    this.finding = finding;
    this.known = known;
    this.directory = finding.directory;
    this.choices = undefined;
  }

  get node(): string {
    return nodeKey(this.finding);
  }

  get name(): string {
    return this.known.written.filenameKey;
  }

  get subfolder(): string {
    return this.known.written.subfolderKey;
  }
}

/** More than any workflow of a person needs: a file from elsewhere must not fill the memory. */
const MOST_UNNAMED_PARTS = 2000;

/** What a file is told apart by that lies where a name leads: the named one, or one beside it. */
function keyOf({ directory, known }: Named, filename: string): string {
  return needKey(directory, known.written.file.subfolder, filename);
}

function needKey(directory: string | null, subfolder: string, filename: string): string {
  return `${directory ?? ''}\0${subfolder}\0${filename}`;
}

/** A name as it is written, taken apart once: the same stand in many workflows, and mostly for the same folder. */
interface KnownName {
  written: WrittenName;
  /** Which part of a split model it is; absent for a file by itself. */
  part: PartName | undefined;
  /** What it was needed as the last time. */
  last: Need | undefined;
}

/** A requirement that is being put together. */
interface Need {
  requirement: Requirement;
  /** Those of the requirement. */
  references: Reference[];
  urls: UrlCollection;
  /** Any node expects the file in place: one that only self-downloading nodes name is theirs to fetch. */
  isExpected: boolean;
  /** What the nodes that name it say of it. */
  said: FittingSources[];
  /** Folders that would do as well for all who name it; `undefined` where one of them tells the folder. */
  choices: readonly string[] | undefined;
}

/** As `collectRequirements`, from workflows that come one after the other. */
export class RequirementCollection {
  readonly #includeDisabled: boolean;
  readonly #needs = new Map<string, Need>();
  readonly #refused: RefusedName[] = [];
  readonly #idle = new Map<string, Requirement>();
  readonly #names = new Map<string, KnownName>();

  constructor(options: { includeDisabled: boolean }) {
    this.#includeDisabled = options.includeDisabled;
  }

  add(workflow: ReadWorkflow): void {
    const named: Named[] = [];
    let hasParts = false;
    for (const finding of workflow.reading.findings) {
      if (!finding.active && !this.#includeDisabled) {
        if (finding.idle) this.#addIdle(workflow, finding);
        continue;
      }
      const entry = this.#name(workflow, finding);
      if (entry === undefined) continue;
      named.push(entry);
      hasParts ||= entry.known.part !== undefined;
    }
    const shelf = new SourceShelf(workflow.reading.sources, () => named);
    settleFolders(named, shelf);
    if (hasParts) named.push(...this.#unnamedParts(named));
    for (const entry of named) this.#put(workflow, entry, shelf);
  }

  finish(): CollectedRequirements {
    for (const need of this.#needs.values()) if (need.choices !== undefined) this.#settleChoice(need, need.choices);
    const requirements: Requirement[] = [];
    for (const { requirement, isExpected, said } of this.#needs.values()) {
      requirement.sha256 = settleHash(said);
      const rivals = requirement.sha256 === null ? namedHashes(said) : [];
      if (rivals.length > 0) requirement.rivalSha256s = rivals;
      if (!isExpected) requirement.state = 'self_download';
      requirements.push(requirement);
    }
    return { requirements: mergeBareNames(requirements).sort(compare), refused: this.#refused, idle: [...this.#idle.values()] };
  }

  #addIdle(workflow: ReadWorkflow, finding: Finding): void {
    const { file, problem, shown } = this.#nameOf(finding.written).written;
    if (problem !== null || finding.selfDownload) return;
    const { directory } = finding;
    const reference = toReference(workflow, finding, { written: shown, before: undefined });
    const key = needKey(directory, file.subfolder, file.filename);
    const idle = this.#idle.get(key) ?? newRequirement({ ...file, directory }, reference, []);
    idle.references.push(reference);
    this.#idle.set(key, idle);
  }

  /** What one workflow leaves open another may tell: a file that is needed in one of the folders anyway serves both. */
  #settleChoice(open: Need, choices: readonly string[]): void {
    const { directory, subfolder, filename } = open.requirement;
    const found = choices.flatMap((choice) => this.#needs.get(needKey(choice, subfolder, filename)) ?? []);
    const others = found.filter((need) => need.choices === undefined);
    const [other] = others;
    if (other === undefined || others.length > 1) return;
    for (const reference of open.references) other.references.push(reference); // there may be more than a call takes
    mergeUrls(other.urls.urls, open.urls.urls);
    for (const said of open.said) other.said.push(said);
    other.isExpected ||= open.isExpected;
    this.#needs.delete(needKey(directory, subfolder, filename));
  }

  #name({ workflow, path }: ReadWorkflow, finding: Finding): Named | undefined {
    const known = this.#nameOf(finding.written);
    const { problem } = known.written;
    if (problem !== null) {
      const { nodeType, nodeId } = finding;
      this.#refused.push({ workflow, path, nodeType, nodeId, written: known.written.shown, reason: problem });
      return undefined;
    }
    return new Named(finding, known);
  }

  #nameOf(name: string): KnownName {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const written = takeApart(name);
    const made = { written, part: parsePartName(written.file.filename), last: undefined };
    this.#names.set(name, made);
    return made;
  }

  /** The parts of split models that a workflow needs with those that it names; each has the sources of its own name only. */
  #unnamedParts(named: readonly Named[]): Named[] {
    const taken = new Set(named.map((entry) => keyOf(entry, entry.known.written.file.filename)));
    const parts: Named[] = [];
    for (const entry of named) {
      const { part } = entry.known;
      if (part === undefined || entry.finding.selfDownload || taken.has(keyOf(entry, part.nameOf(0)))) continue;
      for (let other = 0; other <= part.total && parts.length < MOST_UNNAMED_PARTS; other++) {
        const [filename, key] = [part.nameOf(other), keyOf(entry, part.nameOf(other))];
        if (other > 0 && !taken.has(key)) parts.push(this.#partBeside(entry, filename));
        taken.add(key);
      }
    }
    return parts;
  }

  #partBeside({ finding, known, directory, choices }: Named, filename: string): Named {
    const { subfolder } = known.written.file;
    const written = subfolder === '' ? filename : `${subfolder}/${filename}`;
    const part = new Named({ ...finding, written, input: null, from: 'implicit', directory }, this.#nameOf(written));
    part.choices = choices;
    return part;
  }

  #put(workflow: ReadWorkflow, entry: Named, shelf: SourceShelf): void {
    const { finding, known } = entry;
    const { written } = known;
    const reference = toReference(workflow, finding, { written: written.shown, before: lastOf(known.last?.references) });
    const need = this.#needOf(entry, reference);
    const { references, urls } = need;
    if (need.choices !== undefined && references.length > 0) need.choices = entry.choices && shared(need.choices, entry.choices);
    references.push(reference);
    need.isExpected ||= !finding.selfDownload;
    if (written.url !== null) urls.add(written.url, workflow, entry.node);
    const said = shelf.for(entry);
    if (said.sources.length === 0) return;
    for (const { url, node } of said.sources) if (url !== null) urls.add(url, workflow, node);
    addSaid(need.said, said);
  }

  #needOf(entry: Named, first: Reference): Need {
    const { known, directory } = entry;
    if (known.last !== undefined && known.last.requirement.directory === directory) return known.last;
    const { filename, subfolder } = known.written.file;
    const key = keyOf(entry, filename);
    const need = this.#needs.get(key) ?? newNeed({ filename, subfolder, directory }, first, entry.choices);
    this.#needs.set(key, need);
    known.last = need;
    return need;
  }
}

function newNeed(file: Pick<Requirement, 'filename' | 'subfolder' | 'directory'>, first: Reference, choices: Need['choices']): Need {
  const urls = new UrlCollection();
  const requirement = newRequirement(file, first, urls.urls);
  return { requirement, references: requirement.references, urls, isExpected: false, said: [], choices };
}

function newRequirement(
  file: Pick<Requirement, 'filename' | 'subfolder' | 'directory'>,
  first: Reference,
  urls: Requirement['urls'],
): Requirement {
  const { workflow, nodeType, nodeId } = first;
  return {
    ...file,
    expectedType: expectedType(file.directory),
    state: 'missing',
    foundAt: null,
    damage: null,
    sha256: null,
    urls,
    workflow,
    nodeType,
    nodeId,
    references: [],
  };
}

/**
 * Texts that the reference before has too are shared with it: most references to a file differ in nothing but their workflow and node, and
 * texts that are one are compared in no time.
 */
function toReference(workflow: ReadWorkflow, finding: Finding, known: { written: string; before: Reference | undefined }): Reference {
  const { nodeId, subgraph, from, active } = finding;
  const { written, before } = known;
  const nodeType = before?.nodeType === finding.nodeType ? before.nodeType : finding.nodeType;
  const input = before?.input === finding.input ? before.input : finding.input;
  return { workflow: workflow.workflow, workflowPath: workflow.path, nodeType, nodeId, subgraph, input, written, from, active };
}

function shared(left: readonly string[], right: readonly string[]): readonly string[] {
  return left.filter((entry) => right.includes(entry));
}

function lastOf<T>(list: readonly T[] | undefined): T | undefined {
  return list === undefined ? undefined : list[list.length - 1];
}

/**
 * Where a node tells no folder for sure, or several: what its own `models` entry says, then the folder that another node of the file has for the name,
 * then what any entry says.
 */
function settleFolders(named: readonly Named[], shelf: SourceShelf): void {
  let known: ReadonlyMap<string, string> | undefined;
  for (const entry of named) {
    const { directory: usual, guessed, selfDownload, alternatives } = entry.finding;
    if ((!guessed && alternatives === undefined) || selfDownload) continue;
    known ??= knownFolders(named);
    const listed = shelf.directoryOf(entry);
    const told = [listed.own, known.get(entry.name), listed.any].filter((directory) => typeof directory === 'string');
    const settled = told.find((directory) => guessed || directory === usual || alternatives?.includes(directory));
    entry.directory = settled ?? usual;
    if (settled === undefined) entry.choices = alternatives;
  }
}

/** Folders that a declaration or the table tells, by the base name of what was found there. */
function knownFolders(named: readonly Named[]): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const { finding, name } of named) {
    if (finding.directory !== null && !finding.guessed && finding.alternatives === undefined) folders.set(name, finding.directory);
  }
  return folders;
}

/** A prompt names an embedding or a LoRA without its ending: where the same file is also named in full, both are one. */
function mergeBareNames(requirements: readonly Requirement[]): Requirement[] {
  const bare = new Set(requirements.filter(({ references }) => references.every(({ from }) => from === 'prompt')));
  if (bare.size === 0) return [...requirements];
  const directories = new Set([...bare].map(({ directory }) => directory));
  const full = new Map<string, Requirement>();
  for (const entry of requirements) {
    if (directories.has(entry.directory) && looksLikeModelFile(entry.filename)) full.set(stemKey(entry), entry);
  }
  return requirements.filter((entry) => {
    const whole = bare.has(entry) ? full.get(stemKey(entry)) : undefined;
    if (whole === undefined || whole === entry) return true;
    for (const reference of entry.references) whole.references.push(reference);
    mergeUrls(whole.urls, entry.urls);
    return false;
  });
}

function stemKey(requirement: Requirement): string {
  return `${requirement.directory}\0${requirement.subfolder}\0${modelStem(requirement.filename)}`;
}

function compare(a: Requirement, b: Requirement): number {
  return compareText(a.directory ?? '', b.directory ?? '') || compareText(a.subfolder, b.subfolder) || compareText(a.filename, b.filename);
}

/** By code units: the same order on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
