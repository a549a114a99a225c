import { authorTexts } from './author-texts.ts';
import { BeyondBounds, ReadingBounds } from './bounds.ts';
import type { WorkflowGraph } from './containers/find-graphs.ts';
import type { Finding, UsedNode, WorkflowReading } from './finding.ts';
import { visitApiGraph } from './graph/api-graph.ts';
import type { Destination, NodeVisitor, WorkflowNode } from './graph/node.ts';
import { visitEditorGraph } from './graph/ui-graph.ts';
import { guessDirectory } from './directories.ts';
import { HostModels } from './host-models.ts';
import { familyOf, implicitModels } from './implicit-models.ts';
import type { ModelFamily } from './needed-file.ts';
import type { NodeRule, NodeRules } from './loaders/rules.ts';
import { listedNames } from './listed-names.ts';
import { canTell, looksLikeModelFile } from './model-name.ts';
import { asRecord, asText, isRecord, type JsonRecord } from './narrow.ts';
import { embeddingNames, loraTagNames } from './prompt-names.ts';
import { readNode } from './read-node.ts';
import { linkedPages } from './model-pages.ts';
import { linkedSources, listedSources, type NamedSource, nodeKey } from './source-links.ts';
import { widgetNames } from './widget-names.ts';

/** Reads everything that the workflows of one file name: models, node types, and where they say that files can be had. */
export function readWorkflow(graphs: readonly WorkflowGraph[], rules: NodeRules): WorkflowReading {
  const reading = new FileReading(rules);
  for (const { format, graph } of graphs) {
    reading.addListed(graph.models, null);
    if (format === 'ui') {
      for (const text of authorTexts(graph)) reading.addNote(text);
      visitEditorGraph(graph, reading);
    } else visitApiGraph(graph, reading);
  }
  return reading.finish();
}

/** More than any workflow of a person says: a file from elsewhere must not fill the memory. Of one text there may be some more. */
const MOST_SOURCES = 50_000;

function checkSources(count: number): void {
  if (count > MOST_SOURCES) throw new BeyondBounds(`it says in more than ${MOST_SOURCES / 1000} thousand places where files can be had`);
}

class FileReading implements NodeVisitor {
  readonly #rules: NodeRules;
  readonly #findings: Finding[] = [];
  readonly #sources: NamedSource[] = [];
  readonly #types = new Map<string, { rule: NodeRule; used: UsedNode }>();
  /** Tags in texts that only count where some node loads what they name. */
  readonly #handedOn: Finding[] = [];
  readonly #unnamed: { node: WorkflowNode; rule: NodeRule }[] = [];
  /** Names of model files that a node only holds: they count when they are led to a place that no loader's own value tells. */
  readonly #held: Finding[] = [];
  readonly #hosts = new HostModels();
  readonly bounds = new ReadingBounds();
  #loadsTags = false;

  constructor(rules: NodeRules) {
    this.#rules = rules;
  }

  /** Throws `BeyondBounds`. */
  addSources(sources: readonly NamedSource[]): void {
    for (const source of sources) this.#sources.push(source);
    checkSources(this.#sources.length);
  }

  /** Adds a `models` list; `node` as in `listedSources`. Throws `BeyondBounds`. */
  addListed(models: unknown, node: string | null): void {
    if (!Array.isArray(models)) return;
    checkSources(models.length);
    this.addSources(listedSources(models, node));
  }

  /** Adds what a text leads to that somebody wrote for people. */
  addNote(text: string): void {
    this.addSources(linkedSources(text, 'note'));
    this.addSources(linkedPages(text));
  }

  meet(type: string, active: boolean, properties: unknown): boolean {
    const known = this.#types.get(type);
    if (known === undefined) return this.#meetFirst(type, active, asRecord(properties));
    const { rule, used } = known;
    used.active ||= active;
    if (used.registryId === null && used.repository === null) takePack(used, asRecord(properties));
    return rule.wanted;
  }

  #meetFirst(nodeType: string, active: boolean, properties: JsonRecord): boolean {
    const rule = this.#rules.of(nodeType);
    const { registryId, repository, version } = packOf(properties);
    this.#types.set(nodeType, { rule, used: { nodeType, active, registryId, repository, version } });
    return rule.wanted;
  }

