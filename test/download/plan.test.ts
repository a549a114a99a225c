import { describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { RateLimit, RetryBudget, StallWatch } from '../../lib/download/pace.ts';
import { chooseTransfers } from '../../lib/download/plan.ts';
import { findMisfits } from '../../lib/download/space.ts';
import type { Resolution } from '../../lib/core/model.ts';
import type { Trouble } from '../../lib/download/trouble.ts';
import { planDownloads } from '../../lib/phases/download-plan.ts';
import { candidateOf, CIVITAI_URL, HF_URL, OTHER, resolutionOf, startSandbox } from './sandbox.ts';

const PATH = '/models/loras/model.safetensors';

describe('what becomes a transfer', () => {
  test('the sources are the place itself and every proven twin, each once', () => {
    const resolution = resolutionOf(PATH, {
      candidates: [
        candidateOf(),
        candidateOf({ downloadUrl: HF_URL }),
        candidateOf({ downloadUrl: 'https://civitai.com/api/download/models/99', sha256: OTHER.sha256 }),
        candidateOf({ downloadUrl: 'https://civitai.com/api/download/models/98', sha256: null }),
        candidateOf({ source: 'local', downloadUrl: null, foundAt: '/elsewhere/model.safetensors' }),
      ],
    });
    expect(chooseTransfers([resolution], { allowPickle: true }).transfers[0]?.sources).toEqual([
      { kind: 'http', url: HF_URL, origin: 'huggingface' },
      { kind: 'http', url: CIVITAI_URL, origin: 'civitai' },
      { kind: 'local', path: '/elsewhere/model.safetensors' },
    ]);
  });

  test('without a sha256 no candidate is a twin', () => {
    const resolution = resolutionOf(PATH, { sha256: null, candidates: [candidateOf({ sha256: null })] });
    expect(chooseTransfers([resolution], { allowPickle: true }).transfers[0]?.sources.length).toBe(1);
  });

  test('one transfer for one place: the same file again is no other, another one is refused', () => {
    const chosen = chooseTransfers([resolutionOf(PATH), resolutionOf(PATH), resolutionOf(PATH, { sha256: OTHER.sha256 })], {
      allowPickle: true,
    });
    expect(chosen.transfers.length).toBe(1);
    expect(chosen.refused.map(({ trouble }) => trouble.kind)).toEqual(['target_taken']);
  });

  test('what is not accepted or not found is neither', () => {
    const left = [resolutionOf(PATH, { accepted: false }), resolutionOf(PATH, { source: 'not_found' })];
    expect(chooseTransfers(left, { allowPickle: true })).toEqual({ transfers: [], refused: [] });
  });

  const DANGER = "Hugging Face's virus scan calls it unsafe";
  const REFUSED: [name: string, changes: Partial<Resolution>, kind: Trouble['kind']][] = [
    ['that a scan calls dangerous', { danger: DANGER }, 'danger'],
    ['whose twin on another service is called so', { candidates: [candidateOf({ danger: DANGER })] }, 'danger'],
    ['of this machine that is called so', { source: 'local', downloadUrl: null, foundAt: '/elsewhere/m.ckpt', danger: DANGER }, 'danger'],
    ['that is a pickle by its name', { filename: 'm.ckpt' }, 'pickle_refused'],
    ['that is a pickle whatever its name', { pickle: true }, 'pickle_refused'],
    [
      'of this machine that is a pickle',
      { source: 'local', downloadUrl: null, foundAt: '/elsewhere/m.ckpt', pickle: true },
      'pickle_refused',
    ],
  ];
  test.each(REFUSED)('a file %s is refused where pickles are not wanted', (_name, changes, kind) => {
    const { transfers, refused } = chooseTransfers([resolutionOf(PATH, changes)], { allowPickle: false });
    expect([transfers.length, refused[0]?.trouble.kind]).toEqual([0, kind]);
    // where they are wanted, only the scan's word counts
    expect(chooseTransfers([resolutionOf(PATH, changes)], { allowPickle: true }).refused.length).toBe(kind === 'danger' ? 1 : 0);
  });

  test('a resolution without any place is refused', () => {
    expect(chooseTransfers([resolutionOf(PATH, { downloadUrl: null })], { allowPickle: true }).refused[0]?.trouble.kind).toBe('no_source');
  });
});

test('those that no longer fit are left out, and smaller ones after them still come', () => {
  const { transfers } = chooseTransfers(
    ['a', 'b', 'c', 'd'].map((name) => resolutionOf(`/models/${name}.safetensors`)),
    { allowPickle: true },
  );
  const sizes = [50, 60, 30, 0].map((megabytes) => megabytes * 1_000_000);
  const needs = transfers.map((transfer, index) => ({ transfer, device: 1, neededBytes: sizes[index] ?? 0 }));
  const volume = { device: 1, path: '/models', freeBytes: 100_000_000 + 16 * 1024 * 1024, neededBytes: 140_000_000, unknownSizes: 0 };
  const misfits = findMisfits(needs, [volume]);
  expect([...misfits].map(([transfer, space]) => [transfer.savePath, space])).toEqual([
    ['/models/b.safetensors', { needed: 60_000_000, free: 50_000_000 }],
  ]);
});

test('the plan of a download says for each file what a person wants to know', async () => {
  await using box = await startSandbox();
  const huge = resolutionOf(box.path('loras/huge.safetensors'), {
    filename: 'huge.safetensors',
    sizeBytes: 10 ** 15,
    gated: true,
    license: 'mit',
  });
  const plan = await planDownloads({
    resolutions: [
      resolutionOf(box.path('loras/model.safetensors')),
      huge,
      resolutionOf(box.path('loras/x.pt'), { filename: 'x.pt', sizeBytes: null }),
    ],
    config: { allowPickle: true },
    allowedRoots: [box.models],
  });
  expect(plan.rows).toMatchObject([
    { filename: 'model.safetensors', action: 'download', problem: null, pickle: false, heldBytes: 0 },
    { filename: 'huge.safetensors', action: 'refuse', problem: { error: 'Download failed: disk full' }, gated: true, license: 'mit' },
    { filename: 'x.pt', action: 'download', pickle: true, sizeBytes: null },
  ]);
  expect(plan).toMatchObject({ bytesTotal: resolutionOf(PATH).sizeBytes, unknownSizes: 1 });
  expect(plan.volumes.length).toBe(1);
});

test('a file whose bytes are here already is linked: it takes no room, needs no account, and its size is not in the sum', async () => {
  await using box = await startSandbox();
  const copy = box.path('vae-copy.safetensors');
  writeFileSync(copy, 'stands for a copy');
  const huge = { filename: 'huge.safetensors', sizeBytes: 10 ** 15, gated: true, requiresAuth: true };
  const plan = await planDownloads({
    resolutions: [resolutionOf(box.path('loras/huge.safetensors'), huge), resolutionOf(box.path('loras/x.pt'), { sha256: null })],
    config: { allowPickle: true },
    allowedRoots: [box.models],
    findCopy: ({ sha256 }) => Promise.resolve(sha256 === null ? undefined : copy),
  });
  expect(plan.rows).toMatchObject([
    { action: 'link', foundAt: copy, downloadUrl: null, source: 'local', gated: false, requiresAuth: false, problem: null },
    { action: 'download', foundAt: null },
  ]);
  expect(plan).toMatchObject({ bytesTotal: resolutionOf(PATH).sizeBytes, volumes: [{ neededBytes: resolutionOf(PATH).sizeBytes }] });
});

test.skipIf(!existsSync('/dev/shm'))('a copy on another disk is not fetched, and takes its room all the same', async () => {
  await using box = await startSandbox();
  const disk = mkdtempSync('/dev/shm/plan-test-');
  try {
    writeFileSync(join(disk, 'copy'), 'stands for a copy');
    const plan = await planDownloads({
      resolutions: [resolutionOf(box.path('loras/model.safetensors'))],
      config: { allowPickle: true },
      allowedRoots: [box.models],
      findCopy: () => Promise.resolve(join(disk, 'copy')),
    });
    expect(plan).toMatchObject({ bytesTotal: 0, rows: [{ action: 'link' }], volumes: [{ neededBytes: resolutionOf(PATH).sizeBytes }] });
  } finally {
    rmSync(disk, { recursive: true });
  }
});

test.skipIf(!existsSync('/dev/shm'))('free space is counted for each disk by itself, less what parts hold already', async () => {
  await using box = await startSandbox();
  const disk = mkdtempSync('/dev/shm/plan-test-');
  try {
    const here = box.path('loras/model.safetensors');
    writeFileSync(`${here}.part`, new Uint8Array(400 * 1024));
    const there = resolutionOf(join(disk, 'there.safetensors'), { filename: 'there.safetensors' });
    const plan = await planDownloads({
      resolutions: [resolutionOf(here), there],
      config: { allowPickle: true },
      allowedRoots: [box.models, disk],
    });
    const size = resolutionOf(PATH).sizeBytes ?? 0;
    expect(plan.volumes).toMatchObject([{ neededBytes: size - 400 * 1024 }, { path: disk, neededBytes: size }]);
    expect(plan.rows[0]?.heldBytes).toBe(400 * 1024);
  } finally {
    rmSync(disk, { recursive: true });
  }
});

describe('retries', () => {
  const lost: Trouble = { kind: 'network', detail: 'gone' };

  test('five attempts without a byte end it, and a byte begins the count anew', () => {
    const budget = new RetryBudget();
    const pauses = Array.from({ length: 4 }, () => budget.nextPauseMs(lost, false));
    expect(pauses.every((pause) => pause !== null && pause > 0)).toBe(true);
    expect(budget.nextPauseMs(lost, true)).toBeNumber();
    expect(Array.from({ length: 3 }, () => budget.nextPauseMs(lost, false)).every((pause) => pause !== null)).toBe(true);
    expect(budget.nextPauseMs(lost, false)).toBeNull();
  });

  const FINAL: Trouble[] = [
    { kind: 'not_found', host: 'x', detail: null },
    { kind: 'checksum', expected: 'a', actual: 'b' },
    { kind: 'disk_full', needed: null, free: null },
    { kind: 'status', status: 418, host: 'x', detail: null, retryAfterMs: null },
    { kind: 'status', status: 429, host: 'x', detail: null, retryAfterMs: 3_600_000 },
  ];
  test.each(FINAL)('%j is final', (trouble) => expect(new RetryBudget().nextPauseMs(trouble, false)).toBeNull());
});

test('the rate holds over all who take from it', async () => {
  let nowMs = 0;
  const rate = new RateLimit(1000, {
    now: () => new Date(nowMs),
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  });
  const { signal } = new AbortController();
  for (let taken = 0; taken < 10_000; taken += 100) await rate.take(100, signal);
  expect(nowMs).toBeGreaterThanOrEqual(9_900);
  expect(nowMs).toBeLessThanOrEqual(10_000);
});

test('a clock that is set back holds nobody up for longer than what was owed before it', async () => {
  let nowMs = 7_200_000;
  const pauses: number[] = [];
  const rate = new RateLimit(1000, {
    now: () => new Date(nowMs),
    sleep: (ms) => {
      pauses.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  });
  const { signal } = new AbortController();
  await rate.take(1000, signal);
  nowMs -= 3_600_000;
  await rate.take(1000, signal);
  expect(pauses).toEqual([950, 1950]);
});

test('a transfer keeps to the rate', async () => {
  await using box = await startSandbox();
  const [record] = await box.run([resolutionOf(box.path('loras/model.safetensors'))], { config: { maxBytesPerSecond: 300_000 } });
  expect(record?.status).toBe('downloaded');
  expect(Math.max(...box.pauses)).toBeGreaterThan(2500);
});

describe('the stall watch', () => {
  test('counts only while somebody waits, and counts again afterwards', async () => {
    const stalled = Promise.withResolvers<number>();
    const startedAt = performance.now();
    const watch = new StallWatch(30, () => stalled.resolve(performance.now() - startedAt));
    watch.pause();
    await Bun.sleep(80);
    watch.begin();
    expect(await stalled.promise).toBeGreaterThan(100);
    watch.stop();
  });
});
