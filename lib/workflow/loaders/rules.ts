import type { LoaderInput, NodeDeclaration, NodeDeclarations, UntoldInput } from '../../core/model.ts';
import { presentDayDirectory } from '../directories.ts';
import { needsUnnamedModels } from '../implicit-models.ts';
import { hasOwnPromptRules, type LoraTagUse, loraTagUse } from '../prompt-names.ts';
import { fetchesFor, selfDownloadRow } from '../self-download.ts';
import { isNote } from '../virtual-nodes.ts';
import { BUNDLES } from './bundles.ts';
import { COMFYUI } from './comfyui.ts';
import { GUIDANCE } from './guidance.ts';
import { LANGUAGE } from './language.ts';
import { MODEL_FORMATS } from './model-formats.ts';
import { type LoaderRow, splitList } from './rows.ts';
import { TOOLKITS } from './toolkits.ts';
import { VIDEO } from './video.ts';

/** An input that names a model, as it is looked for. */
export interface LoaderPlace {
  input: string;
  /** `null` for a node that minds its own folder. */
  directory: string | null;
  /** Other folders whose files it takes too. */
  alternatives: readonly string[];
  /** Its place among the widget values when nothing else tells it. */
  position: number;
  /** Its place in the versions of the node that the built-in table knows, where a declaration says otherwise. */
  tablePosition: number | null;
  /** Values that are no model, as its class declares them. */
  choices: ReadonlySet<string>;
}

const NO_CHOICES: ReadonlySet<string> = new Set();
const NO_FOLDERS: readonly string[] = [];
const NO_INPUTS: ReadonlyMap<string, ReadonlySet<string>> = new Map();

/** What is known of a node class. */
export interface NodeRule {
  loaders: readonly LoaderPlace[];
  /** Names of all widgets in order, where a declaration tells them. */
  widgets: readonly string[] | null;
  /** The class was declared by a running ComfyUI or its sources: what it does not declare is no model, unless its name says otherwise. */
  declared: boolean;
  /** Its inputs that may take a model all the same, with what it offers there by itself. */
  untold: ReadonlyMap<string, ReadonlySet<string>>;
  /** It fetches what it names when it runs. */
  selfDownload: boolean;
  /** It holds, shows or saves texts: a model's name in it is no need. */
  silent: boolean;
  /** What its widgets hold besides models is a prompt: a model's name in it is a word. */
  prompts: boolean;
  /** People write notes in it. */
  note: boolean;
  /** What it does with LoRA tags in its text. */
  tags: LoraTagUse;
  /** It takes prompts apart by rules of its own. */
  ownPromptRules: boolean;
  /** It may need files that it does not name. */
  needsUnnamed: boolean;
  /** A node of it is looked at whatever it holds. */
  wanted: boolean;
}

const TABLE: ReadonlyMap<string, LoaderRow> = new Map(
  [COMFYUI, BUNDLES, MODEL_FORMATS, VIDEO, GUIDANCE, TOOLKITS, LANGUAGE].flatMap((rows) => Object.entries(rows)),
);

let modelDirectories: ReadonlySet<string> | undefined;

/** `true` for a folder that is known to hold models. */
export function isModelDirectory(directory: string): boolean {
  return (modelDirectories ??= listModelDirectories()).has(directory);
}

/** By their present-day names: what the table knows, and ComfyUI's own that no node of it names. */
function listModelDirectories(): Set<string> {
  return new Set([
    ...[...TABLE.values()].flatMap((row) => readRow(row).flatMap(({ directory, alternatives }) => [directory ?? [], alternatives].flat())),
    ...splitList('embeddings, vae_approx, classifiers, diffusers, unet_gguf, clip_gguf, sam2, grounding-dino, LLM, insightface'),
  ]);
}

/** ComfyUI-MultiGPU registers every loader again under its name with such an ending, its own inputs behind the original's. */
const WRAPPER_ENDING = /(DisTorch2?|SafeTensor2?)?MultiGPU$/;

/** Notes, displays, savers, readers of metadata, and constants whose text counts where it is led to. */
const SILENT =
  /^(Save|Preview|Show|Display|Debug|Print|Markdown|Primitive|String|Text\b)|Note\b|ShowText|\bshow[A-Z]|textDebug|Display(Any|Text|String)|Preview(Any|Text|String)|(Image|Prompt|Model|Checkpoint|Lora|Video)\s?Saver?\b|Save(Image|Video|Model|Lora|Checkpoint|Text)|PromptReader|Metadata|^Lora Info\b|XY ?(Plot|Grid)|^(Multiline|Get|Set)Node$/;

/** Encoders of ComfyUI and of packs whose texts are all prompts. Some others name the encoder itself beside the prompt. */
const TEXT_ENCODER = /^(BNK_|smZ )?CLIPTextEncode|^TextEncode[A-Z]|^(PC|PCLazy|WanVideo|HyVideo|CogVideo|Mochi)TextEncode(Advanced)?$/;

