import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsolaInstance, ConsolaReporter, LogObject } from 'consola/core';
import { plainText } from '../core/text.ts';
import { formatLocalDate, formatLocalMoment, formatLocalTime } from '../core/units.ts';

const MOST_LOGS = 50;
const LOG_NAME = /^(scan|resolve|download|watch)_\d{8}_\d{6}\.log$/;

/** A record for the log: `action` ones are the structured lines that programs read. */
export interface LogRecord {
  level: 'info' | 'warn' | 'error';
  component: string;
  message: string;
}

export type LogKind = 'scan' | 'resolve' | 'download' | 'watch';

/** Writes log records to one file per phase in `folder`, and keeps the newest 50 files. */
export class FileReporter implements ConsolaReporter {
  readonly #folder: string;
  readonly #scrub: (text: string) => string;
  /** Open for appending: a record goes to the file at once, so that a run that is killed has told everything until then. */
  #descriptor: number | null = null;

  /** `scrub` takes secrets out of a line before it is written. */
  constructor(folder: string, scrub: (text: string) => string) {
    this.#folder = folder;
    this.#scrub = scrub;
  }

  /** Begins the log of a phase: `scan_20261123_143000.log`. Older logs beyond the newest 50 go. */
  begin(kind: LogKind, date: Date): void {
    mkdirSync(this.#folder, { recursive: true });
    const stamp = `${formatLocalDate(date)}_${formatLocalTime(date)}`.replaceAll(/[-:]/g, '');
    this.close();
    this.#descriptor = openSync(join(this.#folder, `${kind}_${stamp}.log`), 'a');
    pruneLogs(this.#folder);
  }

  log(record: LogObject): void {
    if (this.#descriptor === null) return;
    const component = record.tag || 'ComfyFixerSmart';
    const words = plainText(record.args.map(String).join(' '));
    const time = formatLocalMoment(record.date);
    try {
      writeSync(this.#descriptor, `${this.#scrub(`${time} [${levelName(record)}] ${component}: ${words}`)}\n`);
    } catch {
      // a log that cannot be written (disk full, folder gone) never stops the work it tells of
    }
  }

  /** Ends the log of the phase: what comes before the next one begins goes nowhere. */
  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Writes records under their components; the records of one component share what it costs to set a logger up. */
export function taggedWriter(logger: ConsolaInstance): (record: LogRecord) => void {
  const tagged = new Map<string, ConsolaInstance>();
  return ({ level, component, message }) => {
    const known = tagged.get(component) ?? logger.withTag(component);
    tagged.set(component, known);
    known[level](message);
  };
}

/** The words of a structured line: `ACTION: {"timestamp": ..., "action": ..., "details": {...}}`. */
export function actionLine(action: string, details: Record<string, unknown>, timestamp: string): string {
  return `ACTION: ${JSON.stringify({ timestamp, action, details })}`;
}

function levelName(record: LogObject): string {
  if (record.level <= 0) return 'ERROR';
  if (record.level === 1) return 'WARN';
  return record.level >= 4 ? 'DEBUG' : 'INFO';
}

/** `20261123_143000.log`: what orders logs of all kinds by time. */
function stampOf(name: string): string {
  return name.slice(name.indexOf('_') + 1);
}

function pruneLogs(folder: string): void {
  const logs = readdirSync(folder)
    .filter((name) => LOG_NAME.test(name))
    .sort((a, b) => stampOf(b).localeCompare(stampOf(a)));
  for (const name of logs.slice(MOST_LOGS)) {
    try {
      unlinkSync(join(folder, name));
    } catch {
      // somebody else has removed it, or may not: one log more does no harm
    }
  }
}