  visit(node: WorkflowNode): void {
    const rule = this.#rules.of(node.type);
    this.bounds.countParts(node.inputs.length + (node.named === null ? node.values.length : Object.keys(node.named).length));
    const { models } = node.properties;
    if (Array.isArray(models)) {
      this.addListed(models, nodeKey({ subgraph: node.subgraph, nodeId: node.id }));
      for (const listed of listedNames(rule, () => effectiveTexts(node, rule), models))
        this.#findings.push({ ...placeOf(node), ...NO_FOLDER, ...listed, from: 'widget' });
    }
    if (node.hostModels.length > 0 && !rule.silent) this.addSources(this.#hosts.entriesFor(node, effectiveTexts(node, rule)));
    if (rule.note) {
      for (const text of textsOf(node)) this.addNote(text);
      return;
    }
    this.#loadsTags ||= node.active && rule.tags === 'loads';
    if (rule.needsUnnamed) this.#unnamed.push({ node, rule });
    const named = this.#readTexts(node, rule);
    if (named || rule.loaders.length > 0) readNode(node, rule, this.#findings);
  }

  finish(): WorkflowReading {
    if (this.#unnamed.length > 0) this.#addUnnamed();
    if (this.#held.length > 0) this.#addHeld();
    // there may be more than a call takes
    if (this.#loadsTags) for (const finding of this.#handedOn) this.#findings.push(finding);
    const nodes: UsedNode[] = [];
    for (const { used } of this.#types.values()) nodes.push(used);
    return { findings: withoutSwitchedOffTags(this.#findings), nodes, sources: this.#sources };
  }

  #addUnnamed(): void {
    const family = (): ModelFamily => {
      const checkpoints = this.#findings.filter(({ directory, from }) => directory === 'checkpoints' && from !== 'implicit');
      const running = checkpoints.filter(({ active }) => active);
      return familyOf((running.length > 0 ? running : checkpoints).map(({ written }) => written));
    };
    for (const { node, rule } of this.#unnamed) {
      for (const model of implicitModels(node.type, effectiveTexts(node, rule), family)) {
        const { name, directory, selfDownload } = model;
        this.#findings.push({ ...placeOf(node), written: name, from: 'implicit', directory, guessed: false, selfDownload });
      }
    }
  }

  #addHeld(): void {
    const taken = new Set(this.#findings.map((finding) => finding.written));
    for (const finding of this.#held) if (!taken.has(finding.written)) this.#findings.push(finding);
  }

  /** Reads links and prompts, and tells whether any widget could name a model: most nodes of most workflows end here. */
  #readTexts(node: WorkflowNode, rule: NodeRule): boolean {
    let named = false;
    for (const value of valuesOf(node)) {
      if (typeof value === 'string') {
        if (canTell(value) && this.#readTellingText(node, value, rule)) named = true;
      } else if (typeof value === 'object' && value !== null && !isApiLink(value)) named = true;
    }
    return node.subgraph !== null && this.#readGivenTexts(node, rule) ? true : named;
  }

  /** Tells whether the text could name a model, or hold a name. */
  #readTellingText(node: WorkflowNode, text: string, rule: NodeRule): boolean {
    const isFile = looksLikeModelFile(text);
    const led = isFile && rule.silent ? this.#ledTo(node) : [];
    if (led.length > 0) {
      const told = led.flatMap(({ input }) => guessDirectory({ nodeType: '', input, types: () => ({ inputs: [], outputs: [] }) }) ?? []);
      this.#held.push({ ...placeOf(node), ...NO_FOLDER, directory: told[0] ?? null, written: text, from: 'widget' });
    }
    if (text.includes(':')) this.#readText(node, text, { rule, isOwn: true });
    return isFile || text.startsWith('{') || text.startsWith('[');
  }

  /** What an instance of a subgraph gives to a node inside stands on no node of its own. Tells whether it could name a model. */
  #readGivenTexts(node: WorkflowNode, rule: NodeRule): boolean {
    let named = false;
    for (const feed of node.feeds().values()) {
      if (typeof feed?.value !== 'string') continue;
      named ||= looksLikeModelFile(feed.value);
      if (feed.value.includes(':')) this.#readText(node, feed.value, { rule, isOwn: false });
    }
    return named;
  }

  /** Where a text goes on to that no known loader takes, and not as a prompt; a display has no output that anything hangs on. */
  #ledTo(node: WorkflowNode): Destination[] {
    if (!node.outputs.some((output) => isRecord(output) && Array.isArray(output.links) && output.links.length > 0)) return [];
    return node.leadsTo().filter(({ type, input }) => {
      const { loaders, prompts } = this.#rules.of(type);
      return !prompts && !loaders.some((loader) => loader.input === input);
    });
  }

  #readText(node: WorkflowNode, text: string, { rule, isOwn }: { rule: NodeRule; isOwn: boolean }): void {
    if (text.includes('://')) this.addSources(linkedSources(text, 'workflow'));
    const { tags } = rule;
    if (rule.silent && tags === 'ignores') return;
    const embeddings = embeddingNames(text, rule.ownPromptRules);
    const loras = tags === 'ignores' ? [] : loraTagNames(text);
    if ((embeddings.length === 0 && loras.length === 0) || (isOwn && isReplaced(node, text, rule))) return;
    const add = (list: Finding[], name: string, directory: string) =>
      list.push({ ...placeOf(node), written: name, from: 'prompt', directory, guessed: false, selfDownload: false });
    for (const name of new Set(embeddings)) add(this.#findings, name, 'embeddings');
    for (const name of new Set(loras)) add(tags === 'loads' ? this.#findings : this.#handedOn, name, 'loras');
  }
}

function keyOf({ subgraph, nodeId, written }: Finding): string {
  return `${subgraph}\0${nodeId}\0${written}`;
}

/** A node that keeps a list beside its text loads by the list: a tag whose entry is switched off there is off too. */
function withoutSwitchedOffTags(findings: Finding[]): Finding[] {
  let [hasTag, hasOff] = [false, false];
  for (const { from, active } of findings) {
    hasTag ||= from === 'prompt';
    hasOff ||= !active && from === 'widget';
  }
  return hasTag && hasOff ? withoutTagsOf(findings) : findings;
}

function withoutTagsOf(findings: readonly Finding[]): Finding[] {
  const off = new Set(findings.filter((finding) => finding.from === 'widget' && !finding.active).map(keyOf));
  return findings.filter((finding) => finding.from !== 'prompt' || !off.has(keyOf(finding)));
}

const NO_FOLDER = { directory: null, guessed: true, selfDownload: false };

/** Another text takes the place of the node's own one: what stands in the widget is what was there before it was linked or shown. */
function isReplaced(node: WorkflowNode, text: string, rule: NodeRule): boolean {
  const name = namesOf(node, rule)?.[valuesOf(node).indexOf(text)];
  return name !== undefined && node.feedOf(name) !== undefined;
}

/** The names of a node's values, in their order; `undefined` where nothing tells them. */
function namesOf(node: WorkflowNode, rule: NodeRule): readonly (string | undefined)[] | undefined {
  return node.named === null ? widgetNames(node, rule.widgets)?.names : Object.keys(node.named);
}

function valuesOf({ named, values }: WorkflowNode): readonly unknown[] {
  return named === null ? values : Object.values(named);
}

/** Texts of a node's widgets as it runs: what reaches it from elsewhere, and its own where nothing does. */
function effectiveTexts(node: WorkflowNode, rule: NodeRule): string[] {
  const feeds = node.feeds();
  if (feeds.size === 0) return textsOf(node);
  const given = [...feeds.values()].flatMap((feed) => (typeof feed?.value === 'string' ? [feed.value] : []));
  const names = namesOf(node, rule);
  const own = valuesOf(node).filter((value, place) => typeof value === 'string' && feeds.get(names?.[place] ?? '') === undefined);
  return [...given, ...own.map(String)];
}

/** Nodes of one type come from one pack: whoever names it first says the version too; while nobody does, the first version counts. */
function takePack(used: UsedNode, properties: JsonRecord): void {
  const pack = packOf(properties);
  if (pack.registryId !== null || pack.repository !== null) Object.assign(used, pack);
  else used.version ??= pack.version;
}

function packOf(properties: JsonRecord): Pick<UsedNode, 'registryId' | 'repository' | 'version'> {
  const { cnr_id: registryId, aux_id: repository, ver: version } = properties;
  return { registryId: asText(registryId), repository: asText(repository), version: asText(version) };
}

function placeOf(node: WorkflowNode): Pick<Finding, 'nodeType' | 'nodeId' | 'subgraph' | 'input' | 'active'> {
  return { nodeType: node.type, nodeId: node.id, subgraph: node.subgraph, input: null, active: node.active };
}

/** Texts of a node's own widgets. */
function textsOf(node: WorkflowNode): string[] {
  const texts: string[] = [];
  for (const value of valuesOf(node)) if (typeof value === 'string') texts.push(value);
  return texts;
}

function isApiLink(value: object): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[1] === 'number';
}
