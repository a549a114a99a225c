import type { RunEvent } from '../core/events.ts';
import { extensionOf } from '../core/model-file/names.ts';
import type { Requirement } from '../core/model.ts';
import { patternsOf } from '../workflow/implicit-models.ts';
import { fileNameOfUrl, looksLikeModelFile, modelStem } from '../workflow/model-name.ts';
import { reasonForNoFolder } from '../workflow/no-folder.ts';
import type { ReadWorkflow, RefusedName } from '../workflow/requirements.ts';
import { nodeHome } from '../workflow/virtual-nodes.ts';
import type { NodeUse, ScanLibrary, Standing } from './scan-library.ts';

const JUDGED_AT_ONCE = 8;

/** What ComfyUI could not load now. A node that downloads for itself needs nothing of us. */
export function isMissing(requirement: Requirement): boolean {
  return requirement.state === 'missing' || requirement.state === 'misplaced' || requirement.state === 'damaged';
}

/** Says of each requirement where it stands on this machine. Rejects with the signal's reason when it aborts. */
export async function judgeAll(requirements: readonly Requirement[], library: ScanLibrary, signal: AbortSignal): Promise<Requirement[]> {
  signal.throwIfAborted();
  const judged: Requirement[] = [];
  const open: { place: number; requirement: Requirement }[] = [];
  for (const [place, requirement] of requirements.entries()) {
    if (isSurelyMissing(requirement, library)) judged[place] = withReason(requirement, library);
    else open.push({ place, requirement });
  }
  for (let start = 0; start < open.length; start += JUDGED_AT_ONCE) {
    signal.throwIfAborted();
    await Promise.all(
      open.slice(start, start + JUDGED_AT_ONCE).map(async ({ place, requirement }) => {
        judged[place] = await judgeOne(requirement, library);
      }),
    );
  }
  return judged;
}

/** As it was collected, and as it stays: nothing here has its name, nor one of those that are looked for in its place. */
function isSurelyMissing(requirement: Requirement, library: ScanLibrary): boolean {
  if (requirement.state !== 'missing' || !library.isAbsent(requirement)) return false;
  return patternsFor(requirement) === undefined && possibleEndings(requirement).length === 0;
}

/**
 * Endings that the file of a name without one may have: a tag in a prompt, and some packs' lists, name LoRAs so, and other nodes files whose
 * ending only the address tells.
 */
function possibleEndings({ directory, filename, urls }: Requirement): string[] {
  if (looksLikeModelFile(filename)) return [];
  const names = urls.flatMap(({ url }) => fileNameOfUrl(url) ?? []).filter((name) => modelStem(name) === modelStem(filename));
  return [...new Set([...(directory === 'loras' ? LORA_ENDINGS : []), ...names.map(extensionOf)])];
}

async function judgeOne(requirement: Requirement, library: ScanLibrary): Promise<Requirement> {
  return withReason(await judgeState(requirement, library), library);
}

function withReason(judged: Requirement, library: ScanLibrary): Requirement {
  const directoryReason = reasonForNoFolder(judged, library.declarations);
  return directoryReason === undefined ? judged : { ...judged, directoryReason };
}

/** What a node fetches for itself is its own affair, wherever it keeps it: it is only looked for where a folder is known. */
async function judgeState(requirement: Requirement, library: ScanLibrary): Promise<Requirement> {
  if (requirement.state !== 'self_download') return { ...requirement, ...(await judgeByName(requirement, library)) };
  const presence = requirement.directory === null ? null : await library.judge(requirement);
  return { ...requirement, ...(presence?.state === 'present' ? presence : library.markRefused(requirement)) };
}

/** Endings that LoRAs have. */
const LORA_ENDINGS = ['.safetensors', '.pt', '.ckpt'];

async function judgeByName(requirement: Requirement, library: ScanLibrary): Promise<Standing> {
  const asWritten = await library.judge(requirement);
  if (asWritten.state === 'present') return asWritten;
  const patterns = patternsFor(requirement);
  const alike = patterns && (await judgeByPattern(requirement, patterns, library));
  if (alike !== undefined) return alike;
  if (asWritten.state !== 'missing') return asWritten;
  for (const ending of possibleEndings(requirement)) {
    const found = await library.judge({ ...requirement, filename: requirement.filename + ending });
    if (found.state !== 'missing') return found;
  }
  return asWritten;
}

/** What the nodes go by that need a file which they do not name; `undefined` when some node wants the very name. */
function patternsFor(requirement: Requirement): readonly RegExp[] | undefined {
  return requirement.references.every(({ from }) => from === 'implicit') ? patternsOf(requirement) : undefined;
}

