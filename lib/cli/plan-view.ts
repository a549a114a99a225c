import { plainText, plural } from '../core/text.ts';
import { formatBytes } from '../core/units.ts';
import type { DownloadPlan, DownloadPlanRow } from '../phases/download-plan.ts';

/** What a download would do, for a person: each file, the sum, and the room there is. */
export function renderPlan(plan: DownloadPlan): string[] {
  if (plan.rows.length === 0) return ['Dry run: nothing to download'];
  const fetched = plan.rows.filter((row) => row.action === 'download');
  const linked = plan.rows.filter((row) => row.action === 'link');
  const unknown = plan.unknownSizes > 0 ? ` and ${plural(plan.unknownSizes, 'file')} of unknown size` : '';
  const links = linked.length > 0 ? `; ${plural(linked.length, 'file')} linked on this machine` : '';
  return [
    'Plan:',
    ...plan.rows.flatMap(renderRow),
    `  Sum: ${plural(fetched.length, 'file')}, ${formatBytes(plan.bytesTotal)}${unknown}${links}`,
    ...plan.volumes.map(
      (volume) => `  Free at ${volume.path}: ${formatBytes(volume.freeBytes)}, needed: ${formatBytes(volume.neededBytes)}`,
    ),
    'Dry run: nothing was downloaded',
  ];
}

function renderRow(row: DownloadPlanRow): string[] {
  const size = row.sizeBytes === null ? 'size not known' : formatBytes(row.sizeBytes);
  const held = row.heldBytes > 0 ? `, ${formatBytes(row.heldBytes)} of it here already` : '';
  const from = row.foundAt === null ? (row.downloadUrl ?? row.source) : `linked from ${row.foundAt}`;
  const head = `  ${plainText(row.filename)}  ${size}${held}  ${plainText(from)}${renderMarks(row)}`;
  const target = row.savePath === null ? [] : [`    to ${plainText(row.savePath)}`];
  return row.problem
    ? [head, `    ✗ ${plainText(row.problem.error)}: ${plainText(row.problem.details)}`, `    → ${plainText(row.problem.hint)}`]
    : [head, ...target];
}

function renderMarks(row: DownloadPlanRow): string {
  const marks = [
    ...(row.requiresAuth ? ['needs an account'] : []),
    ...(row.gated ? [gateOf(row)] : []),
    ...(row.pickle ? ['pickle: can run code when loaded'] : []),
    ...(row.license === null ? [] : [`licence ${row.license}`]),
  ];
  return marks.length === 0 ? '' : `  (${plainText(marks.join(', '))})`;
}

/** Civitai gates nothing but what is sold for a time before it is free. */
function gateOf({ source }: DownloadPlanRow): string {
  return source === 'civitai' ? 'early access: only for those who paid' : 'gated: its conditions must be accepted';
}
