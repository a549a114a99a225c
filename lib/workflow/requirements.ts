import { nameByIds, pageOfIds, readAir, readCivitaiAddress } from '../core/civitai-reference.ts';
import { type Reference, type Requirement, type SourceUrl, URL_ORIGINS, type UrlNaming } from '../core/model.ts';
import { isAddress, shownAddress, withoutKeys } from './address.ts';
import { expectedType } from './expected-type.ts';
import type { Finding, WorkflowReading } from './finding.ts';
import { type FittingSources, type NamedPlace, namedHashes, settleHash, SourceShelf } from './fitting-sources.ts';
import { fileNameOfUrl, looksLikeModelFile, modelStem, parseModelName } from './model-name.ts';
import { nodeKey } from './source-links.ts';

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
}

/** Joins what the workflows name into requirements, each with all its references and with the URLs and hashes that its own workflows give. */
export function collectRequirements(workflows: readonly ReadWorkflow[], options: { includeDisabled: boolean }): CollectedRequirements {
  const collection = new Collection();
  for (const workflow of workflows) collection.add(workflow, options.includeDisabled);
  return collection.finish();
}

/** A finding with its name taken apart. */
interface Named {
  finding: Finding;
  filename: string;
  subfolder: string;
  directory: string | null;
  url: SourceUrl | null;
}

class Collection {
  readonly #requirements = new Map<string, Requirement>();
  /** Keys that any node expects in place: one that only self-downloading nodes name is theirs to fetch. */
  readonly #expected = new Set<string>();
  /** What the nodes that name a key say of it. */
  readonly #said = new Map<string, FittingSources[]>();
  readonly #refused: RefusedName[] = [];
  /** By the name as written: the same stand in many workflows. */
  readonly #parsed = new Map<string, ReturnType<typeof parseModelName>>();

  add(workflow: ReadWorkflow, includeDisabled: boolean): void {
    const { findings, sources } = workflow.reading;
    const used = findings.filter((finding) => finding.active || includeDisabled);
    const named = used.map((finding) => this.#name(workflow, finding)).filter((entry) => entry !== undefined);
    if (named.length === 0) return;
    const folders = knownFolders(named);
    const guesses = new SourceShelf(sources, []);
    const settled = named.map((entry) => settleFolder(entry, folders, guesses));
    const shelf = new SourceShelf(sources, settled.map(placeOf));
    for (const entry of settled) this.#put(workflow, entry, shelf);
  }

  finish(): CollectedRequirements {
    const requirements = [...this.#requirements].map(([key, requirement]): Requirement => {
      const said = this.#said.get(key) ?? [];
      const sha256 = settleHash(said);
      const rivals = sha256 === null ? namedHashes(said) : [];
      return {
        ...requirement,
        sha256,
        ...(rivals.length > 0 ? { rivalSha256s: rivals } : {}),
        state: this.#expected.has(key) ? requirement.state : 'self_download',
      };
    });
    return { requirements: mergeBareNames(requirements).sort(compare), refused: this.#refused };
  }

  #name(workflow: ReadWorkflow, finding: Finding): Named | undefined {
    const isUrl = isAddress(finding.written);
    const written = isUrl ? nameOfAddress(finding.written) : finding.written;
    const name = this.#parse(written);
    if ('problem' in name) {
      const { nodeType, nodeId } = finding;
      const reason = isUrl ? 'it is an address that names no file' : name.problem;
      this.#refused.push({
        workflow: workflow.workflow,
        path: workflow.path,
        nodeType,
        nodeId,
        written: withoutKeys(finding.written),
        reason,
      });
      return undefined;
    }
    return { finding, ...name, directory: finding.directory, url: linkOf(finding.written) };
  }

  #parse(written: string): ReturnType<typeof parseModelName> {
    const known = this.#parsed.get(written);
    if (known !== undefined) return known;
    const name = parseModelName(written);
    this.#parsed.set(written, name);
    return name;
  }

  #put(workflow: ReadWorkflow, entry: Named, shelf: SourceShelf): void {
    const key = `${entry.directory ?? ''}\0${entry.subfolder}\0${entry.filename}`;
    const reference = toReference(workflow, entry.finding);
    const requirement = this.#requirements.get(key) ?? newRequirement(entry, reference);
    this.#requirements.set(key, requirement);
    requirement.references.push(reference);
    if (!entry.finding.selfDownload) this.#expected.add(key);
    const { path: workflowPath } = workflow;
    if (entry.url !== null) addUrl(requirement, { ...entry.url, namedBy: [{ workflowPath, node: nodeKey(entry.finding) }] });
    const said = shelf.for(placeOf(entry));
    for (const { url, node } of said.sources) if (url !== null) addUrl(requirement, { ...url, namedBy: [{ workflowPath, node }] });
    if (said.sources.length > 0) this.#remember(key, said);
  }

  #remember(key: string, said: FittingSources): void {
    const known = this.#said.get(key);
    if (known === undefined) this.#said.set(key, [said]);
    else known.push(said);
  }
}