/** Whatever fits a pattern will do, a whole file before a damaged one. `undefined` when nothing fits. */
async function judgeByPattern(requirement: Requirement, patterns: readonly RegExp[], library: ScanLibrary): Promise<Standing | undefined> {
  const { directory } = requirement;
  if (directory === null) return undefined;
  let damaged: Standing | undefined;
  for (const name of patterns.flatMap((pattern) => library.namesLike(directory, pattern))) {
    const slash = name.lastIndexOf('/');
    const found = await library.judge({ ...requirement, subfolder: name.slice(0, Math.max(0, slash)), filename: name.slice(slash + 1) });
    if (found.state === 'present') return found;
    if (found.state === 'damaged') damaged ??= found;
  }
  return damaged;
}

/** Node types with their evidence, sorted. Types that live in the editor alone are left out. */
export function collectNodeUses(read: readonly ReadWorkflow[], includeDisabled: boolean): NodeUse[] {
  const collection = new NodeUseCollection({ includeDisabled });
  for (const workflow of read) collection.add(workflow);
  return collection.finish();
}

/** As `collectNodeUses`, from workflows that come one after the other. */
export class NodeUseCollection {
  readonly #includeDisabled: boolean;
  readonly #uses = new Map<string, Uses>();
  readonly #workflows = new Set<string>();
  #count = 0;

  constructor(options: { includeDisabled: boolean }) {
    this.#includeDisabled = options.includeDisabled;
  }

  add({ workflow, reading }: ReadWorkflow): void {
    this.#count++;
    this.#workflows.add(workflow);
    for (const { nodeType, active, registryId, repository, version } of reading.nodes) {
      const use = this.#usesOf(nodeType);
      if (use.home === 'editor' || (!active && !this.#includeDisabled)) continue;
      use.workflows.push(workflow);
      if (registryId !== null && registryId !== use.lastRegistryId) use.registryIds.add(registryId);
      if (repository !== null) use.repositories.add(repository);
      if (version !== null && version !== use.lastVersion) use.versions.add(version);
      use.lastRegistryId = registryId;
      use.lastVersion = version;
    }
  }

  /** Every node type that was there, those too that are not counted. */
  get nodeTypes(): string[] {
    return [...this.#uses.keys()];
  }

  finish(): NodeUse[] {
    const areDistinct = this.#workflows.size === this.#count;
    const uses = [...this.#uses].flatMap(([nodeType, use]) => toNodeUse(nodeType, use, areDistinct));
    return uses.sort((a, b) => (a.nodeType < b.nodeType ? -1 : 1));
  }

  #usesOf(nodeType: string): Uses {
    const known = this.#uses.get(nodeType);
    if (known !== undefined) return known;
    const made: Uses = {
      home: nodeHome(nodeType),
      workflows: [],
      registryIds: new Set<string>(),
      lastRegistryId: null,
      repositories: new Set<string>(),
      versions: new Set<string>(),
      lastVersion: null,
    };
    this.#uses.set(nodeType, made);
    return made;
  }
}

interface Uses {
  home: ReturnType<typeof nodeHome>;
  /** Those of several folders may have one name. */
  workflows: string[];
  registryIds: Set<string>;
  /** Mostly the same one comes again. */
  lastRegistryId: string | null;
  repositories: Set<string>;
  versions: Set<string>;
  lastVersion: string | null;
}

/** None for a type of the editor, or one whose nodes are all switched off. */
function toNodeUse(nodeType: string, use: Uses, areDistinct: boolean): NodeUse[] {
  const { home, registryIds, repositories, versions } = use;
  if (home === 'editor' || use.workflows.length === 0) return [];
  const said = versions.size === 0 ? {} : { versions: [...versions] };
  const workflows = areDistinct ? use.workflows : [...new Set(use.workflows)];
  return [{ nodeType, home, workflows, registryIds: [...registryIds], repositories: [...repositories], ...said }];
}

/** The report of a name that cannot be used. */
export function refusal(name: RefusedName): Extract<RunEvent, { type: 'problem' }> {
  const { workflow, nodeType, nodeId, written, reason } = name;
  return {
    type: 'problem',
    filename: null,
    problem: {
      code: 'unsafe_model_name',
      error: `Model name refused: ${JSON.stringify(written.slice(0, 200))}`,
      details: `Node ${nodeId} (${nodeType}) of ${workflow}: ${reason}`,
      hint: 'Choose the model again in that node, or remove the node',
    },
  };
}
