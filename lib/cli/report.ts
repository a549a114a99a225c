import type { RunEvent, RunPhase } from '../core/events.ts';
import type { DownloadRecord, ProblemReport, Resolution, WorkflowFailure } from '../core/model.ts';
import { plainText, plural } from '../core/text.ts';
import { formatBytes } from '../core/units.ts';
import { renderBar } from './bars.ts';
import { renderResolutions } from './lists.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { TransferView } from './transfer-view.ts';

const PHASE_TITLES: Readonly<Record<RunPhase, string>> = {
  scanning: 'Scanning workflows...',
  resolving: 'Resolving on Civitai/HuggingFace...',
  downloading: 'Downloading...',
};

export interface ReportOptions {
  terminal: Terminal;
  style: Style;
  /** Only what went wrong. */
  quiet: boolean;
  verbose: boolean;
  /** stdout carries JSON: the lines of the result are left out. */
  json: boolean;
  now: () => Date;
}

/** Tells a person what a run does, as it does it. It only looks: nothing here decides anything. */
export class Report {
  readonly #options: ReportOptions;
  readonly #transfers: TransferView;
  readonly #resolutions: Resolution[] = [];
  /** What an earlier run had fetched of a file, by its path: no merit of this one's speed. */
  readonly #heldBytes = new Map<string, number>();
  #failedWorkflows = 0;

  constructor(options: ReportOptions) {
    this.#options = options;
    this.#transfers = new TransferView(options.terminal, { now: options.now, quiet: options.quiet });
  }

  /** A line of the result. */
  print(line: string): void {
    if (!this.#options.quiet && !this.#options.json) this.#options.terminal.print(line);
  }

  /** Something that went wrong, and what to do about it; also with `--quiet` and `--json`. */
  complain(message: string, hint: string | null): void {
    const { terminal, style } = this.#options;
    terminal.note(`  ${style.red('✗')} ${plainText(message)}`);
    if (hint) terminal.note(`    ${style.dim(`→ ${plainText(hint)}`)}`);
  }

  header(): void {
    this.print(this.#options.style.bold('=== ComfyFixerSmart ==='));
  }

  handle(event: RunEvent): void {
    switch (event.type) {
      case 'phase_started':
        return this.print(`Phase: ${PHASE_TITLES[event.phase]}`);
      case 'phase_progress':
        return this.#showProgress(event);
      case 'phase_finished':
        return this.#endPhase(event.phase);
      case 'workflow_failed':
        return this.#showFailure(event.failure);
      case 'scan_finished':
        return this.#showScan(event);
      case 'model_resolved':
        this.#resolutions.push(event.resolution);
        return;
      case 'downloads_planned':
      case 'transfer_started':
      case 'transfer_progress':
        return this.#transfers.handle(event);
      case 'transfer_resumed':
        this.#heldBytes.set(event.savePath, event.fromBytes);
        return this.#transfers.handle(event);
      case 'transfer_finished':
        this.#transfers.handle(event);
        return this.#showRecord(event.record, `[${event.index}/${event.total}]`);
      case 'problem':
        return this.#showProblem(event.problem, event.filename);
      case 'note':
        return this.#showNote(event);
      default:
    }
  }

  #showProgress(event: Extract<RunEvent, { type: 'phase_progress' }>): void {
    if (event.phase === 'downloading' || this.#options.quiet) return;
    const noun = event.phase === 'scanning' ? 'workflows' : 'models';
    this.#options.terminal.show(event.current < event.total ? [`  ${event.current} of ${event.total} ${noun}`] : []);
  }

  #endPhase(phase: RunPhase): void {
    this.#options.terminal.show([]);
    if (phase === 'resolving') for (const line of renderResolutions(this.#resolutions)) this.print(line);
  }

  #showFailure(failure: WorkflowFailure): void {
    if (failure.code === 'not_a_workflow' && !this.#options.verbose) return;
    this.#failedWorkflows++;
    if (!this.#options.quiet)
      this.#options.terminal.note(`  ${this.#options.style.yellow('!')} ${plainText(failure.path)}: ${plainText(failure.reason)}`);
  }

  #showScan(event: Extract<RunEvent, { type: 'scan_finished' }>): void {
    this.print(`  Found ${plural(event.workflows, 'workflow')}`);
    this.print(`  Found ${plural(event.localModels, 'local model')}`);
    this.print(`  Missing: ${plural(event.missing.length, 'model')}`);
    if (event.missingNodes.length > 0) this.print(`  Missing: ${plural(event.missingNodes.length, 'custom node type')}`);
    if (this.#failedWorkflows > 0) this.print(`  Skipped: ${plural(this.#failedWorkflows, 'file')} that could not be read`);
  }

  #showRecord(record: DownloadRecord, place: string): void {
    const { style } = this.#options;
    const name = plainText(record.filename);
    if (record.status === 'failed' || record.status === 'skipped') {
      const mark = record.status === 'failed' ? style.red('✗') : style.yellow('-');
      this.print(`  ${place} ${name} ${mark} ${record.error ? plainText(record.error.error) : 'skipped'}`);
      return;
    }
    if (record.status === 'downloaded') {
      const fetched = record.bytes - (this.#heldBytes.get(record.savePath ?? '') ?? 0);
      const speed = record.seconds > 0 && fetched >= 0 ? `  ${formatBytes(fetched / record.seconds)}/s` : '';
      return this.print(`  ${place} ${name} ${renderBar(1, 1)} 100%  ${formatBytes(record.bytes)}${speed}`);
    }
    const words = record.status === 'linked' ? 'linked to the same file on this machine' : 'already there';
    this.print(`  ${place} ${name} ${style.green('✓')} ${words}  ${formatBytes(record.bytes)}`);
  }

  #showProblem(problem: ProblemReport, filename: string | null): void {
    const subject = filename === null ? '' : `${filename}: `;
    const details = problem.details && problem.details !== problem.error ? ` (${problem.details})` : '';
    this.complain(`${subject}${problem.error}${details}`, problem.hint);
  }

  #showNote(event: Extract<RunEvent, { type: 'note' }>): void {
    if (event.level === 'info' && !this.#options.verbose) return;
    if (this.#options.quiet && event.level !== 'error') return;
    this.#options.terminal.note(`  ${event.level === 'info' ? '' : '! '}${plainText(event.message)}`);
  }
}
