import { formatBytes, formatDuration } from '../core/units.ts';

const BAR_CELLS = 8;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;
/** Less than this of a name tells nothing. */
const SHORTEST_NAME = 12;

export interface BarState {
  index: number;
  total: number;
  filename: string;
  bytesDone: number;
  bytesTotal: number | null;
  bytesPerSecond: number;
  secondsLeft: number | null;
}

/** A bar of eight cells, `███▍    `. An unknown total is an empty bar. */
export function renderBar(bytesDone: number, bytesTotal: number | null): string {
  const share = bytesTotal ? Math.min(1, bytesDone / bytesTotal) : 0;
  const eighths = Math.floor(share * BAR_CELLS * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  return (full + (EIGHTHS[eighths % 8] ?? '')).padEnd(BAR_CELLS, '░');
}

/** One moving line, within `columns` where these leave room for a name: `  [1/5] hunyuan_lora.safetensors ███░░░░░  38%  83 MB of 218 MB  41 MB/s  4 s left`. */
export function renderBarLine(state: BarState, columns: number): string {
  const { index, total, bytesDone, bytesTotal, bytesPerSecond } = state;
  const percent = bytesTotal ? `${Math.floor((100 * bytesDone) / bytesTotal)}%`.padStart(4) : '    ';
  const size = bytesTotal === null ? formatBytes(bytesDone) : `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  const left = state.secondsLeft === null ? '' : `  ${formatDuration(state.secondsLeft)} left`;
  const before = `  [${index}/${total}] `;
  const behind = ` ${renderBar(bytesDone, bytesTotal)} ${percent}  ${size}  ${formatBytes(bytesPerSecond)}/s${left}`;
  return before + shorten(state.filename, Math.max(SHORTEST_NAME, columns - before.length - behind.length)) + behind;
}

/** A long name with its middle left out, so that its ending stays readable. */
export function shorten(name: string, most: number): string {
  if (name.length <= most) return name;
  const tail = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - tail)}…${name.slice(name.length - tail)}`;
}