/** The file name that an address ends in, or the ids of the place at Civitai that it leads to; `''` when it names neither. */
function nameOfAddress(address: string): string {
  const file = fileNameOfUrl(address);
  if (file !== undefined) return file;
  const ids = readCivitaiAddress(address);
  return ids === null ? '' : nameByIds(ids);
}

/** Where the written value itself leads: an address, or the page of a resource that it names by ids. */
function linkOf(written: string): SourceUrl | null {
  if (isAddress(written)) return { url: shownAddress(written), from: 'workflow' };
  const ids = readAir(written);
  return ids === null ? null : { url: pageOfIds(ids), from: 'workflow' };
}

function newRequirement(entry: Named, reference: Reference): Requirement {
  const { filename, subfolder, directory } = entry;
  const { workflow, nodeType, nodeId } = reference;
  return {
    filename,
    subfolder,
    directory,
    expectedType: expectedType(directory),
    state: 'missing',
    foundAt: null,
    damage: null,
    sha256: null,
    urls: [],
    workflow,
    nodeType,
    nodeId,
    references: [],
  };
}

function toReference(workflow: ReadWorkflow, finding: Finding): Reference {
  const { nodeType, nodeId, subgraph, input, from, active } = finding;
  const written = withoutKeys(finding.written);
  return { workflow: workflow.workflow, workflowPath: workflow.path, nodeType, nodeId, subgraph, input, written, from, active };
}

function placeOf({ finding, filename, subfolder, directory }: Named): NamedPlace {
  return { node: nodeKey(finding), name: filename.toLowerCase(), subfolder: subfolder.toLowerCase(), directory };
}

function addUrl(requirement: Requirement, url: SourceUrl): void {
  const known = requirement.urls.find((other) => other.url === url.url);
  if (known === undefined) return void requirement.urls.push(url);
  if (URL_ORIGINS.indexOf(url.from) < URL_ORIGINS.indexOf(known.from)) known.from = url.from;
  const isNew = (naming: UrlNaming) =>
    !known.namedBy?.some(({ workflowPath, node }) => workflowPath === naming.workflowPath && node === naming.node);
  known.namedBy = [...(known.namedBy ?? []), ...(url.namedBy ?? []).filter(isNew)];
}

/** Folders that a declaration or the table tells, by the base name of what was found there. */
function knownFolders(named: readonly Named[]): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const { finding, filename, directory } of named) {
    if (directory !== null && !finding.guessed) folders.set(filename.toLowerCase(), directory);
  }
  return folders;
}

/**
 * Where the node tells nothing for sure: what its own `models` entry says, then the folder that another node of the file has for the name,
 * then what any entry says.
 */
function settleFolder(entry: Named, folders: ReadonlyMap<string, string>, shelf: SourceShelf): Named {
  if (!entry.finding.guessed || entry.finding.selfDownload) return entry;
  const name = entry.filename.toLowerCase();
  const listed = shelf.directoryOf({ node: nodeKey(entry.finding), name });
  return { ...entry, directory: listed.own ?? folders.get(name) ?? listed.any ?? entry.directory };
}

/** A prompt names an embedding or a LoRA without its ending: where the same file is also named in full, both are one. */
function mergeBareNames(requirements: readonly Requirement[]): Requirement[] {
  const full = new Map(requirements.filter((entry) => looksLikeModelFile(entry.filename)).map((entry) => [stemKey(entry), entry]));
  return requirements.filter((entry) => {
    const whole = entry.references.every((reference) => reference.from === 'prompt') ? full.get(stemKey(entry)) : undefined;
    if (whole === undefined || whole === entry) return true;
    whole.references.push(...entry.references);
    for (const url of entry.urls) addUrl(whole, url);
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
