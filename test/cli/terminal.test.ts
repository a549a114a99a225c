import { describe, expect, test } from 'bun:test';
import { chooseStyle } from '../../lib/cli/style.ts';
import { changeText, type Streams, Terminal } from '../../lib/cli/terminal.ts';

function makeStreams(isTTY: boolean): Streams & { out: string[]; err: string[] } {
  const [out, err]: [string[], string[]] = [[], []];
  const stream = (into: string[]): Streams['stdout'] => ({
    isTTY,
    columns: 100,
    write: (text: string | Uint8Array) => into.push(String(text)) > 0,
  });
  return { stdout: stream(out), stderr: stream(err), out, err };
}

const ESCAPE = '\u001B';

/** What a terminal shows in the end: it knows line feeds, upwards, and the clearing of a line. */
function screen(text: string): string[] {
  const lines: string[] = [''];
  let at = 0;
  for (const [token] of text.replaceAll(ESCAPE, '\u2401').matchAll(/\u2401\[(?:\d+A|2K|\?25[lh])|\n|[^\u2401\n]+/g)) {
    if (token === '\n') lines[++at] ??= '';
    else if (/\d+A$/.test(token)) at -= Number(/(\d+)A$/.exec(token)?.[1]);
    else if (token.endsWith('2K')) lines[at] = '';
    else if (!token.startsWith('\u2401')) lines[at] += token;
  }
  return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
}

describe('on a terminal', () => {
  test('moving lines stay below those that stay, and go without a trace', () => {
    const both: string[] = [];
    const streams = makeStreams(true);
    for (const stream of [streams.stdout, streams.stderr]) stream.write = (text: string | Uint8Array) => both.push(String(text)) > 0;
    const terminal = new Terminal(streams, { live: true });
    terminal.show(['bar 1', 'bar 2']);
    terminal.print('result');
    expect(screen(both.join(''))).toEqual(['result', 'bar 1', 'bar 2']);
    terminal.show(['bar 3']);
    terminal.note('note');
    expect(screen(both.join(''))).toEqual(['result', 'note', 'bar 3']);
    terminal.show([]);
    expect(screen(both.join(''))).toEqual(['result', 'note']);
    expect(both.join('').lastIndexOf('\u001B[?25h')).toBeGreaterThan(both.join('').lastIndexOf('\u001B[?25l')); // the cursor is back
  });

  test('a moving line never wraps, not even with wide letters', () => {
    const streams = makeStreams(true);
    new Terminal(streams, { live: true }).show(['x'.repeat(150), '漢'.repeat(80)]);
    const lines = screen(streams.err.join(''));
    expect(lines.map((line) => Bun.stringWidth(line))).toEqual([100, 100]);
  });

  test('results go to stdout, everything else to stderr', () => {
    const streams = makeStreams(true);
    const terminal = new Terminal(streams, { live: true });
    terminal.print('result');
    terminal.note('note');
    terminal.show(['bar']);
    expect(streams.out).toEqual(['result\n']);
    expect(streams.err.join('')).toContain('note\n');
  });
});

test('in a pipe nothing moves', () => {
  const streams = makeStreams(false);
  const terminal = new Terminal(streams, { live: true });
  terminal.show(['bar']);
  terminal.print('result');
  expect([terminal.live, streams.out, streams.err]).toEqual([false, ['result\n'], []]);
});

describe('colour', () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('terminal %p with %j: %p', (isTTY, env, coloured) => {
    const style = chooseStyle({ isTTY }, env);
    expect(style.red('x') === 'x').toBe(!coloured || !style.red('x').includes('\u001B'));
    if (!coloured) expect(Object.values(style).map((paint) => paint('x'))).toEqual(['x', 'x', 'x', 'x', 'x']);
  });
});

test('text is changed on its way out, whichever stream it takes', () => {
  const streams = makeStreams(true);
  const changed = changeText(streams, (text) => text.replaceAll('secret', '***'));
  changed.stdout.write('a secret\n');
  changed.stderr.write('secret b\n');
  expect([streams.out, streams.err, changed.stdout.isTTY, changed.stderr.columns]).toEqual([['a ***\n'], ['*** b\n'], true, 100]);
});
