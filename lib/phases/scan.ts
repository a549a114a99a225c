import type { ComfyInstall } from '../comfy/install.ts';
import { ToolkitError } from '../core/error.ts';
import type { Emit } from '../core/events.ts';
import type { MissingNode, Requirement, WorkflowFailure } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { plural } from '../core/text.ts';
import { readWorkflowFile } from '../workflow/containers/read-workflow-file.ts';
import { findWorkflowFiles, type WorkflowPath } from '../workflow/find-files.ts';
import { NodeRules } from '../workflow/loaders/rules.ts';
import { looksLikeModelFile } from '../workflow/model-name.ts';
import { readWorkflow } from '../workflow/read-workflow.ts';
import { collectRequirements, type ReadWorkflow, type RefusedName } from '../workflow/requirements.ts';
import { nodeHome } from '../workflow/virtual-nodes.ts';
import { type NodeUse, openScanLibrary, type ScanLibrary } from './scan-library.ts';

export interface ScanInput {
  /** Absolute workflow files and folders. */
  paths: readonly string[];
  install: ComfyInstall;
  /** Muted and bypassed nodes count too. */
  includeDisabled: boolean;
}

export interface ScanPorts {
  emit: Emit;
  signal: AbortSignal;
  ports: Pick<Ports, 'env' | 'home'>;
  /** Looks at this machine's ComfyUI; the install's own folders and sources unless a test says otherwise. */
  openLibrary?: typeof openScanLibrary;
}

export interface ScanResult {
  /** Files that hold at least one workflow. */
  workflows: number;
  /** Files that could not be read, or hold none. */
  failures: WorkflowFailure[];
  localModels: number;
  /** Every model that the workflows need, sorted by folder and name. */
  required: Requirement[];
  /** Those that ComfyUI could not load now. */
  missing: Requirement[];
  missingNodes: MissingNode[];
}

/** How long files are read without letting timers and signals have their turn. */
const SLICE_MS = 25;
const JUDGED_AT_ONCE = 8;

/**
 * Reads the workflows and says which models and node types they need and this ComfyUI lacks. A file that cannot be read, and a name that
 * cannot be used, is reported and the others go on. Throws `no_workflows` when no file holds a workflow, and the signal's reason when it
 * aborts.
 */
export async function runScan(input: ScanInput, ports: ScanPorts): Promise<ScanResult> {
  ports.emit({ type: 'phase_started', phase: 'scanning' });
  const { files, failures } = findWorkflowFiles(input.paths);
  for (const failure of failures) ports.emit({ type: 'workflow_failed', failure });
  const library = await (ports.openLibrary ?? openScanLibrary)(input.install, ports);
  const read = await readAll(files, { rules: new NodeRules(library.declarations), failures }, ports);
  if (read.length === 0) throw noWorkflows(input.paths, failures);
  ports.emit({ type: 'local_models_found', count: library.modelCount });
  const { requirements, refused } = collectRequirements(read, { includeDisabled: input.includeDisabled });
  for (const name of refused) ports.emit(refusal(name));
  const required = await judgeAll(requirements, library, ports.signal);
  const missingNodes = await library.missingNodes(collectNodeUses(read, input.includeDisabled));
  const result = {
    workflows: read.length,
    failures,
    localModels: library.modelCount,
    required,
    missing: required.filter(isMissing),
    missingNodes,
  };
  for (const requirement of result.missing) ports.emit({ type: 'model_missing', requirement });
  ports.emit({ type: 'scan_finished', ...result });
  ports.emit({ type: 'phase_finished', phase: 'scanning' });
  return result;
}

/** What ComfyUI could not load now. A node that downloads for itself needs nothing of us. */
function isMissing(requirement: Requirement): boolean {
  return requirement.state === 'missing' || requirement.state === 'misplaced' || requirement.state === 'damaged';
}

