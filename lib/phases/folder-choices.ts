import type { Requirement } from '../core/model.ts';
import type { NodeRules } from '../workflow/loaders/rules.ts';

/** Some inputs take files of several folders: where else a model may lie. */
export class FolderChoices {
  readonly #rules: NodeRules;

  constructor(rules: NodeRules) {
    this.#rules = rules;
  }

  /** Folders beside the requirement's own that every node which names the model takes it from. */
  beside({ directory, references }: Pick<Requirement, 'directory' | 'references'>): string[] {
    if (directory === null) return [];
    let shared: readonly string[] | undefined;
    for (const { nodeType, input } of references) {
      const taken = this.#foldersOf(nodeType, input);
      shared = shared === undefined ? taken : shared.filter((folder) => taken.includes(folder));
      if (shared.length === 0) return [];
    }
    return (shared ?? []).filter((folder) => folder !== directory);
  }

  #foldersOf(nodeType: string, input: string | null): readonly string[] {
    const place = input === null ? undefined : this.#rules.of(nodeType).loaders.find((loader) => loader.input === input);
    return place === undefined || place.directory === null ? [] : [place.directory, ...place.alternatives];
  }
}
