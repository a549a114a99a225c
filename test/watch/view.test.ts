import { describe, expect, test } from 'bun:test';
import { chooseStyle } from '../../lib/cli/style.ts';
import { Terminal } from '../../lib/cli/terminal.ts';
import { WatchView } from '../../lib/cli/watch-view.ts';
import type { Board, BoardItem } from '../../lib/phases/watch-board.ts';

const NOW = new Date(2026, 10, 23, 14, 30, 0);

interface Screen {
  view: WatchView;
  /** Everything that was written. */
  written: string[];
  /** What was drawn last, line by line, without colours. */
  last: () => string[];
}

function makeScreen(options: { live: boolean; columns?: number; rows?: number; quiet?: boolean }): Screen {
  const written: string[] = [];
  const stream = {
    write: (text: string | Uint8Array) => written.push(String(text)) > 0,
    isTTY: options.live,
    columns: options.columns ?? 100,
    rows: options.rows ?? 40,
  };
  const terminal = new Terminal({ stdout: stream, stderr: stream }, { live: options.live });
  const view = new WatchView({ terminal, style: chooseStyle(stream, { NO_COLOR: '1' }), now: () => NOW, quiet: options.quiet ?? false });
  return {
    view,
    written,
    last: () =>
      Bun.stripANSI(written.at(-1) ?? '')
        .trimEnd()
        .split('\n'),
  };
}

function item(filename: string, changes: Partial<BoardItem> = {}): BoardItem {
  const nothing = { bytesDone: 0, bytesTotal: null, attempts: 0, dueAt: NOW, problem: null, resolution: null };
  return { filename, directory: 'loras', stage: 'waiting', ...nothing, ...changes };
}

function board(changes: Partial<Board> = {}): Board {
  const nothing = { failures: [], missingNodes: 0, items: [], fetched: 0, problems: [], comfyuiUrl: null };
  return { phase: 'idle', workflows: 3, localModels: 10, requiredModels: 5, ...nothing, ...changes };
}

describe('on a terminal', () => {
  test('one screen has bars, what waits, what needs somebody, what is wrong, and what happened last', () => {
    const { view, last } = makeScreen({ live: true });
    view.handle({ type: 'note', component: 'watch', level: 'info', message: 'The configuration was read again' });
    const login = { code: 'download_login_required', error: 'Download failed: login required', details: '', hint: 'Set CIVITAI_API_KEY' };
    const items = [
      item('moving.safetensors', { stage: 'downloading', bytesDone: 50, bytesTotal: 100 }),
      item('next.safetensors'),
      item('copied.safetensors', { stage: 'arriving' }),
      item('closed.safetensors', { stage: 'retry', problem: login, dueAt: new Date(NOW.getTime() + 90_000) }),
      item('unsure.safetensors', { stage: 'review' }),
    ];
    const broken = {
      code: 'config_invalid',
      error: 'config.json is no JSON',
      details: 'The last good configuration stays',
      hint: 'Mend the text',
    };
    view.show(board({ items, problems: [broken], comfyuiUrl: 'http://127.0.0.1:8188' }));
    expect(last()).toEqual([
      '=== ComfyFixerSmart ===  ComfyUI runs at http://127.0.0.1:8188',
      'Watching 3 workflows: 5 models needed, 5 missing, 10 local models, 1 waiting for review',
      '  [1/1] moving.safetensors ████░░░░  50%  50 B of 100 B  0 B/s',
      '  waiting  loras/next.safetensors',
      '  being copied  loras/copied.safetensors',
      '  closed.safetensors: Download failed: login required; again in 1 min 30 s. Set CIVITAI_API_KEY',
      '  unsure.safetensors: 0 candidates, none proven; name one under overrides in config.json',
      '✗ config.json is no JSON: The last good configuration stays',
      '  → Mend the text',
      '',
      '14:30:00 The configuration was read again',
      'Ctrl-C ends it; what is under way goes on next time',
    ]);
  });

  test('no line is broader and no screen higher than the terminal', () => {
    const { view, last } = makeScreen({ live: true, columns: 40, rows: 10 });
    view.show(board({ items: Array.from({ length: 60 }, (_, at) => item(`${'long'.repeat(20)}${at}.safetensors`)) }));
    expect(last().length).toBeLessThan(10);
    expect(last().every((line) => line.length < 40)).toBe(true);
  });

  test('a name with escape sequences steers nothing', () => {
    const { view, written } = makeScreen({ live: true });
    view.show(board({ items: [item('\u001B[2J\u001B]0;title\u0007evil.safetensors')] }));
    expect(written.at(-1)).not.toContain('\u001B[2J');
    expect(written.at(-1)).not.toContain('\u0007');
  });

  test('the same picture is not drawn twice', () => {
    const { view, written } = makeScreen({ live: true });
    view.show(board());
    const before = written.length;
    view.show(board());
    view.draw();
    expect(written.length).toBe(before);
  });
});

describe('elsewhere', () => {
  test('there is a line for what happened, and the summary when there is nothing to do', () => {
    const { view, written } = makeScreen({ live: false });
    view.handle({ type: 'transfer_started', filename: 'a.safetensors', savePath: '/a', index: 1, total: 1, bytesTotal: null });
    view.show(board({ phase: 'downloading' }));
    view.show(board({ fetched: 1 }));
    view.show(board({ fetched: 1 }));
    expect(written).toEqual([
      '14:30:00 downloading a.safetensors\n',
      '14:30:00 Watching 3 workflows: 5 models needed, 0 missing, 10 local models, 1 fetched\n',
    ]);
  });

  test('quiet says only what went wrong', () => {
    const { view, written } = makeScreen({ live: false, quiet: true });
    view.handle({ type: 'transfer_started', filename: 'a.safetensors', savePath: '/a', index: 1, total: 1, bytesTotal: null });
    view.handle({ type: 'workflow_failed', failure: { path: '/w.json', code: 'not_json', reason: 'it is no JSON' } });
    view.show(board());
    expect(written).toEqual(['14:30:00 ! /w.json: it is no JSON\n']);
  });
});
