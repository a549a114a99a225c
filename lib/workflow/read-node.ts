import { guessDirectory, isModelInputName } from './directories.ts';
import type { Finding } from './finding.ts';
import type { WorkflowNode } from './graph/node.ts';
import { folderOfVae, isBuiltInName, tinyVaeParts } from './implicit-models.ts';
import { isModelDirectory, type LoaderPlace, type NodeRule } from './loaders/rules.ts';
import { leadsToPlace } from './address.ts';
import { couldBeBareName, hasEnding, hasModelEnding, isChoiceOfModel, isOneName, isPlaceholder, looksLikeModelFile } from './model-name.ts';
import { asText, isRecord, ownValue } from './narrow.ts';
import { namesInside, parseWidgetJson } from './object-values.ts';
import { isSwitchedOff, widgetReader } from './stacks.ts';
import { widgetNames } from './widget-names.ts';

/** What a loader of several parts offers beside files of their own. */
const USES_CHECKPOINT = /^\W*(use|from)[ _-](the[ _-])?(ckpt|checkpoint)/i;

const VAE_LOADERS = new Set(['VAELoader', 'VAELoaderKJ', 'VAELoaderMultiGPU']);

/** How sure it is that a value belongs to an input: its name tells it, or only its place. */
type Certainty = 'named' | 'placed';

/** What a node's widgets hold, one after another. */
interface Entry {
  name: string | undefined;
  value: unknown;
  /** Its place among the values, -1 in a format that goes by names. */
  place: number;
}

/** Adds the models that one node names in its widgets. */
export function readNode(node: WorkflowNode, rule: NodeRule, findings: Finding[]): void {
  new NodeReading(node, rule, findings).run();
}

/** What a widget names. */
interface Found extends Pick<Finding, 'input' | 'written' | 'directory' | 'alternatives' | 'guessed'> {
  /** The node has it switched on. */
  on: boolean;
  /** One of the values that the widget offers, and not a part of an object. */
  isChoice: boolean;
}

class NodeReading {
  readonly #node: WorkflowNode;
  readonly #rule: NodeRule;
  readonly #names: readonly (string | undefined)[] | undefined;
  /** Every value's input is told by the file itself. */
  readonly #isNamed: boolean;
  /** As many values as the class declares: this version of the node has its widgets. */
  readonly #isWhole: boolean;
  /** A few: no node has many loaders. */
  readonly #claimed: (number | string)[] = [];
  readonly #findings: Finding[];

  constructor(node: WorkflowNode, rule: NodeRule, findings: Finding[]) {
    this.#node = node;
    this.#rule = rule;
    this.#findings = findings;
    const known = node.named === null ? widgetNames(node, rule.widgets) : undefined;
    this.#names = known?.names;
    this.#isNamed = node.named !== null || known?.sure === true;
    this.#isWhole = known?.whole === true;
  }

