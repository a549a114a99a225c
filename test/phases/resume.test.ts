import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunPhase } from '../../lib/core/events.ts';
import type { DownloadRecord, Resolution } from '../../lib/core/model.ts';
import { planResume } from '../../lib/phases/resume.ts';
import { emptyStatus } from '../../lib/state/status.ts';

const folder = mkdtempSync(join(tmpdir(), 'resume-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const PLACE = join(folder, 'a.safetensors');
writeFileSync(PLACE, '0123456789');

const ALL: RunPhase[] = ['scanning', 'resolving', 'downloading'];
const status = (done: RunPhase[]) => ({ ...emptyStatus({ command: 'auto', runId: 'r', pid: 1 }), completed_phases: done });
const resolution = (change: Partial<Resolution> = {}): Resolution =>
  ({ filename: 'a.safetensors', accepted: true, savePath: PLACE, candidates: [], unchecked: [], ...change }) as Resolution;
const record = (change: Partial<DownloadRecord> = {}): DownloadRecord =>
  ({ filename: 'a.safetensors', status: 'downloaded', savePath: PLACE, bytes: 10, ...change }) as DownloadRecord;
const waiting = resolution({ accepted: false, candidates: [{} as never] });

type Row = [string, RunPhase[] | null, Resolution[] | null, DownloadRecord[] | null, RunPhase | null];

describe('where a run goes on', () => {
  test.each<Row>([
    ['no run yet', null, null, null, 'scanning'],
    ['stopped while it scanned', [], null, null, 'scanning'],
    ['stopped while it resolved', ['scanning'], null, null, 'resolving'],
    ['stopped while it resolved, with files of an earlier run', ['scanning'], [resolution()], [record()], 'resolving'],
    ['resolved, and the file is gone', ['scanning', 'resolving'], null, null, 'resolving'],
    ['stopped while it downloaded', ['scanning', 'resolving'], [resolution()], null, 'downloading'],
    ['stopped while it downloaded, with files of an earlier run', ['scanning', 'resolving'], [resolution()], [record()], 'downloading'],
    ['all done', ALL, [resolution()], [record()], null],
    ['nothing was missing', ALL, [], [], null],
    ['one failed', ALL, [resolution()], [record({ status: 'failed' })], 'downloading'],
    ['one is gone from its place', ALL, [resolution()], [record({ savePath: join(folder, 'gone') })], 'downloading'],
    ['one has another size now', ALL, [resolution()], [record({ bytes: 11 })], 'downloading'],
    ['a dry run found one more', ALL, [resolution(), resolution({ savePath: join(folder, 'b') })], [record()], 'downloading'],
    ['nobody had it', ALL, [resolution({ accepted: false })], [], 'resolving'],
    ['somebody could not be asked', ALL, [{ ...waiting, unchecked: [{} as never] }], [], 'resolving'],
    ['one waits for review', ALL, [waiting], [], null],
    ['one was not tried for a reason that stays', ALL, [resolution()], [record({ status: 'skipped', bytes: 0 })], null],
  ])('%s', (_, done, resolutions, downloads, phase) => {
    const state = done === null ? null : status(done);
    expect(planResume({ status: state, resolutions, downloads, acceptFuzzy: false })).toBe(phase);
  });

  test('with --yes what waits for review is decided anew', () => {
    expect(planResume({ status: status(ALL), resolutions: [waiting], downloads: [], acceptFuzzy: true })).toBe('resolving');
    expect(planResume({ status: status(ALL), resolutions: [resolution()], downloads: [record()], acceptFuzzy: true })).toBeNull();
  });
});
