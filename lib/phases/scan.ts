import type { ComfyInstall } from '../comfy/install.ts';
import { ToolkitError } from '../core/error.ts';
import type { Lesson } from '../core/known-file.ts';
import type { MissingNode, Requirement, WorkflowFailure } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { plural } from '../core/text.ts';
import { findWorkflowFiles } from '../workflow/find-files.ts';
import { ReadingThreads } from '../workflow/reading-threads.ts';
import { isMissing, judgeAll, refusal } from './assess.ts';
import { FileStamps } from './file-stamps.ts';
import { type JoiningPorts, readJoined } from './joined-reading.ts';
import { openScanLibrary } from './scan-library.ts';
import { startThreads } from './start-threads.ts';

export interface ScanInput {
  /** Absolute workflow files and folders. */
  paths: readonly string[];
  install: ComfyInstall;
  /** Muted and bypassed nodes count too. */
  includeDisabled: boolean;
}

export interface ScanPorts extends Omit<JoiningPorts, 'includeDisabled' | 'threads' | 'stamps'> {
  ports: Pick<Ports, 'env' | 'home'>;
  /** Looks at this machine's ComfyUI; the install's own folders and sources unless a test says otherwise. */
  openLibrary?: typeof openScanLibrary;
  /** Told once all workflows are read where they say that files can be had. */
  onLessons?: (lessons: readonly Lesson[]) => void;
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

/**
 * Reads the workflows and says which models and node types they need and this ComfyUI lacks. A file that cannot be read, and a name that
 * cannot be used, is reported and the others go on. Throws `no_workflows` when no file holds a workflow, and the signal's reason when it
 * aborts.
 */
export async function runScan(input: ScanInput, ports: ScanPorts): Promise<ScanResult> {
  ports.emit({ type: 'phase_started', phase: 'scanning' });
  const opening = (ports.openLibrary ?? openScanLibrary)(input.install, ports);
  const { files, failures: notFound } = findWorkflowFiles(input.paths);
  const stamps = new FileStamps();
  using threads = new ReadingThreads();
  startThreads(files, threads, { ...ports, stamps });
  const library = await opening;
  if (ports.memory?.isNew) threads.order(files, library.declarations); // all are to be read: the threads begin before this one is ready
  for (const failure of notFound) ports.emit({ type: 'workflow_failed', failure });
  const joined = await readJoined(files, library.declarations, { ...ports, includeDisabled: input.includeDisabled, threads, stamps });
  const { notes, requirements, refused } = joined;
  const failures = [...notFound, ...notes.flatMap((note) => ('failure' in note ? note.failure : []))];
  const workflows = notFound.length + notes.length - failures.length;
  ports.onLessons?.(joined.lessons.all());
  if (workflows === 0) throw noWorkflows(input.paths, failures);
  ports.emit({ type: 'local_models_found', count: library.modelCount });
  for (const name of refused) ports.emit(refusal(name));
  const required = await judgeAll(requirements, library, ports.signal);
  const missingNodes = await library.missingNodes(joined.uses);
  const result = {
    workflows,
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
