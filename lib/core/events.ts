import type { DownloadRecord, MissingNode, ProblemReport, Requirement, Resolution, WorkflowFailure } from './model.ts';

/** The phases that a run goes through, by the names that status.json has for them. */
export type RunPhase = 'scanning' | 'resolving' | 'downloading';

/** A transfer under way. */
export interface TransferProgress {
  filename: string;
  /** Absolute, and what a transfer is known by: several folders may have a file of the same name. */
  savePath: string;
  bytesDone: number;
  /** `null` while the size is not known. */
  bytesTotal: number | null;
}

/**
 * Everything that happens in a run. Phases emit, and never print: status.json, the log and the terminal each listen.
 * The order within a phase is `phase_started`, its own events, `phase_finished`.
 */
export type RunEvent =
  | { type: 'phase_started'; phase: RunPhase }
  | { type: 'phase_progress'; phase: RunPhase; current: number; total: number }
  | { type: 'phase_finished'; phase: RunPhase }
  | { type: 'workflow_parsed'; workflow: string; references: number }
  | { type: 'workflow_failed'; failure: WorkflowFailure }
  | { type: 'local_models_found'; count: number }
  | {
      type: 'scan_finished';
      workflows: number;
      localModels: number;
      required: Requirement[];
      missing: Requirement[];
      missingNodes: MissingNode[];
    }
  | { type: 'model_missing'; requirement: Requirement }
  | { type: 'model_resolved'; resolution: Resolution; index: number; total: number }
  | { type: 'downloads_planned'; files: number; bytesTotal: number | null }
  | { type: 'transfer_started'; filename: string; savePath: string; index: number; total: number; bytesTotal: number | null }
  | { type: 'transfer_resumed'; filename: string; savePath: string; fromBytes: number }
  | { type: 'transfer_progress'; transfer: TransferProgress }
  | { type: 'transfer_finished'; record: DownloadRecord; index: number; total: number }
  | { type: 'problem'; problem: ProblemReport; filename: string | null }
  | { type: 'note'; component: string; level: 'info' | 'warn' | 'error'; message: string };

export type Emit = (event: RunEvent) => void;
