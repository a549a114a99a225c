import { plainText } from '../core/text.ts';
import { formatBytes, formatDuration } from '../core/units.ts';
import type { Status } from '../state/schemas.ts';

/** status.json for a person. */
export function renderStatus(status: Status, now: Date): string[] {
  if (status.command === '') return ['Phase: idle (no run yet)'];
  const { progress } = status;
  return [
    `Phase: ${status.phase} (${status.command}, ${renderAge(status, now)})`,
    ...(progress.total > 0 ? [`  Progress: ${progress.current}/${progress.total} (${progress.percent}%)`] : []),
    ...renderCounts(status.data),
    ...renderTransfers(status.data),
    ...renderErrors(status.errors),
  ];
}

function renderAge(status: Status, now: Date): string {
  const seconds = (now.getTime() - Date.parse(status.timestamp)) / 1000;
  return Number.isNaN(seconds) ? 'time not known' : `${formatDuration(seconds)} ago`;
}

function renderCounts(data: Status['data']): string[] {
  return [
    `  Workflows: ${data.workflows_scanned}, local models: ${data.local_models}`,
    `  Missing: ${data.missing_models} models, ${data.missing_nodes} custom node types`,
    `  Found: Civitai ${data.civitai_matches}, HuggingFace ${data.huggingface_matches}, other links ${data.direct_matches}, this machine ${data.local_matches}`,
    `  Left: ${data.not_found} not found, ${data.needs_review} waiting for review, ${data.unchecked} not asked for everywhere`,
    `  Downloads: ${data.downloads_successful} done, ${data.downloads_failed} failed`,
  ];
}

function renderTransfers(data: Status['data']): string[] {
  if (data.downloads.length === 0) return [];
  const left = data.eta_seconds === null ? '' : `, ${formatDuration(data.eta_seconds)} left`;
  return [
    `  ${renderSize(data.bytes_done, data.bytes_total)}, ${formatBytes(data.bytes_per_second)}/s${left}`,
    ...data.downloads.map((transfer) => `    ${plainText(transfer.filename)}  ${renderSize(transfer.bytes_done, transfer.bytes_total)}`),
  ];
}

function renderSize(bytesDone: number, bytesTotal: number | null): string {
  return bytesTotal === null ? formatBytes(bytesDone) : `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
}

function renderErrors(errors: Status['errors']): string[] {
  return errors.flatMap((entry) => {
    const subject = entry.filename === null ? '' : `${entry.filename}: `;
    const details = entry.details ? ` (${entry.details})` : '';
    return [`  ✗ ${plainText(subject + entry.error + details)}`, `    → ${plainText(entry.hint)}`];
  });
}
