import { type PackFile, repositoryKey } from './pack-identity.ts';

/** A pack by what identifies it: by one of the two at least. */
export interface Claim {
  registryId: string | null;
  repository: string | null;
  /** Where the pack is one file of the repository. */
  file?: PackFile;
  /** Where whoever claims says it. */
  title?: string | null;
  version?: string;
  latestVersion?: string;
}

/** A missing node type, and the packs that claim it. */
export interface Claimed {
  use: { readonly workflows: readonly string[] };
  claims: readonly Claim[];
}

/** How many missing node types need a pack, beside the one that it is wanted for. There may be tens of thousands of them. */
export class ClaimSupport {
  /** By what supports a pack, and by workflow. */
  readonly #supporters = new Map<string, Map<string, Set<Claimed>>>();
  /** What was counted: many node types ask for the same packs in the same workflows. */
  readonly #counts = new Map<string, number>();

  constructor(missing: readonly Claimed[]) {
    for (const claimed of missing) {
      for (const mark of claimed.claims.flatMap(marksOf)) this.#add(mark, claimed);
    }
  }

  /** How many other node types of the same workflows come from the pack of a claim. */
  countOthers({ use: { workflows }, claims }: Claimed, claim: Claim): number {
    const marks = marksFor(claim, claims);
    const key = JSON.stringify([marks, workflows]);
    const known = this.#counts.get(key) ?? this.#count(workflows, marks);
    this.#counts.set(key, known);
    return known - 1;
  }

  #add(mark: string, claimed: Claimed): void {
    const byWorkflow = this.#supporters.get(mark) ?? new Map<string, Set<Claimed>>();
    this.#supporters.set(mark, byWorkflow);
    for (const workflow of claimed.use.workflows) {
      const known = byWorkflow.get(workflow);
      if (known === undefined) byWorkflow.set(workflow, new Set([claimed]));
      else known.add(claimed);
    }
  }

  /** Each once. The largest set need not be gone through. */
  #count(workflows: readonly string[], marks: readonly string[]): number {
    const sets = marks.flatMap((mark) => workflows.flatMap((workflow) => this.#supporters.get(mark)?.get(workflow) ?? []));
    const largest = sets.reduce((left, right) => (right.size > left.size ? right : left), new Set<Claimed>());
    const more = new Set<Claimed>();
    for (const set of sets) {
      if (set === largest) continue;
      for (const supporter of set) if (!largest.has(supporter)) more.add(supporter);
    }
    return largest.size + more.size;
  }
}

/** What a claim supports: its pack by id and by repository. One by its id alone supports a repository of that name, too. */
function marksOf({ registryId, repository }: Claim): string[] {
  const id = registryId?.toLowerCase();
  const named = id === undefined ? [] : repository === null ? [`id ${id}`, `name ${id}`] : [`id ${id}`];
  return repository === null ? named : [...named, `repository ${repositoryKey(repository)}`];
}

/** What supports a claim. */
function marksFor(claim: Claim, rivals: readonly Claim[]): string[] {
  const own = marksOf(claim).filter((mark) => !mark.startsWith('name '));
  const name = repositoryName(claim);
  return name !== undefined && rivals.filter((rival) => repositoryName(rival) === name).length === 1 ? [...own, `name ${name}`] : own;
}

/**
 * What the registry would call the repository: the id of a pack is mostly its repository's name in lower case (registry.comfy.org,
 * 2026-11). A guess, so that it counts for nothing where several repositories of that name claim a node type. `undefined` for a claim that
 * names no repository, or says its id itself.
 */
function repositoryName({ registryId, repository }: Claim): string | undefined {
  return registryId === null ? repository?.split('/').at(-1)?.toLowerCase() : undefined;
}
