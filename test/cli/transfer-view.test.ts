import { expect, test } from 'bun:test';
import type { Streams } from '../../lib/cli/terminal.ts';
import { Terminal } from '../../lib/cli/terminal.ts';
import { TransferView } from '../../lib/cli/transfer-view.ts';
import type { DownloadRecord } from '../../lib/core/model.ts';

/** A view on a terminal or in a pipe, and what it has written. */
function makeView(isTTY: boolean): { view: TransferView; written: string[]; pass: (ms: number) => void } {
  const written: string[] = [];
  const stream: Streams['stdout'] = { isTTY, columns: 120, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
  let nowMs = 1_000_000;
  const terminal = new Terminal({ stdout: stream, stderr: stream }, { live: isTTY });
  const view = new TransferView(terminal, { now: () => new Date(nowMs), quiet: false });
  return { view, written, pass: (ms) => void (nowMs += ms) };
}

/** Two files of one name, the first 40 % there, the second 50 %. */
function startTwo({ view, pass }: ReturnType<typeof makeView>): void {
  view.handle({ type: 'downloads_planned', files: 2, bytesTotal: 2_000_000 });
  for (const [index, savePath] of ['/vae/model.safetensors', '/loras/model.safetensors'].entries()) {
    const filename = 'model.safetensors';
    view.handle({ type: 'transfer_started', filename, savePath, index: index + 1, total: 2, bytesTotal: 1_000_000 });
    pass(1000);
    const bytesDone = 400_000 + index * 100_000;
    view.handle({ type: 'transfer_progress', transfer: { filename, savePath, bytesDone, bytesTotal: 1_000_000 } });
  }
}

test('two files of one name in different folders have a bar each', () => {
  const made = makeView(true);
  startTwo(made);
  const shown = made.written.at(-1) ?? '';
  expect(shown).toContain('[1/2] model.safetensors');
  expect(shown).toContain('[2/2] model.safetensors');
  expect(shown).toContain('40%');
  expect(shown).toContain('50%');
  expect(shown).toContain('0 of 2 files, 900 kB of 2.0 MB');
});

test('a file that is through no longer has a bar, and counts whole', () => {
  const made = makeView(true);
  startTwo(made);
  const record = { filename: 'model.safetensors', savePath: '/vae/model.safetensors', bytes: 1_000_000 } as DownloadRecord;
  made.view.handle({ type: 'transfer_finished', record, index: 1, total: 2 });
  made.pass(200);
  const transfer = { filename: 'model.safetensors', savePath: '/loras/model.safetensors', bytesDone: 600_000, bytesTotal: 1_000_000 };
  made.view.handle({ type: 'transfer_progress', transfer });
  const shown = made.written.at(-1) ?? '';
  expect(shown).toContain('[2/2] model.safetensors');
  expect(shown).not.toContain('[1/2]');
});

test('a file that goes on where another run has stopped makes the whole no faster', () => {
  const made = makeView(true);
  made.view.handle({ type: 'downloads_planned', files: 2, bytesTotal: 20_000_000 });
  const [one, two] = ['/one', '/two'];
  const start = (savePath: string, index: number): void =>
    made.view.handle({ type: 'transfer_started', filename: savePath, savePath, index, total: 2, bytesTotal: 10_000_000 });
  const progress = (savePath: string, bytesDone: number): void =>
    made.view.handle({ type: 'transfer_progress', transfer: { filename: savePath, savePath, bytesDone, bytesTotal: 10_000_000 } });
  start(one, 1);
  progress(one, 0);
  made.pass(1000);
  start(two, 2);
  made.view.handle({ type: 'transfer_resumed', filename: two, savePath: two, fromBytes: 9_000_000 });
  progress(two, 9_000_000);
  made.pass(1000);
  progress(one, 2_000_000);
  expect(made.written.at(-1)).toContain('0 of 2 files, 11 MB of 20 MB, 1.0 MB/s');
});

test('in a pipe there is a line for the whole at most every five seconds', () => {
  const made = makeView(false);
  startTwo(made);
  const transfer = { filename: 'model.safetensors', savePath: '/loras/model.safetensors', bytesDone: 500_000, bytesTotal: 1_000_000 };
  for (let tick = 0; tick < 100; tick++) {
    made.pass(100);
    made.view.handle({ type: 'transfer_progress', transfer: { ...transfer, bytesDone: 500_000 + tick } });
  }
  expect(made.written.filter((line) => line.includes('0 of 2 files')).length).toBeLessThanOrEqual(3);
  expect(made.written.length).toBeGreaterThan(0);
});
