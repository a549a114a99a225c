import { expect, jest, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DownloadRecord, Resolution } from '../../lib/core/model.ts';
import { continueStatus, emptyStatus, markInterrupted, readStatus, StatusFile } from '../../lib/state/status.ts';
import { StatusListener } from '../../lib/state/status-events.ts';
import { useFolders } from '../helpers/folders.ts';

const makeFolder = useFolders('status');

const RUN = { command: 'auto', runId: 'r1', pid: 7 };
const PORTS = { now: () => new Date(), sleep: (ms: number) => Bun.sleep(ms), scrub: (text: string) => text.replaceAll('hf_secret', '***') };

function makeStatus(): { path: string; folder: string; file: StatusFile } {
  const folder = makeFolder();
  const path = join(folder, 'status.json');
  return { folder, path, file: new StatusFile(path, emptyStatus(RUN), PORTS) };
}

test('a phase is on disk as soon as it is entered, and stays visible for a moment', async () => {
  const { path, file, folder } = makeStatus();
  const phases: string[] = [];
  const entered: number[] = [];
  for (const phase of ['scanning', 'resolving', 'downloading'] as const) {
    await file.enter(phase);
    entered.push(performance.now());
    phases.push(readStatus(path)?.phase ?? '');
    file.completePhase(phase);
  }
  await file.finish('complete');
  entered.push(performance.now());
  for (const [position, at] of entered.entries()) if (position > 0) expect(at - (entered[position - 1] ?? 0)).toBeGreaterThan(40);
  expect(phases).toEqual(['scanning', 'resolving', 'downloading']);
  expect(readStatus(path)).toMatchObject({ phase: 'complete', completed_phases: phases, command: 'auto', run_id: 'r1', pid: 7 });
  expect(readdirSync(folder)).toEqual(['status.json']);
});

test('a clock that is set back between two phases holds nobody up', async () => {
  let nowMs = Date.parse('2026-11-23T12:00:00Z');
  const pauses: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const file = new StatusFile(join(makeFolder(), 'status.json'), emptyStatus(RUN), { ...PORTS, now: () => new Date(nowMs), sleep });
  await file.enter('scanning');
  nowMs -= 3_600_000;
  await file.enter('resolving');
  nowMs += 1000;
  await file.finish('complete');
  expect(pauses).toEqual([50]);
});

test('many changes are few writes', async () => {
  const { path, file } = makeStatus();
  await file.enter('downloading');
  const seen = new Set<string>();
  for (let step = 0; step < 100; step++) {
    file.update((data) => {
      data.bytes_done = step;
    });
    seen.add(readFileSync(path, 'utf8'));
    await Bun.sleep(5);
  }
  expect(seen.size).toBeLessThanOrEqual(5);
  await file.finish('complete');
  expect(readStatus(path)?.data.bytes_done).toBe(99);
});

test('entering a phase again takes back that it and those after it were done', async () => {
  const { path, file } = makeStatus();
  for (const phase of ['scanning', 'resolving', 'downloading'] as const) {
    await file.enter(phase);
    file.completePhase(phase);
  }
  await file.enter('resolving');
  await file.finish('complete');
  expect(readStatus(path)?.completed_phases).toEqual(['scanning']);
});

test('a failed run says what failed, once, and without any secret', async () => {
  const { path, file } = makeStatus();
  await file.enter('resolving');
  const problem = { code: 'civitai_unauthorized', error: 'Civitai API error: 401', details: 'key hf_secret', hint: 'Set it' };
  file.addError(problem, null);
  file.addError(problem, null);
  file.fail({ code: 'no_workflows', error: 'No workflows found', details: '', hint: 'Save one' });
  expect(readStatus(path)).toMatchObject({
    phase: 'error',
    errors: [{ code: 'civitai_unauthorized', details: 'key ***' }, { code: 'no_workflows' }],
  });
});

test('two models of one name that both fail are two errors', async () => {
  const { path, file } = makeStatus();
  await file.enter('resolving');
  const problem = {
    code: 'model_not_found',
    error: 'Model not found on Civitai or HuggingFace',
    details: 'not found',
    hint: 'Name a link',
  };
  file.addError(problem, 'small.safetensors');
  file.addError(problem, 'small.safetensors');
  await file.finish('complete');
  expect(readStatus(path)?.errors).toHaveLength(2);
});

