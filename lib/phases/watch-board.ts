import type { RunPhase, TransferProgress } from '../core/events.ts';
import type { ProblemReport, Requirement, Resolution, WorkflowFailure } from '../core/model.ts';
import type { QueueItem } from '../watch/queue.ts';
import { readProblem, readResolution } from './watch-ledger.ts';
import type { Stage } from './watch-work.ts';

/** One missing model on the board. */
export interface BoardItem {
  filename: string;
  directory: string | null;
  stage: Stage;
  bytesDone: number;
  bytesTotal: number | null;
  attempts: number;
  /** When it is tried again, for `retry` and `review`. */
  dueAt: Date;
  problem: ProblemReport | null;
  /** What was found out about it, `null` when nobody has looked yet. */
  resolution: Resolution | null;
}

/** How a watch stands: everything that is shown of it, and nothing that it works with. */
export interface Board {
  phase: RunPhase | 'idle';
  workflows: number;
  /** Files that could not be read as workflows. */
  failures: readonly WorkflowFailure[];
  localModels: number;
  requiredModels: number;
  missingNodes: number;
  /** The most urgent first. */
  items: readonly BoardItem[];
  /** Files that came into place since the watch began. */
  fetched: number;
  /** What is wrong now and concerns no single model. */
  problems: readonly ProblemReport[];
  /** The address of a ComfyUI that answers, `null` while none does. */
  comfyuiUrl: string | null;
}

/** An item of the queue as it is shown. */
export function makeBoardItem(
  item: QueueItem,
  known: { stage: Stage; requirement: Requirement | undefined; transfer: TransferProgress | undefined },
): BoardItem {
  const { stage, requirement, transfer } = known;
  const [directory = '', , filename = ''] = item.key.split('\0');
  return {
    filename: requirement?.filename ?? filename,
    directory: requirement?.directory ?? (directory || null),
    stage,
    bytesDone: transfer?.bytesDone ?? 0,
    bytesTotal: transfer?.bytesTotal ?? null,
    attempts: item.attempts,
    dueAt: new Date(item.dueAtMs),
    problem: readProblem(item),
    resolution: readResolution(item),
  };
}
