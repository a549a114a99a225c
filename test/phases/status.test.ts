import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentStatus } from '../../lib/phases/status.ts';
import { takeLock } from '../../lib/state/lock.ts';
import { statePaths } from '../../lib/state/paths.ts';
import type { Status } from '../../lib/state/schemas.ts';
import { emptyStatus, readStatus, writeStatus } from '../../lib/state/status.ts';

const base = mkdtempSync(join(tmpdir(), 'status-phase-test-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const NOW = new Date(2026, 10, 23, 14, 30);
const RUN = { command: 'auto', runId: 'r1', pid: 4711 };

function makeState(phase?: Status['phase']): ReturnType<typeof statePaths> {
  const state = statePaths(mkdtempSync(join(base, 'state-')));
  if (phase) writeStatus(state.status, { ...emptyStatus(RUN), timestamp: '2026-11-23T14:00:00+00:00', phase });
  return state;
}

test('before the first run it is idle, and no file is made', () => {
  const state = makeState();
  expect(currentStatus(state, NOW)).toMatchObject({ phase: 'idle', errors: [] });
  expect(readdirSync(state.folder)).toEqual([]);
});

test.each(['scanning', 'resolving', 'downloading'] as const)('%s without anybody at work is put right, in the file too', (phase) => {
  const state = makeState(phase);
  const status = currentStatus(state, NOW);
  expect(status).toMatchObject({
    phase: 'error',
    run_id: 'r1',
    errors: [{ code: 'interrupted', hint: expect.stringContaining('resume') }],
  });
  expect(status.errors[0]?.details).toContain(phase);
  expect(readStatus(state.status)).toEqual(status);
  expect(currentStatus(state, NOW)).toEqual(status); // once
});

test('somebody at work is left alone', () => {
  const state = makeState('downloading');
  const lock = takeLock(state.folder, { pid: process.pid, command: 'auto', started: 'now' });
  expect(currentStatus(state, NOW).phase).toBe('downloading');
  lock.release();
});

test.each(['idle', 'complete', 'error'] as const)('%s stays as it is', (phase) => {
  const state = makeState(phase);
  expect(currentStatus(state, NOW)).toMatchObject({ phase, errors: [] });
  expect(existsSync(join(state.folder, '.comfy-fixer.lock'))).toBe(false);
});

test.each(['', '{', '[]', '{"phase": "dancing"}'])('a file that is no status is an error that names it: %j', (text) => {
  const state = makeState();
  writeFileSync(state.status, text);
  expect(() => currentStatus(state, NOW)).toThrow(state.status);
});

test('a watch that died goes on when it is started again, and the hint says so', () => {
  const state = makeState();
  writeStatus(state.status, { ...emptyStatus({ ...RUN, command: 'watch' }), phase: 'downloading' });
  expect(currentStatus(state, NOW).errors[0]).toMatchObject({
    code: 'interrupted',
    hint: expect.stringMatching(/^Start watch again.*resume/),
  });
});
