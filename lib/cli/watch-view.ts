import type { RunEvent } from '../core/events.ts';
import { SpeedMeter, secondsLeft } from '../core/speed.ts';
import { plainText, plural } from '../core/text.ts';
import { formatBytes, formatDuration, formatLocalTime } from '../core/units.ts';
import type { Board, BoardItem } from '../phases/watch-board.ts';
import { renderBarLine, shorten } from './bars.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

/** More lines of a kind than these are summed up. */
const MOST_ITEMS = 8;
const MOST_EVENTS = 6;

export interface WatchViewOptions {
  terminal: Terminal;
  style: Style;
  now: () => Date;
  /** Only what went wrong. */
  quiet: boolean;
}

/** Something that happened, in one line. */
interface Happening {
  text: string;
  isBad: boolean;
}

/** What a person sees of a watch: one live screen on a terminal, a line for each thing that happens elsewhere. */
export class WatchView {
  readonly #options: WatchViewOptions;
  readonly #last: string[] = [];
  readonly #meters = new Map<string, SpeedMeter>();
  #board: Board | null = null;
  #shownSummary = '';
  #drawn: readonly string[] = [];

  constructor(options: WatchViewOptions) {
    this.#options = options;
  }

  handle(event: RunEvent): void {
    const happening = describeHappening(event);
    if (!happening || (this.#options.quiet && !happening.isBad)) return;
    const { terminal, style, now } = this.#options;
    const text = plainText(happening.text);
    const line = `${formatLocalTime(now())} ${happening.isBad ? style.red(text) : text}`;
    if (!terminal.live) return terminal.note(line);
    this.#last.push(line);
    if (this.#last.length > MOST_EVENTS) this.#last.shift();
    this.draw();
  }

  show(board: Board): void {
    this.#board = board;
    if (this.#options.terminal.live) return this.draw();
    const summary = renderSummaryLine(board);
    if (board.phase !== 'idle' || summary === this.#shownSummary || this.#options.quiet) return;
    this.#shownSummary = summary;
    this.#options.terminal.note(`${formatLocalTime(this.#options.now())} ${summary}`);
  }

  /** Draws the screen again, since times on it move by themselves. */
  draw(): void {
    if (!this.#board || !this.#options.terminal.live) return;
    const lines = this.#render(this.#board);
    if (lines.join('\n') === this.#drawn.join('\n')) return;
    this.#drawn = lines;
    this.#options.terminal.show(lines);
  }

  /** Takes the live screen away. */
  end(): void {
    this.#options.terminal.show([]);
  }

  #render(board: Board): string[] {
    const { style, terminal } = this.#options;
    const lines = [
      style.bold('=== ComfyFixerSmart ===') + style.dim(board.comfyuiUrl === null ? '' : `  ComfyUI runs at ${board.comfyuiUrl}`),
      renderSummaryLine(board),
      ...this.#renderBars(board),
      ...renderWaiting(board),
      ...this.#renderOpen(board),
      ...board.problems.flatMap(({ error, details, hint }) => [
        style.red(`✗ ${plainText(error)}${details ? `: ${plainText(details)}` : ''}`),
        style.dim(`  → ${plainText(hint)}`),
      ]),
      ...(this.#last.length === 0 ? [] : ['', ...this.#last]),
      style.dim('Ctrl-C ends it; what is under way goes on next time'),
    ];
    return lines.slice(0, terminal.rows - 1).map((line) => clip(line, terminal.columns));
  }

  #renderBars(board: Board): string[] {
    const active = board.items.filter(({ stage }) => stage === 'downloading');
    const names = new Set(active.map(({ filename }) => filename));
    for (const name of this.#meters.keys()) if (!names.has(name)) this.#meters.delete(name);
    return active.map((item, position) => this.#renderBar(item, { index: position + 1, total: active.length }));
  }

  #renderBar(item: BoardItem, place: { index: number; total: number }): string {
    const { filename, bytesDone, bytesTotal } = item;
    const meter = this.#meters.get(filename) ?? new SpeedMeter();
    this.#meters.set(filename, meter);
    meter.note(bytesDone, this.#options.now().getTime());
    const bytesPerSecond = meter.bytesPerSecond();
    const left = secondsLeft(bytesDone, bytesTotal, bytesPerSecond);
    const state = { ...place, filename: plainText(filename), bytesDone, bytesTotal, bytesPerSecond, secondsLeft: left };
    return renderBarLine(state, this.#options.terminal.columns);
  }

  #renderOpen(board: Board): string[] {
    const { style, now } = this.#options;
    const open = board.items.filter(({ stage }) => stage === 'review' || stage === 'retry');
    const more = open.length - MOST_ITEMS;
    return [
      ...open.slice(0, MOST_ITEMS).map((item) => style.yellow(`  ${renderOpenItem(item, now())}`)),
      ...(more > 0 ? [`  and ${more} more: see output/summary_report.md`] : []),
    ];
  }
}

function renderSummaryLine(board: Board): string {
  const { items, workflows, localModels, requiredModels, missingNodes } = board;
  const review = items.filter(({ stage }) => stage === 'review').length;
  return [
    `Watching ${plural(workflows, 'workflow')}: ${plural(requiredModels, 'model')} needed, ${items.length} missing`,
    plural(localModels, 'local model'),
    ...(missingNodes > 0 ? [`${plural(missingNodes, 'custom node type')} missing`] : []),
    ...(review > 0 ? [`${review} waiting for review`] : []),
    ...(board.fetched > 0 ? [`${board.fetched} fetched`] : []),
  ].join(', ');
}

function renderWaiting(board: Board): string[] {
  const waiting = board.items.filter(({ stage }) => stage === 'waiting' || stage === 'resolving' || stage === 'arriving');
  const lines = waiting.slice(0, MOST_ITEMS).map(({ filename, directory, stage }) => {
    const words = { waiting: 'waiting', resolving: 'looking for', arriving: 'being copied' }[stage as 'waiting' | 'resolving' | 'arriving'];
    return `  ${words}  ${plainText(`${directory ?? '?'}/${filename}`)}`;
  });
  return waiting.length > MOST_ITEMS ? [...lines, `  and ${waiting.length - MOST_ITEMS} more`] : lines;
}

function renderOpenItem({ filename, stage, problem, resolution, dueAt }: BoardItem, now: Date): string {
  const name = plainText(filename);
  if (stage === 'review') {
    const count = resolution?.candidates.length ?? 0;
    return `${name}: ${plural(count, 'candidate')}, none proven; name one under overrides in config.json`;
  }
  const seconds = (dueAt.getTime() - now.getTime()) / 1000;
  return `${name}: ${plainText(problem?.error ?? 'not yet')}; again in ${formatDuration(seconds)}. ${plainText(problem?.hint ?? '')}`;
}

/** The line for an event; `null` for what nobody needs to hear of. */
function describeHappening(event: RunEvent): Happening | null {
  switch (event.type) {
    case 'workflow_failed':
      return event.failure.code === 'not_a_workflow' ? null : { text: `! ${event.failure.path}: ${event.failure.reason}`, isBad: true };
    case 'model_missing':
      return { text: `missing ${event.requirement.filename}, needed by ${event.requirement.workflow}`, isBad: false };
    case 'model_resolved':
      return describeResolved(event);
    case 'transfer_started':
      return { text: `downloading ${event.filename}`, isBad: false };
    case 'transfer_finished':
      return describeFinished(event);
    case 'problem':
      return { text: `✗ ${event.filename ? `${event.filename}: ` : ''}${event.problem.error}. ${event.problem.hint}`, isBad: true };
    case 'note':
      return { text: event.message, isBad: event.level !== 'info' };
    default:
      return null;
  }
}

function describeResolved({ resolution }: Extract<RunEvent, { type: 'model_resolved' }>): Happening | null {
  const { filename, accepted, source, proof, candidates } = resolution;
  if (accepted) return { text: `found ${filename} on ${source} (${proof ?? 'chosen'})`, isBad: false };
  return candidates.length === 0 ? null : { text: `${filename} waits for review: ${plural(candidates.length, 'candidate')}`, isBad: false };
}

function describeFinished({ record }: Extract<RunEvent, { type: 'transfer_finished' }>): Happening | null {
  const { filename, status, bytes, error } = record;
  if (error) return null;
  const words = { downloaded: '✓ downloaded', linked: '✓ linked', already_present: '✓ already there', failed: '✗', skipped: '-' }[status];
  return { text: `${words} ${filename}  ${formatBytes(bytes)}`, isBad: false };
}

/** A line that is too long would break into two and spoil the picture. Colour codes do not count. */
function clip(line: string, columns: number): string {
  const plainLength = Bun.stringWidth(line);
  return plainLength < columns ? line : shorten(Bun.stripANSI(line), columns - 1);
}
