import type { WorkflowGraph } from './containers/find-graphs.ts';
import type { Finding, UsedNode, WorkflowReading } from './finding.ts';
import { visitApiGraph } from './graph/api-graph.ts';
import type { WorkflowNode } from './graph/node.ts';
import { visitEditorGraph } from './graph/ui-graph.ts';
import { familyOf, implicitModels, needsUnnamedModels } from './implicit-models.ts';
import type { NodeRules } from './loaders/rules.ts';
import { asText, isRecord } from './narrow.ts';
import { embeddingNames, loraTagNames, loraTagUse } from './prompt-names.ts';
import { readNode } from './read-node.ts';
import { linkedSources, listedSources, type NamedSource } from './source-links.ts';
import { isNote } from './virtual-nodes.ts';

/** Reads everything that the workflows of one file name: models, node types, and where they say that files can be had. */
export function readWorkflow(graphs: readonly WorkflowGraph[], rules: NodeRules): WorkflowReading {
  const reading = new FileReading(rules);
  for (const { format, graph } of graphs) {
    reading.addSources(listedSources(graph.models, 'workflow'));
    if (format === 'ui') visitEditorGraph(graph, (node) => reading.visit(node));
    else visitApiGraph(graph, (node) => reading.visit(node));
  }
  return reading.finish();
}

class FileReading {
  readonly #rules: NodeRules;
  readonly #findings: Finding[] = [];
  readonly #sources: NamedSource[] = [];
  readonly #nodes = new Map<string, UsedNode>();
  /** Tags in texts that only count where some node loads what they name. */
  readonly #handedOn: Finding[] = [];
  readonly #unnamed: WorkflowNode[] = [];
  #loadsTags = false;

  constructor(rules: NodeRules) {
    this.#rules = rules;
  }

  addSources(sources: readonly NamedSource[]): void {
    this.#sources.push(...sources);
  }

  visit(node: WorkflowNode): void {
    this.#count(node);
    if (Array.isArray(node.properties.models)) this.addSources(listedSources(node.properties.models, 'properties'));
    if (isNote(node.type)) {
      for (const text of textsOf(node)) this.addSources(linkedSources(text, 'note'));
      return;
    }
    const rule = this.#rules.of(node.type);
    if (rule.loaders.length > 0 || hasNames(node)) this.#findings.push(...readNode(node, rule));
    if (needsUnnamedModels(node.type)) this.#unnamed.push(node);
    this.#readTexts(node, rule.silent && loraTagUse(node.type) === 'ignores');
  }

  finish(): WorkflowReading {
    const checkpoints = this.#findings.filter((finding) => finding.directory === 'checkpoints').map((finding) => finding.written);
    for (const node of this.#unnamed) {
      for (const model of implicitModels(node.type, [...textsOf(node)], familyOf(checkpoints))) {
        const { name, directory, selfDownload } = model;
        this.#findings.push({ ...placeOf(node), written: name, from: 'implicit', directory, guessed: false, selfDownload });
      }
    }
    if (this.#loadsTags) this.#findings.push(...this.#handedOn);
    return { findings: this.#findings, nodes: [...this.#nodes.values()], sources: this.#sources };
  }

  /** Prompts and links: what a node only shows is none of its own. */
  #readTexts(node: WorkflowNode, onlyShown: boolean): void {
    for (const text of textsOf(node)) {
      if (!text.includes(':')) continue;
      if (text.includes('://')) this.addSources(linkedSources(text, 'workflow'));
      if (!onlyShown) this.#readPrompt(node, text);
    }
  }

  #readPrompt(node: WorkflowNode, text: string): void {
    const add = (list: Finding[], name: string, directory: string) =>
      list.push({ ...placeOf(node), written: name, from: 'prompt', directory, guessed: false, selfDownload: false });
    for (const name of embeddingNames(text)) add(this.#findings, name, 'embeddings');
    const use = loraTagUse(node.type);
    if (use === 'ignores') return;
    if (use === 'loads' && node.active) this.#loadsTags = true;
    for (const name of loraTagNames(text)) add(use === 'loads' ? this.#findings : this.#handedOn, name, 'loras');
  }

  #count(node: WorkflowNode): void {
    const known = this.#nodes.get(node.type);
    if (known === undefined) this.#nodes.set(node.type, { nodeType: node.type, active: node.active, ...packOf(node) });
    else if (known.registryId === null && known.repository === null)
      Object.assign(known, packOf(node), { active: known.active || node.active });
    else known.active ||= node.active;
  }
}

function packOf(node: WorkflowNode): Pick<UsedNode, 'registryId' | 'repository' | 'version'> {
  const { cnr_id: registryId, aux_id: repository, ver: version } = node.properties;
  return { registryId: asText(registryId), repository: asText(repository), version: asText(version) };
}

function placeOf(node: WorkflowNode): Pick<Finding, 'nodeType' | 'nodeId' | 'subgraph' | 'input' | 'active'> {
  return { nodeType: node.type, nodeId: node.id, subgraph: node.subgraph, input: null, active: node.active };
}

/** Texts of a node's widgets as they will be used: what is led in from elsewhere stands with the node that holds it. */
function* textsOf(node: WorkflowNode): Generator<string> {
  for (const feed of node.fed.values()) if (typeof feed?.value === 'string') yield feed.value;
  if (node.named === null) {
    for (const value of node.values) if (typeof value === 'string') yield value;
  } else {
    for (const key of Object.keys(node.named)) {
      const value = node.named[key];
      if (typeof value === 'string') yield value;
    }
  }
}

/** A quick look whether any widget could name a model: most nodes of most workflows end here. */
function hasNames(node: WorkflowNode): boolean {
  if (node.fed.size > 0) return true;
  if (node.named !== null) return Object.values(node.named).some(couldName);
  return node.values.some(couldName);
}

function couldName(value: unknown): boolean {
  return typeof value === 'string' ? value.includes('.') || value.includes('lora') : Array.isArray(value) || isRecord(value);
}