test('events become the counts of the contract', async () => {
  const { path, file } = makeStatus();
  await file.enter('downloading');
  const listener = new StatusListener(file, () => new Date());
  const resolution = (change: Partial<Resolution>) =>
    ({ accepted: true, candidates: [], unchecked: [], source: 'civitai', ...change }) as Resolution;
  const record = (change: Partial<DownloadRecord>) =>
    ({ filename: 'a', savePath: `/${change.filename ?? 'a'}`, status: 'downloaded', bytes: 10, ...change }) as DownloadRecord;
  for (const item of [
    resolution({}),
    resolution({ source: 'huggingface' }),
    resolution({ source: 'local' }),
    resolution({ source: 'not_found', accepted: false }),
    resolution({ source: 'not_found', accepted: false, unchecked: [{}] as never }),
    resolution({ accepted: false, candidates: [{}] as never }),
  ]) {
    listener.handle({ type: 'model_resolved', resolution: item, index: 1, total: 5 });
  }
  listener.handle({ type: 'downloads_planned', files: 2, bytesTotal: 30 });
  listener.handle({ type: 'transfer_started', filename: 'a', savePath: '/a', index: 1, total: 2, bytesTotal: 10 });
  listener.handle({ type: 'transfer_finished', record: record({}), index: 1, total: 2 });
  listener.handle({ type: 'transfer_started', filename: 'b', savePath: '/b', index: 2, total: 2, bytesTotal: 20 });
  listener.handle({ type: 'transfer_progress', transfer: { filename: 'b', savePath: '/b', bytesDone: 5, bytesTotal: 20 } });
  expect(file.status.data).toMatchObject({
    civitai_matches: 1,
    huggingface_matches: 1,
    local_matches: 1,
    not_found: 1,
    needs_review: 1,
    unchecked: 1,
    downloads_successful: 1,
    bytes_done: 15,
    bytes_total: 30,
    current_download: 'b',
    downloads: [{ filename: 'b', bytes_done: 5, bytes_total: 20 }],
  });
  listener.handle({ type: 'transfer_finished', record: record({ filename: 'b', status: 'failed', bytes: 5 }), index: 2, total: 2 });
  await file.finish('complete');
  expect(readStatus(path)?.data).toMatchObject({
    downloads_failed: 1,
    current_download: null,
    downloads: [],
    bytes_per_second: 0,
    eta_seconds: null,
  });
});

test('two files of one name in different folders are two transfers', () => {
  const { file } = makeStatus();
  const listener = new StatusListener(file, () => new Date());
  for (const [index, savePath] of ['/vae/model', '/loras/model'].entries()) {
    listener.handle({ type: 'transfer_started', filename: 'model', savePath, index: index + 1, total: 2, bytesTotal: 10 });
    listener.handle({ type: 'transfer_progress', transfer: { filename: 'model', savePath, bytesDone: 4 + index, bytesTotal: 10 } });
  }
  expect(file.status.data).toMatchObject({
    bytes_done: 9,
    downloads: [
      { filename: 'model', bytes_done: 4 },
      { filename: 'model', bytes_done: 5 },
    ],
  });
  const record = { filename: 'model', savePath: '/vae/model', status: 'downloaded', bytes: 10 } as DownloadRecord;
  listener.handle({ type: 'transfer_finished', record, index: 1, total: 2 });
  expect(file.status.data).toMatchObject({ bytes_done: 15, downloads: [{ filename: 'model', bytes_done: 5 }] });
});

test('a run whose process is gone reads as interrupted, with resume as the mend', () => {
  const status = { ...emptyStatus(RUN), phase: 'downloading' as const };
  const mended = markInterrupted(status, new Date());
  expect(mended.phase).toBe('error');
  expect(mended.errors[0]).toMatchObject({ code: 'interrupted', filename: null });
  expect(mended.errors[0]?.hint).toContain('resume');
});

test('a run that goes on keeps the numbers and drops what it will try again', () => {
  const entry = (code: string, error: string) => ({ timestamp: '', code, error, details: '', hint: '', filename: null });
  const previous = {
    ...emptyStatus(RUN),
    data: { ...emptyStatus(RUN).data, missing_models: 5 },
    errors: [
      entry('interrupted', 'Interrupted'),
      entry('model_not_found', 'Model not found on Civitai or HuggingFace'),
      entry('x', 'Download failed: timeout'),
    ],
  };
  const next = continueStatus(previous, { command: 'resume', runId: 'r2', pid: 8 }, 'downloading');
  expect(next).toMatchObject({ command: 'resume', run_id: 'r2', pid: 8, data: { missing_models: 5 } });
  expect(next.errors.map((error) => error.code)).toEqual(['model_not_found']);
});

test('what stands still loses its speed and its time left, though nothing more happens', async () => {
  jest.useFakeTimers();
  try {
    const { path, file } = makeStatus();
    await file.enter('downloading');
    const listener = new StatusListener(file, () => new Date());
    listener.handle({ type: 'downloads_planned', files: 1, bytesTotal: 1000 });
    listener.handle({ type: 'transfer_started', filename: 'a', savePath: '/a', index: 1, total: 1, bytesTotal: 1000 });
    jest.advanceTimersByTime(500);
    listener.handle({ type: 'transfer_progress', transfer: { filename: 'a', savePath: '/a', bytesDone: 100, bytesTotal: 1000 } });
    jest.advanceTimersByTime(300);
    expect(readStatus(path)?.data).toMatchObject({ bytes_per_second: 200, eta_seconds: 5 });
    jest.advanceTimersByTime(9000);
    expect(readStatus(path)?.data).toMatchObject({ bytes_done: 100, bytes_per_second: 0, eta_seconds: null });
  } finally {
    jest.useRealTimers();
  }
});

