import type { ComfyInstall } from '../comfy/install.ts';
import { ToolkitError } from '../core/error.ts';
import type { Emit } from '../core/events.ts';
import type { MissingNode, Requirement, WorkflowFailure } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { plural } from '../core/text.ts';
import { readWorkflowFile } from '../workflow/containers/read-workflow-file.ts';
import { findWorkflowFiles, type WorkflowPath } from '../workflow/find-files.ts';
import { NodeRules } from '../workflow/loaders/rules.ts';
import { readWorkflow } from '../workflow/read-workflow.ts';
import { collectRequirements, type ReadWorkflow } from '../workflow/requirements.ts';
import { collectNodeUses, isMissing, judgeAll, refusal } from './assess.ts';
import { openScanLibrary } from './scan-library.ts';

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
