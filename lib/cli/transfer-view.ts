import type { RunEvent } from '../core/events.ts';
import type { DownloadRecord } from '../core/model.ts';
import { secondsLeft, SpeedMeter } from '../core/speed.ts';
import { plainText } from '../core/text.ts';
import { formatBytes, formatDuration } from '../core/units.ts';
import { renderBarLine } from './bars.ts';
import type { Terminal } from './terminal.ts';

/** A terminal is drawn at most 10 times a second; in a pipe there is a line at most every 5 seconds. */
const DRAW_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 5000;
/** A transfer that just began says nothing of its speed. */
const QUIET_START_MS = 2000;

type TransferEvent = Extract<
  RunEvent,
  { type: 'downloads_planned' | 'transfer_started' | 'transfer_resumed' | 'transfer_progress' | 'transfer_finished' }
>;

interface ActiveTransfer {
  filename: string;
  index: number;
  total: number;
  bytesDone: number;
  bytesTotal: number | null;
  meter: SpeedMeter;
}

/** The moving part of a download phase: a bar for each file and one line for the whole, or plain lines where nothing can move. */
export class TransferView {
  readonly #terminal: Terminal;
  readonly #now: () => Date;
  readonly #quiet: boolean;
  /** By where they are put. */
  readonly #active = new Map<string, ActiveTransfer>();
  readonly #whole = new SpeedMeter();
  #files = 0;
  #filesDone = 0;
  #bytesTotal: number | null = null;
  #finishedBytes = 0;
  #drawnAtMs = 0;
  #beganAtMs = 0;

  constructor(terminal: Terminal, options: { now: () => Date; quiet: boolean }) {
    this.#terminal = terminal;
    this.#now = options.now;
    this.#quiet = options.quiet;
  }

  handle(event: TransferEvent): void {
    const nowMs = this.#now().getTime();
    switch (event.type) {
      case 'downloads_planned':
        this.#files = event.files;
        this.#bytesTotal = event.bytesTotal;
        this.#beganAtMs = nowMs;
        break;
      case 'transfer_started':
        this.#active.set(event.savePath, { ...event, bytesDone: 0, meter: new SpeedMeter() });
        break;
      case 'transfer_resumed':
        this.#takeUp(event);
        if (!this.#quiet && !this.#terminal.live)
          this.#terminal.note(`  ${plainText(event.filename)}: going on at ${formatBytes(event.fromBytes)}`);
        break;
      case 'transfer_progress':
        this.#note(event, nowMs);
        break;
      case 'transfer_finished':
        this.#finish(event.record);
        break;
    }
    this.#draw(nowMs, event.type === 'transfer_finished');
  }

  #note(event: Extract<TransferEvent, { type: 'transfer_progress' }>, nowMs: number): void {
    const { savePath, bytesDone, bytesTotal } = event.transfer;
    const transfer = this.#active.get(savePath);
    if (!transfer) return;
    transfer.bytesDone = bytesDone;
    transfer.bytesTotal = bytesTotal ?? transfer.bytesTotal;
    transfer.meter.note(bytesDone, nowMs);
    this.#whole.note(this.#bytesDone(), nowMs);
  }

  #takeUp({ savePath, fromBytes }: Extract<TransferEvent, { type: 'transfer_resumed' }>): void {
    const transfer = this.#active.get(savePath);
    if (!transfer) return;
    this.#whole.skip(fromBytes - transfer.bytesDone);
    transfer.bytesDone = fromBytes;
  }

  #finish({ savePath, status, bytes }: DownloadRecord): void {
    this.#filesDone++;
    const transfer = this.#active.get(savePath ?? '');
    if (!transfer) return;
    this.#active.delete(savePath ?? '');
    this.#finishedBytes += bytes;
    if (status !== 'downloaded') this.#whole.skip(bytes - transfer.bytesDone);
  }

  #bytesDone(): number {
    return this.#finishedBytes + [...this.#active.values()].reduce((sum, transfer) => sum + transfer.bytesDone, 0);
  }

  #draw(nowMs: number, ended: boolean): void {
    if (this.#quiet) return;
    if (!this.#terminal.live) return this.#drawLine(nowMs);
    if (!ended && nowMs - this.#drawnAtMs < DRAW_INTERVAL_MS) return;
    this.#drawnAtMs = nowMs;
    const bars = [...this.#active.values()].map((transfer) => this.#renderBar(transfer));
    this.#terminal.show(bars.length > 1 ? [...bars, `  ${this.#renderWhole()}`] : bars);
  }

  #renderBar(transfer: ActiveTransfer): string {
    const bytesPerSecond = transfer.meter.bytesPerSecond();
    const left = secondsLeft(transfer.bytesDone, transfer.bytesTotal, bytesPerSecond);
    return renderBarLine(
      { ...transfer, filename: plainText(transfer.filename), bytesPerSecond, secondsLeft: left },
      this.#terminal.columns,
    );
  }

  #drawLine(nowMs: number): void {
    if (
      this.#active.size === 0 ||
      nowMs - Math.max(this.#drawnAtMs, this.#beganAtMs - LINE_INTERVAL_MS + QUIET_START_MS) < LINE_INTERVAL_MS
    )
      return;
    this.#drawnAtMs = nowMs;
    this.#terminal.note(`  ${this.#renderWhole()}`);
  }

  #renderWhole(): string {
    const done = this.#bytesDone();
    const bytesPerSecond = this.#whole.bytesPerSecond();
    const left = secondsLeft(done, this.#bytesTotal, bytesPerSecond);
    const size = this.#bytesTotal === null ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(this.#bytesTotal)}`;
    const time = left === null ? '' : `, ${formatDuration(left)} left`;
    return `${this.#filesDone} of ${this.#files} files, ${size}, ${formatBytes(bytesPerSecond)}/s${time}`;
  }
}