test('what an earlier run has left and what is linked is done, but makes no speed', async () => {
  jest.useFakeTimers();
  try {
    const { file } = makeStatus();
    await file.enter('downloading');
    const listener = new StatusListener(file, () => new Date());
    const start = (name: string, index: number): void =>
      listener.handle({ type: 'transfer_started', filename: name, savePath: `/${name}`, index, total: 3, bytesTotal: 1_000_000 });
    listener.handle({ type: 'downloads_planned', files: 3, bytesTotal: 3_000_000 });
    start('resumed', 1);
    jest.advanceTimersByTime(10);
    listener.handle({ type: 'transfer_resumed', filename: 'resumed', savePath: '/resumed', fromBytes: 900_000 });
    jest.advanceTimersByTime(990);
    const transfer = { filename: 'resumed', savePath: '/resumed', bytesDone: 901_000, bytesTotal: 1_000_000 };
    listener.handle({ type: 'transfer_progress', transfer });
    expect(file.status.data).toMatchObject({ bytes_done: 901_000, bytes_per_second: 1000 });
    start('linked', 2);
    const linked = { filename: 'linked', savePath: '/linked', status: 'linked', bytes: 1_000_000 } as DownloadRecord;
    listener.handle({ type: 'transfer_finished', record: linked, index: 2, total: 3 });
    expect(file.status.data).toMatchObject({ bytes_done: 1_901_000, bytes_per_second: 1000 });
    const failed = { filename: 'resumed', savePath: '/resumed', status: 'failed', bytes: 901_000 } as DownloadRecord;
    listener.handle({ type: 'transfer_finished', record: failed, index: 1, total: 3 });
    expect(file.status.data).toMatchObject({ bytes_done: 1_000_000, bytes_per_second: 1000 });
  } finally {
    jest.useRealTimers();
  }
});

test('a run that fails before its first phase gives back what resume goes on with', () => {
  const { path } = makeStatus();
  const previous = { ...emptyStatus(RUN), completed_phases: ['scanning' as const], workflow_paths: ['/w/a.json'], comfyui_root: '/c' };
  const file = new StatusFile(path, emptyStatus({ command: 'scan', runId: 'r2', pid: 8 }), { ...PORTS, previous });
  file.describeWork({ workflow_paths: ['/elsewhere'], comfyui_root: '/d', include_disabled: true });
  file.fail({ code: 'usage', error: 'There is no typo.json', details: '', hint: 'Give the path of a workflow file' });
  expect(readStatus(path)).toMatchObject({
    phase: 'error',
    command: 'scan',
    completed_phases: ['scanning'],
    workflow_paths: ['/w/a.json'],
    comfyui_root: '/c',
    include_disabled: false,
    errors: [{ code: 'usage' }],
  });
});

test('a file that could not be read is kept, however many hold no workflow', async () => {
  const { file } = makeStatus();
  const add = (at: number, code: string) => file.addFailedWorkflow({ path: `/w/${at}`, code, reason: 'x' });
  for (let at = 0; at < 300; at++) add(at, 'not_a_workflow');
  add(300, 'not_json');
  for (let at = 301; at < 600; at++) add(at, 'not_a_workflow');
  expect(file.status.failed_workflows.length).toBe(200);
  expect(file.status.failed_workflows.filter(({ code }) => code === 'not_json')).toHaveLength(1);
  await file.finish('complete');
});

test("a last write that fails ends the status all the same: the folder may be another run's a moment later", async () => {
  const folder = makeFolder();
  const script = `
    import { rmSync, writeFileSync, mkdirSync } from 'node:fs';
    import { emptyStatus, StatusFile } from ${JSON.stringify(join(import.meta.dir, '../../lib/state/status.ts'))};
    const run = { command: 'scan', runId: 'r', pid: process.pid };
    const ports = { now: () => new Date(), sleep: async () => undefined, scrub: (text) => text };
    const status = new StatusFile(${JSON.stringify(join(folder, 'state/status.json'))}, emptyStatus(run), ports);
    await status.enter('scanning');
    rmSync(${JSON.stringify(join(folder, 'state'))}, { recursive: true });
    writeFileSync(${JSON.stringify(join(folder, 'state'))}, '');
    await status.finish('complete').catch((error) => console.log(error.code));
    rmSync(${JSON.stringify(join(folder, 'state'))});
    status.update(() => undefined);
  `;
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' });
  expect([await new Response(child.stdout).text(), await child.exited]).toEqual(['state_not_writable\n', 0]);
  expect(existsSync(join(folder, 'state'))).toBe(false);
});
