import type { WorkflowNode } from './graph/node.ts';
import { listedSources, type NamedSource, nodeKey } from './source-links.ts';
import { takeApart } from './written-names.ts';

/** More than any workflow of a person has: instances inside one another make many nodes of a small file. */
const MOST_SOURCES = 10_000;
/** Entries of one name that are looked at in each list. */
const MOST_OF_A_NAME = 8;

type Entries = ReadonlyMap<string, readonly NamedSource[]>;

/**
 * What the `models` lists of subgraphs' instances say to the nodes inside. An entry is for the node that names its file, with the value that
 * the instance gives it or one of its own, as if it stood in that node's list: nodes elsewhere may mean another file by the same name.
 */
export class HostModels {
  readonly #entries = new Map<readonly unknown[], Entries>();
  #left = MOST_SOURCES;

  /** The entries for a node that names these texts. */
  entriesFor(node: WorkflowNode, texts: readonly string[]): NamedSource[] {
    if (this.#left === 0) return [];
    const key = nodeKey({ subgraph: node.subgraph, nodeId: node.id });
    const found = [...new Set(texts)].flatMap((text) => this.#entriesOf(text, node.hostModels)).slice(0, this.#left);
    this.#left -= found.length;
    return found.map((source) => ({ ...source, node: key }));
  }

  /** With the text's subfolder: another instance may give the same node a file of that name in another one. */
  #entriesOf(text: string, lists: WorkflowNode['hostModels']): NamedSource[] {
    const { filenameKey, subfolderKey: subfolder } = takeApart(text);
    const found = lists.flatMap((models) => this.#read(models).get(filenameKey) ?? []);
    return found.filter((source) => source.subfolder === '' || source.subfolder === subfolder).map((source) => ({ ...source, subfolder }));
  }

  #read(models: readonly unknown[]): Entries {
    const known = this.#entries.get(models);
    if (known !== undefined) return known;
    const entries = new Map<string, NamedSource[]>();
    for (const source of listedSources(models, '')) {
      const same = entries.get(source.name);
      if (same === undefined) entries.set(source.name, [source]);
      else if (same.length < MOST_OF_A_NAME) same.push(source);
    }
    this.#entries.set(models, entries);
    return entries;
  }
}
