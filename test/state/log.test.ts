import { expect, test } from 'bun:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConsola } from 'consola/core';
import { describeEvent } from '../../lib/state/log-events.ts';
import { FileReporter } from '../../lib/state/log.ts';
import { useFolders } from '../helpers/folders.ts';

const makeFolder = useFolders('log');

const AT = new Date(2026, 10, 23, 14, 30, 0);

function logInto(folder: string, write: (logger: ReturnType<typeof createConsola>) => void): string {
  const file = new FileReporter(folder, (text) => text.replaceAll('hf_secret', '***'));
  file.begin('scan', AT);
  write(createConsola({ level: 5, throttle: 0, reporters: [file] }));
  return readFileSync(join(folder, 'scan_20261123_143000.log'), 'utf8');
}

test('a line has time, level and component, and keeps to one line without secrets', () => {
  const text = logInto(makeFolder(), (logger) => logger.withTag('scanning').warn('two\nlines \u001B[31m hf_secret'));
  expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[WARN\] scanning: two lines +\[31m \*\*\*\n$/);
});

test('a structured line can be read by a program', () => {
  const [record] = describeEvent({ type: 'workflow_failed', failure: { path: '/w/a.json', code: 'not_json', reason: 'no JSON' } }, AT);
  const text = logInto(makeFolder(), (logger) => logger.withTag(record?.component ?? '')[record?.level ?? 'info'](record?.message));
  const [, json = ''] = / ComfyFixerSmart: ACTION: (\{.*\})\n$/.exec(text) ?? [];
  expect(JSON.parse(json)).toMatchObject({ action: 'workflow_failed', details: { path: '/w/a.json', code: 'not_json' } });
});

test('the newest 50 logs stay, whatever their kind, and other files are left alone', () => {
  const folder = makeFolder();
  for (let day = 1; day <= 60; day++) {
    const kind = day % 2 ? 'download' : 'resolve';
    writeFileSync(
      join(folder, `${kind}_2025${String(Math.ceil(day / 28)).padStart(2, '0')}${String((day % 28) + 1).padStart(2, '0')}_120000.log`),
      '',
    );
  }
  writeFileSync(join(folder, 'notes.log'), '');
  new FileReporter(folder, (text) => text).begin('scan', AT);
  const names = readdirSync(folder);
  expect(names).toHaveLength(51);
  expect(names).toContain('notes.log');
  expect(names).toContain('scan_20261123_143000.log');
});