  run(): void {
    const { loaders, silent, prompts } = this.#rule;
    const open: LoaderPlace[] = [];
    for (const loader of loaders) if (!this.#readLoader(loader)) open.push(loader);
    if (open.length > 0 && !this.#isNamed) this.#dealOut(open);
    if (!silent && !prompts) for (const entry of this.#unclaimed()) this.#readOther(entry);
  }

  /** `true` when the input's value was found, whatever it says. */
  #readLoader(loader: LoaderPlace): boolean {
    const feed = this.#node.feedOf(loader.input);
    const entry = this.#entryOf(loader);
    if (feed !== undefined) {
      if (entry !== undefined) this.#claim(entry);
      if (feed !== null) this.#take(loader, { ...(entry ?? { place: -1 }), name: loader.input, value: feed.value }, 'named');
      return true;
    }
    if (entry === undefined) return false;
    const certainty: Certainty = this.#isNamed ? 'named' : 'placed';
    if (!this.#take(loader, entry, certainty)) return certainty === 'named';
    this.#claim(entry);
    return true;
  }

  /** Where the input's value stands: by its name, else by its place in the table. `undefined` when this version of the node has it not. */
  #entryOf(loader: LoaderPlace): Entry | undefined {
    const { named, values } = this.#node;
    if (named !== null) {
      const value = ownValue(named, loader.input);
      return value === undefined ? undefined : { name: loader.input, value, place: -1 };
    }
    const byName = this.#names?.indexOf(loader.input) ?? -1;
    if (byName < 0 && this.#isNamed) return undefined;
    const place = byName >= 0 ? byName : loader.position;
    return this.#claimed.includes(place) ? undefined : { name: this.#names?.[place], value: values[place], place };
  }

  /** Takes a value for a loader's input. `false` when it cannot be what the loader holds, so that its place must be another. */
  #take(loader: LoaderPlace, entry: Entry, certainty: Certainty): boolean {
    const value = isRecord(entry.value) ? entry.value['content'] : entry.value;
    if (typeof value !== 'string') return false;
    const isBuiltIn = loader.directory === 'vae' && isBuiltInName(value);
    if (isBuiltIn || isPlaceholder(value) || loader.choices.has(value)) {
      const isTaken = certainty === 'named' || this.#isWhole || !this.#hasUnclaimedName();
      if (isBuiltIn && isTaken) this.#addHalves(value, !this.#isOff(loader, entry));
      return isTaken;
    }
    const isFile = looksLikeModelFile(value);
    if (!isFile && !leadsToPlace(value) && !this.#isBareName(value, loader, certainty)) return false;
    const { directory, alternatives } = this.#foldersOf(loader, value);
    const on = !this.#isOff(loader, entry);
    this.#add({ input: loader.input, written: value, directory, alternatives, guessed: false, on, isChoice: true });
    return true;
  }

  #foldersOf(loader: LoaderPlace, value: string): Pick<LoaderPlace, 'directory' | 'alternatives'> {
    if (this.#isVaeLoader(loader)) return { directory: folderOfVae(value), alternatives: [] };
    const { directory, alternatives } = loader;
    const couldBeCheckpoint = alternatives.length > 0 && (directory === 'checkpoints' || alternatives.includes('checkpoints'));
    return couldBeCheckpoint && this.#usesPartsOfIt() ? { directory: 'checkpoints', alternatives: [] } : loader;
  }

  /** Another widget says that a part comes out of the same file: only a checkpoint has several (RES4LYF's `.use_ckpt_clip`, 2026-10). */
  #usesPartsOfIt(): boolean {
    const { named, values } = this.#node;
    return (named === null ? values : Object.values(named)).some((value) => typeof value === 'string' && USES_CHECKPOINT.test(value));
  }

  /** ComfyUI's own and KJNodes', whose classes list two folders together. */
  #isVaeLoader(loader: LoaderPlace): boolean {
    return loader.directory === 'vae' && VAE_LOADERS.has(this.#node.type);
  }

  /** A name without a model's ending is believed in folders of models only: fonts, formats and presets are listed by the same means. */
  #isBareName(value: string, loader: LoaderPlace, certainty: Certainty): boolean {
    if (!couldBeBareName(value)) return false;
    if (this.#rule.selfDownload) return isChoiceOfModel(value);
    if (loader.directory === 'diffusers') return isOneName(value); // folders, which have no endings
    if (loader.directory !== null && !isModelDirectory(loader.directory)) return false;
    if (certainty === 'named' || (hasModelEnding(value) && this.#isInOrder())) return true;
    if (!isOneName(value)) return false;
    return hasEnding(value) || (/\d/.test(value) && !this.#hasUnclaimedName()) || (loader.directory !== null && this.#isInOrder());
  }

  /**
   * Nothing has moved: the node has as many values as its class declares, or no texts but in the places of its loaders, and no model file
   * stands in the place of another widget.
   */
  #isInOrder(): boolean {
    const places = new Set(this.#rule.loaders.map((loader) => this.#names?.indexOf(loader.input) ?? loader.position));
    const strays = this.#node.values.filter((value, place) => typeof value === 'string' && !places.has(place));
    return this.#isWhole ? !strays.some((value) => looksLikeModelFile(String(value))) : strays.length === 0;
  }

  #hasUnclaimedName(): boolean {
    return this.#unclaimed().some((entry) => typeof entry.value === 'string' && looksLikeModelFile(entry.value));
  }

  /**
   * Values whose place the node's version has moved: the model files that are left go to the inputs that are left, by the places of the
   * table first, then in their order.
   */
  #dealOut(open: readonly LoaderPlace[]): void {
    const files = this.#unclaimed().filter((entry) => typeof entry.value === 'string' && looksLikeModelFile(entry.value));
    const known = files.flatMap((entry) => {
      const loader = open.find((candidate) => candidate.tablePosition === entry.place);
      return loader === undefined ? [] : [{ loader, entry }];
    });
    const rest = files.filter((entry) => !known.some((pair) => pair.entry === entry));
    const others = open.filter((loader) => !known.some((pair) => pair.loader === loader));
    const inOrder = rest.flatMap((entry, i) => (others[i] === undefined ? [] : [{ loader: others[i], entry }]));
    for (const { loader, entry } of [...known, ...inOrder]) if (this.#take(loader, entry, 'placed')) this.#claim(entry);
  }

  /** A widget that is no known loader input. */
  #readOther(entry: Entry): void {
    const feed = entry.name === undefined ? undefined : this.#node.feedOf(entry.name);
    // In the API form a link to a loader looks like one to a text: it is the loader that names the model.
    if (feed === null || (feed !== undefined && this.#node.named !== null)) return;
    const value = feed === undefined ? entry.value : feed.value;
    if (feed !== undefined && !isModelInputName(entry.name ?? '') && !(typeof value === 'string' && looksLikeModelFile(value))) return;
    if (isRecord(value) || Array.isArray(value)) this.#readObjects(value);
    else if (typeof value === 'string') this.#readText(value, entry);
  }

  #readText(value: string, entry: Entry): void {
    const inside = parseWidgetJson(value);
    if (inside !== undefined) this.#readObjects(inside);
    if (!looksLikeModelFile(value) || isPlaceholder(value) || this.#isTarget(entry.name)) return;
    const directory = this.#guess(entry.name ?? null);
    if (this.#isKnownForNone(entry.name, value, directory)) return;
    this.#add({
      input: entry.name ?? null,
      written: value,
      directory,
      guessed: true,
      on: !this.#isOff({ input: entry.name ?? '' }, entry),
      isChoice: true,
    });
  }

  /**
   * The class says what the input takes, and neither that nor the input's name is a model. A class that fetches its files says nothing of
   * them, and of a combo that lists what lies on the disk, only what it offers beside that.
   */
  #isKnownForNone(name: string | undefined, value: string, directory: string | null): boolean {
    const { declared, selfDownload, untold } = this.#rule;
    if (!declared || selfDownload) return false;
    if (name === undefined) return true;
    return !(isModelInputName(name) && directory !== null) && untold.get(name)?.has(value) !== false;
  }

  /** Where something is written to, rather than read from. */
  #isTarget(name: string | undefined): boolean {
    return name !== undefined && /^(save|output|export)_|filename_prefix|save_?(path|name|to)|output_?(path|name|file)/i.test(name);
  }

  #readObjects(value: unknown): void {
    for (const { key, name, on, directory } of namesInside(value)) {
      const found = directory ?? this.#guess(key);
      this.#add({ input: key, written: name, directory: found, guessed: directory === null, on, isChoice: false });
    }
  }

  #isOff(loader: { input: string }, entry: Entry): boolean {
    return isSwitchedOff(loader.input, widgetReader(this.#node, this.#names, { input: loader.input, place: entry.place }));
  }

  /** None for what a node fetches by itself: it keeps that where it likes. */
  #guess(input: string | null): string | null {
    if (this.#rule.selfDownload) return null;
    const node = this.#node;
    const types = () => ({ inputs: socketTypes(node.inputs), outputs: socketTypes(node.outputs) });
    return guessDirectory({ nodeType: node.type, input, types });
  }

  /** Texts and objects that no loader has taken; numbers and switches name nothing. */
  #unclaimed(): Entry[] {
    const { named, values } = this.#node;
    const entries: Entry[] = [];
    if (named === null) {
      const isInside = this.#node.subgraph !== null;
      let rows = 0;
      for (let place = 0; place < values.length; place++) {
        const value = values[place];
        if (isInside && isLoraRow(value)) rows++;
        if (!this.#canName(value) || this.#claimed.includes(place)) continue;
        entries.push({ name: this.#names?.[place] ?? (isInside ? nameOfList(value, rows) : undefined), value, place });
      }
    } else {
      for (const name of Object.keys(named)) {
        const value = named[name];
        if (this.#canName(value) && !this.#claimed.includes(name)) entries.push({ name, value, place: -1 });
      }
    }
    return entries;
  }

  #canName(value: unknown): boolean {
    // an empty one inside a subgraph may have been given a value by the instance
    if (typeof value === 'string') return value !== '' || this.#node.subgraph !== null;
    return typeof value === 'object' && value !== null;
  }

  #claim(entry: Entry): void {
    this.#claimed.push(entry.place >= 0 ? entry.place : (entry.name ?? ''));
  }

  #addHalves(tinyVae: string, on: boolean): void {
    const { type, id, subgraph, active } = this.#node;
    const place = { nodeType: type, nodeId: id, subgraph, input: null, active: active && on };
    for (const { name, directory, selfDownload } of tinyVaeParts(tinyVae))
      this.#findings.push({ ...place, written: name, from: 'implicit', directory, guessed: false, selfDownload });
  }

  #add(found: Found): void {
    const { type, id, subgraph, active } = this.#node;
    const finding: Finding = {
      nodeType: type,
      nodeId: id,
      subgraph,
      input: found.input,
      written: found.written,
      from: 'widget',
      active: active && found.on,
      directory: found.directory,
      guessed: found.guessed,
      selfDownload: this.#rule.selfDownload,
    };
    if (found.alternatives !== undefined && found.alternatives.length > 0) finding.alternatives = found.alternatives;
    if (active && !found.on && found.isChoice) finding.idle = true;
    this.#findings.push(finding);
  }
}

/**
 * Lists of LoRAs stand in widgets that no declaration tells: rgthree calls a row by its number, and LoraManager all of them `loras` (2025-10).
 * It matters where an instance of a subgraph may give others.
 */
function nameOfList(value: unknown, rows: number): string | undefined {
  if (typeof value !== 'object') return undefined;
  return isLoraRow(value) ? `lora_${rows}` : Array.isArray(value) ? 'loras' : undefined;
}

function isLoraRow(value: unknown): boolean {
  return isRecord(value) && 'lora' in value;
}

function socketTypes(sockets: readonly unknown[]): string[] {
  return sockets.flatMap((socket) => (isRecord(socket) ? (asText(socket.type) ?? []) : []));
}
