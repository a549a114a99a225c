/**
 * The vocabulary that every feature shares: what a workflow names (a reference), what the workflows need (a requirement), what a hub
 * offers (a candidate), what was decided (a resolution) and what became of it (a download record).
 *
 * Field names are camelCase here and snake_case in the files (`lib/state/wire.ts` converts both ways); `null` means "known to be absent
 * or not known", never "not asked".
 */

/** Where the bytes of a model stand on this machine, as ComfyUI would see it. */
export const MODEL_STATES = ['present', 'missing', 'self_download', 'misplaced', 'damaged'] as const;
export type ModelState = (typeof MODEL_STATES)[number];

/** Where in a workflow a name was read: a widget's value, a prompt text, or a node that needs files it does not name. */
export const REFERENCE_ORIGINS = ['widget', 'prompt', 'implicit'] as const;
export type ReferenceOrigin = (typeof REFERENCE_ORIGINS)[number];

/** Where in a workflow a URL was read: `properties.models` of the node, a note, or anywhere else in the file. */
export const URL_ORIGINS = ['properties', 'note', 'workflow'] as const;
export type UrlOrigin = (typeof URL_ORIGINS)[number];

/** Who holds the bytes of a resolution. `direct` is any place but the two hubs, ModelScope too; `local` means this machine already has them. */
export const RESOLUTION_SOURCES = ['civitai', 'huggingface', 'direct', 'local', 'not_found'] as const;
export type ResolutionSource = (typeof RESOLUTION_SOURCES)[number];

/** How a resolution is known, strongest first. */
export const PROOFS = ['hash', 'link', 'catalog', 'name', 'fuzzy'] as const;
export type Proof = (typeof PROOFS)[number];

/** The steps of the ladder that `search.sources` switches on and orders; `modelscope` only where somebody names it. */
export const SEARCH_SOURCES = ['workflow', 'local', 'catalog', 'huggingface', 'civitai', 'modelscope'] as const;
export type SearchSource = (typeof SEARCH_SOURCES)[number];

export const DOWNLOAD_STATUSES = ['downloaded', 'linked', 'already_present', 'failed', 'skipped'] as const;
export type DownloadStatus = (typeof DOWNLOAD_STATUSES)[number];

/** The strongest check that a file on disk has passed. */
export const VERIFICATIONS = ['sha256', 'size', 'structure'] as const;
export type Verification = (typeof VERIFICATIONS)[number];

/** One place in one workflow that names one model. */
export interface Reference {
  /** Path inside its workflow directory, `/` as separator. */
  workflow: string;
  /** Absolute path of the workflow file. */
  workflowPath: string;
  nodeType: string;
  /** A number where the workflow has a number. */
  nodeId: number | string;
  /** Id of the subgraph definition that holds the node, `null` at the top level. */
  subgraph: string | null;
  /** Name of the node's input, `null` where the workflow does not tell it. */
  input: string | null;
  /** The value to the letter, with the separators that the workflow has. */
  written: string;
  from: ReferenceOrigin;
  /** `false` for a muted or bypassed node, or one inside such a subgraph. */
  active: boolean;
  /** The running ComfyUI would answer "value not in list", although the file is not missing. Absent otherwise. */
  refused?: true;
}

/** A URL that a workflow gives for a file of the requirement's name. Untrusted. */
export interface SourceUrl {
  url: string;
  /** The most telling place where it was read. */
  from: UrlOrigin;
  /** Who gives it, each once; absent: not known. */
  namedBy?: UrlNaming[];
}

/** Who gives a URL for a file: a workflow as a whole, or one node of it for itself. */
export interface UrlNaming {
  /** Absolute path of the workflow file. */
  workflowPath: string;
  /** Id of the node, after the subgraph's id and a colon where it is inside one; `null` for a note or the workflow's own list. */
  node: string | null;
}

/** One model that the workflows need: unique by directory, subfolder and filename. */
export interface Requirement {
  /** Base name. */
  filename: string;
  /** What stands before the base name, `/` as separator, `''` when nothing does. */
  subfolder: string;
  /** ComfyUI's folder name (`loras`, `text_encoders`, ...), `null` when nothing tells it. */
  directory: string | null;
  /** Why nothing tells the folder; absent where something does. */
  directoryReason?: string;
  /** Singular noun for people (`lora`, `text_encoder`, ...). */
  expectedType: string;
  state: ModelState;
  /** Absolute path of the file that was found, for `present`, `misplaced` and `damaged`. */
  foundAt: string | null;
  /** Why the file is no whole model file, for `damaged`. */
  damage: string | null;
  /** Which node does not take it, for a `misplaced` file that lies where it belongs: no other file helps. Absent otherwise. */
  refusal?: string;
  /** Lower-case hex, as the workflow gives it. */
  sha256: string | null;
  /** Every sha256 that is named for it where the workflows or nodes do not agree on one; absent where they do. */
  rivalSha256s?: string[];
  urls: SourceUrl[];
  /** `workflow`, `nodeType` and `nodeId` of the first reference. */
  workflow: string;
  nodeType: string;
  nodeId: number | string;
  references: Reference[];
}

