import type { ComfyInstall } from '../comfy/install.ts';
import type { Lesson } from '../core/known-file.ts';
import type { MissingNode, Requirement, WorkflowFailure } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { findWorkflowFiles } from '../workflow/find-files.ts';
import { ReadingThreads } from '../workflow/reading-threads.ts';
import { FileStamps } from './file-stamps.ts';
import type { JoiningPorts } from './joined-reading.ts';
import type { openScanLibrary } from './scan-library.ts';
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
  onLessons?: (lessons: readonly Lesson[]) => void | Promise<void>;
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
  const found = findWorkflowFiles(input.paths);
  const stamps = new FileStamps();
  using threads = new ReadingThreads();
  startThreads(found.files, threads, { ...ports, stamps });
  const { scanFiles } = await import('./scan-files.ts'); // most of the code is loaded while the threads get ready
  return await scanFiles(found, input, { ...ports, stamps, threads });
}
