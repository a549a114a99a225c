import type { ModelFolders } from '../comfy/model-folders.ts';
import { parsePartName } from '../core/model-file/part-name.ts';
import { secondsLeft, SpeedMeter } from '../core/speed.ts';
import { plainText, plural } from '../core/text.ts';
import { formatBytes, formatDuration } from '../core/units.ts';
import type { CheckedFile } from '../library/check-files.ts';
import { usualFolder } from '../library/fitting-folder.ts';
import type { VerifyProgress, VerifyResult } from '../phases/verify.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

/** A terminal is drawn at most 10 times a second; in a pipe there is a line at most every 5 seconds. */
const DRAW_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 5000;

/** What a check found, for a person: what is wrong and what to do about it first to last, then the counts. */
export function renderVerify(result: VerifyResult, options: { folders: ModelFolders; style: Style; hashed: boolean }): string[] {
  const { style, folders } = options;
  const { files, damaged, misplaced, wastedBytes } = result;
  const ofState = (state: CheckedFile['state']): CheckedFile[] => files.filter((file) => file.state === state);
  const counts = [`${damaged} damaged`, `${misplaced} in an unfitting folder`, ...(options.hashed ? [renderWaste(wastedBytes)] : [])];
  return [
    ...section('Damaged:', ofState('damaged'), (file) => renderDamaged(file, style)),
    ...section('In a folder that has no use for them:', ofState('misplaced'), (file) => renderMisplaced(file, folders, style)),
    ...section('The same content more than once:', firstCopies(files), renderCopies),
    ...section('Where models are looked for:', folders.problems, ({ message, hint }) => [
      `  ${style.yellow('!')} ${plainText(message)}`,
      `    ${style.dim(`→ ${plainText(hint)}`)}`,
    ]),
    ...section('Not read:', result.problems, ({ path, reason }) => [`  ${style.yellow('!')} ${plainText(path)}: ${plainText(reason)}`]),
    `${damaged === 0 ? style.green('✓') : style.red('✗')} Checked ${plural(files.length, 'model file')}: ${counts.join(', ')}`,
  ];
}

function section<Item>(title: string, items: readonly Item[], render: (item: Item) => string[]): string[] {
  return items.length === 0 ? [] : [title, ...items.flatMap(render), ''];
}

function renderDamaged({ path, damage, sizeBytes }: CheckedFile, style: Style): string[] {
  const size = sizeBytes === null ? '' : ` (${formatBytes(sizeBytes)})`;
  const mend = sizeBytes === null ? 'Make it readable for this user, or remove it' : mendOf(path);
  return [`  ${style.red('✗')} ${plainText(path)}${size}: ${plainText(damage ?? '')}`, `    ${style.dim(`→ ${mend}`)}`];
}

function mendOf(path: string): string {
  return parsePartName(path) === undefined
    ? 'Run auto: it fetches the file anew where a workflow needs it. Otherwise delete it'
    : 'Run auto: it fetches what the model lacks where a workflow needs it. Otherwise delete all its parts';
}

function renderMisplaced({ path, directories, detectedType }: CheckedFile, folders: ModelFolders, style: Style): string[] {
  const what = (detectedType ?? 'file').replaceAll('_', ' ');
  const target = detectedType === null ? undefined : folders.folders.get(usualFolder(detectedType))?.downloadRoot;
  const mend = target === undefined ? 'Move it to where its loader looks' : `Move it to ${plainText(target)}`;
  return [
    `  ${style.yellow('!')} ${plainText(path)}: ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what} in ${directories.map(plainText).join(', ')}`,
    `    ${style.dim(`→ ${mend}`)}`,
  ];
}

/** One file of each group of equal ones. */
function firstCopies(files: readonly CheckedFile[]): CheckedFile[] {
  const shown = new Set<string>();
  return files.filter((file) => {
    const isFirst = file.duplicates.length > 0 && !shown.has(file.path);
    if (isFirst) for (const path of file.duplicates) shown.add(path);
    return isFirst;
  });
}

function renderCopies({ path, duplicates, sizeBytes }: CheckedFile): string[] {
  const waste = formatBytes((sizeBytes ?? 0) * duplicates.length);
  return [`  ${plainText(path)} (${waste} could be saved)`, ...duplicates.map((copy) => `  = ${plainText(copy)}`)];
}

function renderWaste(wastedBytes: number): string {
  return wastedBytes === 0 ? 'no copies' : `copies take ${formatBytes(wastedBytes)}`;
}

/** The moving line of a check, or a line now and then where nothing can move. */
export class VerifyView {
  readonly #terminal: Terminal;
  readonly #now: () => Date;
  readonly #meter = new SpeedMeter();
  #shownAtMs: number;

  constructor(terminal: Terminal, now: () => Date) {
    this.#terminal = terminal;
    this.#now = now;
    this.#shownAtMs = now().getTime();
  }

  show(progress: VerifyProgress): void {
    const nowMs = this.#now().getTime();
    this.#meter.note(progress.bytes, nowMs);
    if (nowMs - this.#shownAtMs < (this.#terminal.live ? DRAW_INTERVAL_MS : LINE_INTERVAL_MS)) return;
    this.#shownAtMs = nowMs;
    const line = renderProgress(progress, this.#meter.bytesPerSecond());
    if (this.#terminal.live) this.#terminal.show([line]);
    else this.#terminal.note(line);
  }

  end(): void {
    this.#terminal.show([]);
  }
}

function renderProgress({ files, filesTotal, bytes, bytesTotal }: VerifyProgress, bytesPerSecond: number): string {
  const counted = `  ${files} of ${plural(filesTotal, 'file')}`;
  if (bytesTotal === 0) return counted;
  const left = secondsLeft(bytes, bytesTotal, bytesPerSecond);
  const speed = `${formatBytes(bytesPerSecond)}/s${left === null ? '' : `, ${formatDuration(left)} left`}`;
  return `${counted}, ${formatBytes(bytes)} of ${formatBytes(bytesTotal)}, ${speed}`;
}