/** A custom node pack that may provide a missing node type. */
export interface NodePack {
  id: string | null;
  title: string | null;
  repository: string | null;
  /** A command that the user can paste. */
  install: string | null;
  /** The newest version of it that the workflows were saved with, as their nodes say; absent where they say none. */
  version?: string;
  /** The newest version that the Comfy registry has; absent where it was not asked, since the workflows say the pack themselves. */
  latestVersion?: string;
  /** Why it is not at work although it is on this disk, where it is: switched off, or not loaded by the ComfyUI that runs. */
  state?: 'disabled' | 'unloaded';
}

/** A node type that a workflow uses and this ComfyUI does not have. */
export interface MissingNode {
  nodeType: string;
  workflows: string[];
  /** The pack that the evidence supports, `null` when none or several do. */
  pack: NodePack | null;
  packs: NodePack[];
}

/** A file that some place offers for a requirement. */
export interface Candidate {
  source: Exclude<ResolutionSource, 'not_found'>;
  /** File name as the place has it. */
  filename: string;
  /** 0..1, how well it fits; 1 is proven. */
  score: number;
  /** Why it fits and why it may not, one sentence. */
  reason: string;
  /** Stable public URL without any secret; `null` for `local`. */
  downloadUrl: string | null;
  sizeBytes: number | null;
  /** Lower-case hex. */
  sha256: string | null;
  modelId: number | null;
  versionId: number | null;
  /** `owner/name` on Hugging Face. */
  repoId: string | null;
  revision: string | null;
  /** Path inside the repository. */
  repoPath: string | null;
  /** Absolute path, for `local`. */
  foundAt: string | null;
  /** Name of the model, base model, or other words that help a person to choose. */
  title: string | null;
  baseModel: string | null;
  downloads: number | null;
  /** `true`: an account is needed; `null`: only trying tells. */
  requiresAuth: boolean | null;
  gated: boolean;
  /** A pickle-based format, which can run code when it is loaded. */
  pickle: boolean;
  /** What a scan of the place says against the file, a clause; `null`: nothing that is known. */
  danger: string | null;
  license: string | null;
}

/** What was decided for one missing model, and why. */
export interface Resolution {
  filename: string;
  directory: string | null;
  expectedType: string;
  subfolder: string;
  source: ResolutionSource;
  proof: Proof | null;
  accepted: boolean;
  reason: string;
  downloadUrl: string | null;
  sizeBytes: number | null;
  sha256: string | null;
  modelId: number | null;
  versionId: number | null;
  repoId: string | null;
  revision: string | null;
  repoPath: string | null;
  foundAt: string | null;
  /** Absolute target path; `null` while the folder is not known. */
  savePath: string | null;
  requiresAuth: boolean | null;
  gated: boolean;
  pickle: boolean;
  danger: string | null;
  license: string | null;
  /** The user himself has named this place, so that its host needs no entry in `download.allowed_hosts`. */
  chosenByUser: boolean;
  /** Ranked, best first. */
  candidates: Candidate[];
  /** Every source that failed or was rate-limited: what is not found there is unknown, not absent. */
  unchecked: Unchecked[];
  workflows: string[];
}

/** A source that could not be asked. */
export interface Unchecked {
  source: string;
  /** Error code, see `docs/errors.md`. */
  code: string;
  message: string;
}

/** What became of one resolution. */
export interface DownloadRecord {
  filename: string;
  savePath: string | null;
  status: DownloadStatus;
  /** Size of the file on disk, or what had arrived when it failed. */
  bytes: number;
  sha256: string | null;
  /** Strongest check passed, `null` when none was. */
  verified: Verification | null;
  source: ResolutionSource;
  downloadUrl: string | null;
  seconds: number;
  error: ProblemReport | null;
}

/** An expected failure as it stands in status.json, downloads.json and the summary. */
export interface ProblemReport {
  code: string;
  /** One of the messages that agents match on, where the contract has one. */
  error: string;
  details: string;
  hint: string;
}

/** A workflow file that could not be read; the others go on. */
export interface WorkflowFailure {
  path: string;
  code: string;
  reason: string;
}

/** One input of a node class that takes the name of a model file. */
export interface LoaderInput {
  /** Name of the input. */
  input: string;
  /** ComfyUI's folder name that feeds the input, by its present-day name (`diffusion_models`, not `unet`); `null` when none tells it. */
  directory: string | null;
  /** Other folders whose files it takes too. Absent when there are none. */
  alternatives?: readonly string[];
  /** What it takes beside the folder's files, and what is no file: `None`, `lanczos`. */
  choices?: readonly string[];
}

/** A combo that no folder of ComfyUI is known to feed and whose choices are found on the disk, or cannot be read: they may be model files. */
export interface UntoldInput {
  /** Name of the input. */
  input: string;
  /** What the class offers there by itself, or has there already: no model that is looked for. */
  choices?: readonly string[];
}

/** What a node class says of itself, read from a running ComfyUI, from its Python source, or from the built-in table. */
export interface NodeDeclaration {
  nodeType: string;
  /** Names of the inputs that are widgets, in the order of `widgets_values`; `null` when it is not known. */
  widgets: readonly string[] | null;
  /** Inputs that name model files. Empty when the class has none. */
  loaders: readonly LoaderInput[];
  /** Inputs of which it is not known whether they do. Absent when there are none. */
  untold?: readonly UntoldInput[];
}

/** Node classes by name. A class that is absent is not known; one without loaders is known to name no model. */
export type NodeDeclarations = ReadonlyMap<string, NodeDeclaration>;
