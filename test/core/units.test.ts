import { expect, test } from 'bun:test';
import { secondsLeft, SpeedMeter } from '../../lib/core/speed.ts';
import { formatBytes, formatDuration, formatLocalMoment, formatTimestamp } from '../../lib/core/units.ts';

test.each([
  [0, '0 B'],
  [812, '812 B'],
  [9_400_000, '9.4 MB'],
  [218_000_000, '218 MB'],
  [999_600_000, '1.0 GB'],
  [22_300_000_000, '22.3 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [48, '48 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 05 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('a timestamp has local time and its offset, and means the same moment', () => {
  const date = new Date('2026-11-23T13:30:05.400Z');
  const text = formatTimestamp(date);
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
  expect(Date.parse(text)).toBe(Date.parse('2026-11-23T13:30:05Z'));
});

test('times go on from second to second, and back', () => {
  const at = (ms: number) => new Date(Date.parse('2026-11-23T13:30:05Z') + ms);
  for (const format of [formatTimestamp, formatLocalMoment]) {
    const texts = [0, 999, 1000, 999, 86_400_000].map((ms) => format(at(ms)));
    expect(texts.map((text) => texts.indexOf(text))).toEqual([0, 0, 2, 0, 4]);
  }
});

test('the speed is that of the last seconds, and a restart from zero begins anew', () => {
  const meter = new SpeedMeter();
  for (let second = 0; second <= 20; second++) meter.note(second < 10 ? 0 : (second - 10) * 1000, second * 1000);
  expect(meter.bytesPerSecond()).toBe(1000);
  meter.note(0, 21_000);
  expect(meter.bytesPerSecond()).toBe(0);
});

test('bytes that were there already make no speed', () => {
  const meter = new SpeedMeter();
  meter.note(1000, 0);
  meter.skip(5_000_000);
  meter.note(5_001_500, 1000);
  expect(meter.bytesPerSecond()).toBe(500);
});

test('the time left is not told while nothing is known', () => {
  expect(secondsLeft(0, null, 10)).toBeNull();
  expect(secondsLeft(0, 100, 0)).toBeNull();
  expect(secondsLeft(40, 100, 10)).toBe(6);
});
