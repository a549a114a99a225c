import { describe, expect, test } from 'bun:test';
import { renderBar, renderBarLine, shorten } from '../../lib/cli/bars.ts';

describe('a bar has eight cells', () => {
  test.each([
    [0, 100, '░░░░░░░░'],
    [50, 100, '████░░░░'],
    [33, 100, '██▋░░░░░'],
    [99, 100, '███████▉'],
    [100, 100, '████████'],
    [150, 100, '████████'],
    [5, null, '░░░░░░░░'],
    [0, 0, '░░░░░░░░'],
  ])('%d of %p', (done, total, bar) => {
    expect(renderBar(done, total)).toBe(bar);
    expect(renderBar(done, total)).toHaveLength(8);
  });
});

const STATE = {
  index: 1,
  total: 5,
  filename: 'hunyuan_lora.safetensors',
  bytesDone: 83_000_000,
  bytesTotal: 218_000_000,
  bytesPerSecond: 41_000_000,
  secondsLeft: 4,
};

describe('a line tells the file, how far it is, how fast, and how long it takes', () => {
  test('with everything known', () => {
    expect(renderBarLine(STATE, 120)).toBe('  [1/5] hunyuan_lora.safetensors ███░░░░░  38%  83 MB of 218 MB  41 MB/s  4 s left');
  });

  test('without size and time', () => {
    const line = renderBarLine({ ...STATE, bytesTotal: null, secondsLeft: null }, 120);
    expect(line).toBe('  [1/5] hunyuan_lora.safetensors ░░░░░░░░       83 MB  41 MB/s');
  });

  test.each([80, 100, 200])('within %d columns, whatever the name', (columns) => {
    const worst = { ...STATE, index: 12, total: 34, filename: `${'n'.repeat(300)}.safetensors`, secondsLeft: 200 };
    const line = renderBarLine(worst, columns);
    expect(line.length).toBeLessThanOrEqual(columns);
    expect(line).toContain('…');
  });
});

test.each([
  ['short.pth', 20, 'short.pth'],
  ['a_very_long_model_name.safetensors', 20, 'a_very_lon…fetensors'],
  ['abcdef', 6, 'abcdef'],
  ['abcdefg', 6, 'abc…fg'],
])('%s in %d letters is %s', (name, most, expected) => {
  expect(shorten(name, most)).toBe(expected);
  expect(shorten(name, most).length).toBeLessThanOrEqual(most);
});
