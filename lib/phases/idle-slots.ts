import type { RunEvent } from '../core/events.ts';
import type { Reference, Requirement } from '../core/model.ts';
import { plural } from '../core/text.ts';
import { judgeAll } from './assess.ts';
import type { ScanLibrary } from './scan-library.ts';

type Note = Extract<RunEvent, { type: 'note' }>;

/** One careless stack may stand in a hundred workflows: of more nodes than these only the number is told. */
const MOST_NODES = 8;
const MOST_NAMES = 3;

/**
 * What a person is told of slots that are switched off and name files that are not here. Nobody loads these, so that nobody is to fetch
 * them, but ComfyUI holds every choice of a prompt against what it offers before it runs any (`validate_inputs` in execution.py, 0.3.64).
 * Rejects with the signal's reason when it aborts.
 */
export async function noteIdleSlots(idle: readonly Requirement[], library: ScanLibrary, signal: AbortSignal): Promise<Note[]> {
  const judged = await judgeAll(idle, library, signal);
  const absent = judged.filter(({ state }) => state === 'missing' || state === 'misplaced');
  const nodes = [...Map.groupBy(absent.flatMap(refusedOf), nodeOf).values()];
  const notes = nodes.slice(0, MOST_NODES).map(describe);
  const more = nodes.length - notes.length;
  if (more > 0)
    notes.push(`${plural(more, 'more node')} ${more === 1 ? 'has' : 'have'} such slots; scan --include-disabled lists what they name`);
  return notes.map((message): Note => ({ type: 'note', component: 'idle_slots', level: 'warn', message }));
}

/** A running ComfyUI tells which of them it refuses. */
function refusedOf({ references }: Requirement): readonly Reference[] {
  const refused = references.filter((reference) => reference.refused);
  return refused.length > 0 ? refused : references;
}

function nodeOf({ workflowPath, subgraph, nodeId }: Reference): string {
  return JSON.stringify([workflowPath, subgraph, nodeId]);
}

function describe(references: readonly Reference[]): string {
  const names = [...new Set(references.map(({ written }) => written))];
  const more = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const [first] = references;
  const place = first === undefined ? '' : `node ${first.nodeId} (${first.nodeType}) of ${first.workflow}`;
  const which = names.length === 1 ? 'which is' : 'which are';
  return `${place}: slots that are switched off name ${shown}, ${which} not here. Not needed, but ComfyUI may refuse the workflow: set these slots to None`;
}
