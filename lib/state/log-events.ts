import type { RunEvent } from '../core/events.ts';
import { formatBytes, formatTimestamp } from '../core/units.ts';
import { actionLine, type LogRecord } from './log.ts';

/** What the log says of an event; nothing for those that only move a bar. */
export function describeEvent(event: RunEvent, now: Date): LogRecord[] {
  const action = (name: string, details: Record<string, unknown>, level: LogRecord['level'] = 'info'): LogRecord[] => [
    { level, component: 'ComfyFixerSmart', message: actionLine(name, details, formatTimestamp(now)) },
  ];
  switch (event.type) {
    case 'phase_started':
      return [{ level: 'info', component: event.phase, message: 'started' }];
    case 'phase_finished':
      return [{ level: 'info', component: event.phase, message: 'finished' }];
    case 'workflow_parsed':
      return action('workflow_parsed', { workflow: event.workflow, references: event.references });
    case 'workflow_failed':
      return action('workflow_failed', { ...event.failure }, event.failure.code === 'not_a_workflow' ? 'info' : 'warn');
    case 'local_models_found':
      return [{ level: 'info', component: 'scanning', message: `${event.count} local models` }];
    case 'model_missing':
      return action('model_missing', pick(event.requirement));
    case 'model_resolved':
      return describeResolution(event, action);
    case 'downloads_planned':
      return [
        {
          level: 'info',
          component: 'downloading',
          message: `${event.files} files, ${event.bytesTotal === null ? 'size not known' : formatBytes(event.bytesTotal)}`,
        },
      ];
    case 'transfer_started':
      return action('download_started', { filename: event.filename, save_path: event.savePath, bytes_total: event.bytesTotal });
    case 'transfer_resumed':
      return action('download_resumed', { filename: event.filename, from_bytes: event.fromBytes });
    case 'transfer_finished':
      return describeDownload(event, action);
    case 'problem':
      return [
        {
          level: 'error',
          component: event.problem.code,
          message: `${event.filename ? `${event.filename}: ` : ''}${event.problem.error}: ${event.problem.details}`,
        },
      ];
    case 'note':
      return [{ level: event.level, component: event.component, message: event.message }];
    case 'scan_finished':
      return [
        {
          level: 'info',
          component: 'scanning',
          message: `${event.workflows} workflows, ${event.missing.length} missing models, ${event.missingNodes.length} missing node types`,
        },
      ];
    case 'phase_progress':
    case 'transfer_progress':
      return [];
  }
}

type MakeAction = (name: string, details: Record<string, unknown>, level?: LogRecord['level']) => LogRecord[];

function describeResolution(event: Extract<RunEvent, { type: 'model_resolved' }>, action: MakeAction): LogRecord[] {
  const { filename, directory, source, proof, accepted, reason, downloadUrl, unchecked } = event.resolution;
  const details = { filename, directory, source, proof, accepted, reason, download_url: downloadUrl };
  if (source !== 'not_found') return action('model_found', details);
  if (unchecked.length === 0) return action('model_not_found', details, 'warn');
  const silent = [...new Set(unchecked.map((entry) => entry.source))].join(', ');
  return [
    { level: 'warn', component: 'resolving', message: `${filename}: ${silent} could not be asked; what else there is does not have it` },
  ];
}

function describeDownload(event: Extract<RunEvent, { type: 'transfer_finished' }>, action: MakeAction): LogRecord[] {
  const { filename, savePath, status, bytes, sha256, verified, error } = event.record;
  const details = { filename, save_path: savePath, status, bytes, sha256, verified };
  if (status === 'linked') return action('model_linked', details);
  if (status === 'failed')
    return action(
      'download_failed',
      { ...details, code: error?.code ?? null, error: error?.error ?? null, reason: error?.details ?? null },
      'error',
    );
  return action('download_completed', details);
}

function pick(requirement: Extract<RunEvent, { type: 'model_missing' }>['requirement']): Record<string, unknown> {
  const { filename, subfolder, directory, state, workflow, nodeType, nodeId } = requirement;
  return { filename, subfolder, directory, state, workflow, node_type: nodeType, node_id: nodeId };
}
