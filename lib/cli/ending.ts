import type { RunPhase } from '../core/events.ts';
import { isHomeless } from '../core/homeless.ts';
import { isRefusedInPlace } from '../core/refused.ts';
import { plural } from '../core/text.ts';
import { countLeft, isDone, type PipelineResults } from '../phases/results.ts';
import { renderPlan } from './plan-view.ts';
import { renderMissing, renderMissingNodes, renderReview } from './lists.ts';

export interface Ending {
  to: RunPhase;
  results: PipelineResults;
  /** Model names that were refused, since they would leave the models folders. */
  refused: number;
  /** Where the summary was written, `null` when this run writes none. */
  summaryPath: string | null;
}

/** The last lines of a run: what came of it, what is left, and what to do about that. */
export function renderEnding(ending: Ending): string[] {
  if (ending.to === 'scanning') return renderScanEnd(ending);
  const review = renderReview(ending.results.resolutions ?? []);
  const left = review.length === 0 ? [] : ['', 'Left:', ...review];
  if (ending.to === 'resolving') return [...left, ...renderResolveEnd(ending.results)];
  return [...left, ...renderNodes(ending.results), ...(ending.results.plan ? renderPlan(ending.results.plan) : renderDownloadEnd(ending))];
}

function renderScanEnd({ results, refused }: Ending): string[] {
  const missing = results.missing.length === 0 ? [] : ['', 'Missing models:', ...renderMissing(results.missing)];
  return [
    ...missing,
    ...renderNodes(results),
    ...renderRefused(refused),
    ...(results.missing.length > 0 ? ['', 'Next: resolve, or auto for the whole job'] : refused > 0 ? [] : ['✓ Every model is in place']),
  ];
}

function renderRefused(refused: number): string[] {
  return refused === 0 ? [] : [`${plural(refused, 'model name')} refused: choose the model again in that node`];
}

function renderNodes(results: PipelineResults): string[] {
  return results.missingNodes.length === 0 ? [] : ['', 'Missing custom nodes:', ...renderMissingNodes(results.missingNodes)];
}

function renderResolveEnd(results: PipelineResults): string[] {
  const resolutions = results.resolutions ?? [];
  const accepted = resolutions.filter((item) => item.accepted).length;
  if (accepted === resolutions.length)
    return [`✓ Resolved ${accepted}/${resolutions.length} models`, ...(accepted > 0 ? ['Next: download'] : [])];
  const next = resolutions.every((item) => item.accepted || isHomeless(item) || isRefusedInPlace(item))
    ? `Next: mend in the workflow what cannot be saved or is not taken, as the lines above say${accepted > 0 ? ', and download the rest' : ''}`
    : 'Next: choose with resolve --pick "NAME=NUMBER_OR_URL", then download';
  return ['', `Resolved ${accepted}/${resolutions.length} models`, next];
}

function renderDownloadEnd({ results, refused, summaryPath }: Ending): string[] {
  const needed = results.missing.length;
  const records = results.downloads ?? [];
  const done = records.filter(isDone).length;
  const left = countLeft(results);
  if (left === 0 && refused === 0)
    return [needed === 0 ? '✓ Complete! Every model is in place' : `✓ Complete! Downloaded ${done}/${needed} models`];
  const total = Math.max(needed, done + left);
  const failed = records.filter((record) => record.status === 'failed').length;
  const words = [
    `Finished with ${plural(left, 'model')} left: ${total - left}/${total} in place`,
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return ['', words.join(', '), ...renderRefused(refused), ...(summaryPath === null ? [] : [`What to do next: ${summaryPath}`])];
}
