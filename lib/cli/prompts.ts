import type { Candidate, Resolution } from '../core/model.ts';
import type { Environment } from '../core/ports.ts';
import { plainText } from '../core/text.ts';
import { formatBytes } from '../core/units.ts';
import type { Answer, Ask } from '../phases/resolve-ask.ts';
import type { Terminal } from './terminal.ts';

/** What a URL may be: a web link, or one of Civitai's resource names. */
const LINK = /^(https?:\/\/\S+|(urn:)?(air:)?[\w-]+:[\w-]+:civitai:\S+)$/i;

/** Whether somebody sits there who can be asked: on a terminal, and neither a program nor a script that wants no words. */
export function canAsk(run: { stdinTTY: boolean; stdoutTTY: boolean; json: boolean; quiet: boolean; env: Environment }): boolean {
  const { stdinTTY, stdoutTTY, json, quiet, env } = run;
  const isCi = Boolean(env['CI']) && env['CI'] !== 'false';
  return stdinTTY && stdoutTTY && !json && !quiet && !isCi && env['TERM'] !== 'dumb';
}

/** The question about one model: what it is, why it is open, and the candidates by number with all that tells them apart. */
export function renderQuestion(resolution: Resolution, place: { index: number; total: number }): string[] {
  const { directory, subfolder, filename, reason, candidates } = resolution;
  const name = [directory, subfolder, filename].filter(Boolean).join('/');
  return [
    `[${place.index}/${place.total}] ${name}: ${reason}`,
    ...candidates.flatMap((candidate, at) => [`  ${at + 1}. ${nameCandidate(candidate)}`, `     ${describeCandidate(candidate)}`]),
  ].map(plainText);
}

/** What tells candidates of one name apart at a glance: name, size and place. */
function nameCandidate({ filename, sizeBytes, source, ...candidate }: Candidate): string {
  const place = candidate.repoId ?? candidate.title ?? candidate.foundAt ?? candidate.downloadUrl ?? '';
  return `${filename}, ${sizeBytes === null ? 'size not known' : formatBytes(sizeBytes)}, ${source}: ${place}`;
}

/** Why it may or may not be the one: score, reason, base model, downloads. */
function describeCandidate({ baseModel, downloads, score, reason }: Candidate): string {
  const parts = [`${score.toFixed(2)} ${reason}`.trim(), baseModel ?? '', downloads === null ? '' : `${downloads} downloads`];
  return parts.filter((part) => part !== '').join(', ');
}

/** What was typed, of so many candidates: nothing is a skip; what is neither a number of one nor a URL is `null`. */
export function readTyped(typed: string, candidates: number): Answer | null {
  const choice = typed.trim();
  if (choice === '') return { kind: 'skip' };
  if (/^\d{1,4}$/.test(choice)) return Number(choice) >= 1 && Number(choice) <= candidates ? { kind: 'choice', choice } : null;
  return LINK.test(choice) ? { kind: 'choice', choice } : null;
}

/** Asks on this terminal, by Node's own line editor: consola's prompts lose what is typed under Bun 1.4.5 (tried 2026-11). */
export function makeAsk(terminal: Pick<Terminal, 'show' | 'print'>, signal: AbortSignal): Ask {
  return async (resolution, place) => {
    terminal.show([]);
    for (const line of ['', ...renderQuestion(resolution, place)]) terminal.print(line);
    for (;;) {
      const typed = await readLine('  Number, URL, or Enter to skip (Ctrl+C: no more questions): ', signal);
      if (typed === null) return { kind: 'stop' };
      const answer = readTyped(typed, resolution.candidates.length);
      if (answer) return answer;
      terminal.print(`  Type a number from 1 to ${resolution.candidates.length}, or a URL that begins with https://`);
    }
  };
}

/** `null` when the person ends it by Ctrl+C or Ctrl+D. Rejects with the signal's reason when it aborts. */
async function readLine(question: string, signal: AbortSignal): Promise<string | null> {
  const { createInterface } = await import('node:readline');
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await new Promise<string | null>((resolve, reject) => {
      const end = (): void => {
        process.stdout.write('\n');
        resolve(null);
      };
      reader.once('close', () => resolve(null)).once('SIGINT', end);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      reader.question(question, resolve);
    });
  } finally {
    reader.close();
  }
}