/** The rules for node classes: a declaration first, the built-in table for what it leaves open, then what the class's name says. */
export class NodeRules {
  /** Types that were asked for and whose nodes are only looked at for what they hold (`wanted` is not said of them). */
  readonly plain: string[] = [];
  readonly #declarations: NodeDeclarations;
  readonly #known = new Map<string, NodeRule>();
  readonly #fingerprints = new Map<string, string>();

  constructor(declarations: NodeDeclarations) {
    this.#declarations = declarations;
  }

  of(nodeType: string): NodeRule {
    const known = this.#known.get(nodeType);
    if (known !== undefined) return known;
    const rule = this.#make(nodeType);
    this.#known.set(nodeType, rule);
    if (!rule.wanted) this.plain.push(nodeType);
    return rule;
  }

  /** Differs whenever a declaration that one of these nodes' rules is made from does. */
  fingerprintOf(nodes: readonly { nodeType: string }[]): string {
    if (this.#declarations.size === 0) return '';
    let declared = '';
    for (const [place, { nodeType }] of nodes.entries()) {
      const fingerprint = this.#fingerprintOf(nodeType);
      if (fingerprint !== '') declared += `${place}:${fingerprint} `;
    }
    return declared === '' ? '' : Bun.hash(declared).toString(36);
  }

  #fingerprintOf(nodeType: string): string {
    const known = this.#fingerprints.get(nodeType);
    if (known !== undefined) return known;
    const declaration = this.#declarationOf(nodeType);
    const fingerprint = declaration === undefined ? '' : Bun.hash(JSON.stringify(declaration)).toString(36);
    this.#fingerprints.set(nodeType, fingerprint);
    return fingerprint;
  }

  #declarationOf(nodeType: string): NodeDeclaration | undefined {
    return this.#declarations.get(nodeType) ?? this.#declarations.get(nodeType.replace(WRAPPER_ENDING, ''));
  }

  #make(nodeType: string): NodeRule {
    const base = nodeType.replace(WRAPPER_ENDING, '');
    const declaration = this.#declarationOf(nodeType);
    const ownFiles = selfDownloadRow(base);
    const tableRow = TABLE.get(nodeType) ?? TABLE.get(base) ?? ownFiles;
    const tableLoaders = readRow(tableRow ?? {});
    const declaredLoaders = (declaration?.loaders ?? []).map((declared, i): LoaderPlace => {
      const { input, choices } = declared;
      const position = declaration?.widgets?.indexOf(input) ?? i;
      const row = tableLoaders.find((loader) => loader.input === input);
      return { input, ...joinFolders(declared, row), position, tablePosition: row?.position ?? null, choices: new Set(choices) };
    });
    const declaredInputs = new Set(declaredLoaders.map((loader) => loader.input));
    const loaders = [...declaredLoaders, ...tableLoaders.filter((loader) => !declaredInputs.has(loader.input))];
    const [note, tags, needsUnnamed] = [isNote(nodeType), loraTagUse(nodeType), needsUnnamedModels(nodeType)];
    return {
      loaders,
      widgets: declaration?.widgets ?? null,
      declared: declaration !== undefined,
      untold: declaration?.untold === undefined ? NO_INPUTS : untoldInputs(declaration.untold),
      selfDownload:
        ownFiles !== undefined &&
        tableRow === ownFiles &&
        declaredLoaders.every(({ input, directory }) => directory === null || fetchesFor(base, input)),
      prompts: TEXT_ENCODER.test(base),
      note,
      tags,
      ownPromptRules: hasOwnPromptRules(nodeType),
      needsUnnamed,
      wanted: loaders.length > 0 || note || needsUnnamed || tags === 'loads',
      silent: loaders.length === 0 && ownFiles === undefined && SILENT.test(nodeType),
    };
  }
}

/** The folders of a declaration, the table's own first where it is one of them. */
function joinFolders(declared: LoaderInput, row: LoaderPlace | undefined): Pick<LoaderPlace, 'directory' | 'alternatives'> {
  if (declared.directory === null) return { directory: row?.directory ?? null, alternatives: row?.alternatives ?? NO_FOLDERS };
  const folders = new Set([declared.directory, ...(declared.alternatives ?? NO_FOLDERS)].map(presentDayDirectory));
  if (folders.size === 1) return { directory: presentDayDirectory(declared.directory), alternatives: NO_FOLDERS };
  const usual = row?.directory ?? null;
  const [directory = null, ...alternatives] = usual !== null && folders.has(usual) ? new Set([usual, ...folders]) : folders;
  return { directory, alternatives };
}

function untoldInputs(untold: readonly UntoldInput[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(untold.map(({ input, choices }) => [input, choices === undefined ? NO_CHOICES : new Set(choices)]));
}

function readRow(row: LoaderRow): LoaderPlace[] {
  let next = 0;
  return Object.entries(row).map(([input, cell]) => {
    const [folders = '', place] = cell.split('@');
    const [directory = '', ...alternatives] = folders.split('|');
    const position = place === undefined ? next : Number(place);
    next = position + 1;
    return {
      input,
      directory: directory === '' ? null : presentDayDirectory(directory),
      alternatives: alternatives.length === 0 ? NO_FOLDERS : alternatives.map(presentDayDirectory),
      position,
      tablePosition: null,
      choices: NO_CHOICES,
    };
  });
}