async function readAll(
  files: readonly WorkflowPath[],
  context: { rules: NodeRules; failures: WorkflowFailure[] },
  ports: ScanPorts,
): Promise<ReadWorkflow[]> {
  const read: ReadWorkflow[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const [index, { path, workflow }] of files.entries()) {
    const file = readWorkflowFile(path);
    if ('failure' in file) {
      context.failures.push(file.failure);
      ports.emit({ type: 'workflow_failed', failure: file.failure });
    } else {
      const reading = readWorkflow(file.graphs, context.rules);
      read.push({ workflow, path, reading });
      ports.emit({ type: 'workflow_parsed', workflow, references: reading.findings.length });
    }
    ports.emit({ type: 'phase_progress', phase: 'scanning', current: index + 1, total: files.length });
    if (performance.now() < sliceEnd) continue;
    await turn();
    ports.signal.throwIfAborted();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return read;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function judgeAll(requirements: readonly Requirement[], library: ScanLibrary, signal: AbortSignal): Promise<Requirement[]> {
  const judged: Requirement[] = [];
  for (let start = 0; start < requirements.length; start += JUDGED_AT_ONCE) {
    signal.throwIfAborted();
    const batch = requirements.slice(start, start + JUDGED_AT_ONCE);
    judged.push(...(await Promise.all(batch.map((requirement) => judgeOne(requirement, library)))));
  }
  return judged;
}

/** What a node fetches for itself is its own affair, wherever it keeps it: it is only looked for where a folder is known. */
async function judgeOne(requirement: Requirement, library: ScanLibrary): Promise<Requirement> {
  if (requirement.state !== 'self_download') return { ...requirement, ...(await judgeByName(requirement, library)) };
  if (requirement.directory === null) return requirement;
  const presence = await library.judge(requirement);
  return presence.state === 'present' ? { ...requirement, ...presence } : requirement;
}

/** Endings that LoRAs have; a tag in a prompt, and some packs' lists, name them without. */
const LORA_ENDINGS = ['.safetensors', '.pt', '.ckpt'];

async function judgeByName(requirement: Requirement, library: ScanLibrary): Promise<Pick<Requirement, 'state' | 'foundAt' | 'damage'>> {
  const asWritten = await library.judge(requirement);
  if (asWritten.state !== 'missing' || requirement.directory !== 'loras' || looksLikeModelFile(requirement.filename)) return asWritten;
  for (const ending of LORA_ENDINGS) {
    const found = await library.judge({ ...requirement, filename: requirement.filename + ending });
    if (found.state !== 'missing') return found;
  }
  return asWritten;
}

/** Node types with their evidence, sorted. Types that live in the editor alone are left out. */
function collectNodeUses(read: readonly ReadWorkflow[], includeDisabled: boolean): NodeUse[] {
  const uses = new Map<string, NodeUse>();
  for (const { workflow, reading } of read) {
    for (const { nodeType, active, registryId, repository } of reading.nodes) {
      const home = nodeHome(nodeType);
      if (home === 'editor' || (!active && !includeDisabled)) continue;
      const use = uses.get(nodeType) ?? { nodeType, workflows: [], home, registryIds: [], repositories: [] };
      uses.set(nodeType, use);
      addOnce(use.workflows, workflow);
      addOnce(use.registryIds, registryId);
      addOnce(use.repositories, repository);
    }
  }
  return [...uses.values()].sort((a, b) => (a.nodeType < b.nodeType ? -1 : 1));
}

function addOnce(list: string[], value: string | null): void {
  if (value !== null && !list.includes(value)) list.push(value);
}

function refusal(name: RefusedName): Parameters<Emit>[0] {
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

function noWorkflows(paths: readonly string[], failures: readonly WorkflowFailure[]): ToolkitError {
  const places = paths.length === 0 ? 'nowhere: no folder is configured' : paths.join(', ');
  const unread = failures.filter((failure) => failure.code !== 'not_a_workflow').length;
  const rest = unread === 0 ? '' : `; ${plural(unread, 'file')} there could not be read`;
  return new ToolkitError(
    'no_workflows',
    `No workflows found in ${places}${rest}`,
    `Save a workflow in ComfyUI, name a workflow file or folder, or set workflow_directories in config.json (looked in: ${places})`,
  );
}
