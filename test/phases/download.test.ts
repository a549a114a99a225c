import { describe, expect, test } from 'bun:test';
import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describeError } from '../../lib/core/error.ts';
import type { DownloadRecord, Resolution } from '../../lib/core/model.ts';
import { trickle } from '../download/faults.ts';
import type { Sandbox } from '../download/sandbox.ts';
import {
  MODEL,
  OTHER,
  candidateOf,
  CIVITAI_URL,
  defaultCatalogue,
  fetchOnceInput,
  HF_URL,
  REPO,
  resolutionOf,
  startSandbox,
} from '../download/sandbox.ts';
import { answerHtml, answerStatus, corruptBytes, serveOther, stallAfter } from '../helpers/faults.ts';

const STORAGE = { service: 'storage' } as const;

describe.each([1, 4])('with %d connections per file', (connectionsPerFile) => {
  const config = { connectionsPerFile, timeoutSeconds: 0.3 };

  test('a model comes whole into its place and nothing else stays', async () => {
    await using box = await startSandbox();
    const savePath = box.path('loras/model.safetensors');
    const [record] = await box.run([resolutionOf(savePath)], { config });
    expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256', sha256: MODEL.sha256, bytes: MODEL.sizeBytes, error: null });
    expect(readFileSync(savePath).equals(Buffer.from(MODEL.read(0, MODEL.sizeBytes)))).toBe(true);
    expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
  });

  test('a server that stalls is asked again', async () => {
    await using box = await startSandbox();
    box.hub.inject({ ...STORAGE, times: 2 }, stallAfter(50_000));
    const [record] = await box.run([resolutionOf(box.path('loras/model.safetensors'))], { config });
    expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256' });
  });

  test('a server that stalls for ever is a timeout, and what has arrived is kept', async () => {
    await using box = await startSandbox();
    box.hub.inject(STORAGE, stallAfter(0));
    const savePath = box.path('loras/model.safetensors');
    const [record] = await box.run([resolutionOf(savePath)], { config: { ...config, timeoutSeconds: 0.05 } });
    expect(record).toMatchObject({ status: 'failed', error: { error: 'Download failed: timeout', code: 'download_timeout' } });
    expect(existsSync(savePath)).toBe(false);
  });

  test('bytes that are wrong once are fetched again, and wrong for ever they fail and do not stay', async () => {
    await using box = await startSandbox();
    const savePath = box.path('loras/model.safetensors');
    box.hub.inject({ ...STORAGE, times: 1 }, corruptBytes());
    const [once] = await box.run([resolutionOf(savePath)], { config });
    expect(once).toMatchObject({ status: 'downloaded', verified: 'sha256' });

    box.hub.inject(STORAGE, corruptBytes());
    const again = box.path('loras/again.safetensors');
    const [forEver] = await box.run([resolutionOf(again, { filename: 'again.safetensors' })], { config });
    expect(forEver).toMatchObject({ status: 'failed', error: { error: 'Download failed: checksum mismatch' } });
    expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
  });

  test('429 with Retry-After waits as long as it is asked to', async () => {
    await using box = await startSandbox();
    box.hub.inject({ service: 'huggingface', times: 1 }, answerStatus(429, { retryAfter: 3 }));
    const [record] = await box.run([resolutionOf(box.path('loras/model.safetensors'))], { config });
    expect(record?.status).toBe('downloaded');
    expect(box.pauses).toContain(3000);
  });
});

test('a page in place of the file never gets its name', async () => {
  await using box = await startSandbox();
  box.hub.inject(STORAGE, answerHtml());
  const savePath = box.path('loras/model.safetensors');
  const [record] = await box.run([resolutionOf(savePath)]);
  expect(record).toMatchObject({
    status: 'failed',
    error: { error: 'Download failed: not a model file', details: 'What came: a web page' },
  });
  expect(existsSync(savePath)).toBe(false);
});

test('the next source with the same sha256 is taken when the first one fails', async () => {
  await using box = await startSandbox();
  box.hub.inject({ service: 'huggingface' }, answerStatus(404));
  const [record] = await box.run([resolutionOf(box.path('loras/model.safetensors'), { candidates: [candidateOf()] })]);
  expect(record).toMatchObject({
    status: 'downloaded',
    source: 'civitai',
    downloadUrl: CIVITAI_URL,
    verified: 'sha256',
  });
});

test('a file that stands there whole is left alone without a request', async () => {
  await using box = await startSandbox();
  const savePath = box.path('loras/model.safetensors');
  writeFileSync(savePath, MODEL.read(0, MODEL.sizeBytes));
  const [record] = await box.run([resolutionOf(savePath)]);
  expect(record).toMatchObject({ status: 'already_present', verified: 'sha256' });
  expect(box.hub.requests).toEqual([]);
});

test('another whole model of the same name is never overwritten', async () => {
  await using box = await startSandbox();
  const savePath = box.path('loras/model.safetensors');
  writeFileSync(savePath, OTHER.read(0, OTHER.sizeBytes));
  const [record] = await box.run([resolutionOf(savePath)]);
  expect(record).toMatchObject({ status: 'failed', error: { code: 'download_target_taken' } });
  expect(readFileSync(savePath).equals(Buffer.from(OTHER.read(0, OTHER.sizeBytes)))).toBe(true);
});

test('a damaged file is replaced, but only by the proven new one', async () => {
  await using box = await startSandbox();
  const savePath = box.path('loras/model.safetensors');
  writeFileSync(savePath, MODEL.read(0, 5000));
  box.hub.inject(STORAGE, corruptBytes());
  const [failed] = await box.run([resolutionOf(savePath)]);
  expect(failed?.status).toBe('failed');
  expect(statSync(savePath).size).toBe(5000);
  box.hub.heal();
  const [record] = await box.run([resolutionOf(savePath)]);
  expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256' });
  expect(statSync(savePath).size).toBe(MODEL.sizeBytes);
});

test('a file that this machine already has is linked', async () => {
  await using box = await startSandbox();
  const foundAt = box.path('elsewhere.safetensors');
  writeFileSync(foundAt, MODEL.read(0, MODEL.sizeBytes));
  const savePath = box.path('loras/model.safetensors');
  const [record] = await box.run([resolutionOf(savePath, { source: 'local', foundAt, downloadUrl: null })]);
  expect(record).toMatchObject({ status: 'linked', verified: 'sha256', source: 'local' });
  expect(statSync(savePath).ino).toBe(statSync(foundAt).ino);
  expect(box.hub.requests).toEqual([]);
});

test('nothing is written of a file that its source says is another one', async () => {
  await using box = await startSandbox();
  const [record] = await box.run([resolutionOf(box.path('loras/model.safetensors'), { sha256: OTHER.sha256 })]);
  expect(record).toMatchObject({ status: 'failed', bytes: 0, error: { code: 'download_checksum_mismatch' } });
  expect(box.hub.requests.length).toBe(2);
});

test('an interrupted run keeps its bytes, and the next one fetches only the rest', async () => {
  await using box = await startSandbox();
  const savePath = box.path('loras/model.safetensors');
  const abort = new AbortController();
  box.hub.inject({ ...STORAGE, times: 1 }, async (request, answer) => {
    setTimeout(() => abort.abort(new Error('interrupted')), 100);
    return stallAfter(300_000)(request, answer);
  });
  expect(await box.run([resolutionOf(savePath)], { signal: abort.signal }).catch(describeError)).toBe('interrupted');
  expect(readdirSync(box.path('loras')).sort()).toEqual(['model.safetensors.part', 'model.safetensors.part.json']);
  const [record] = await box.run([resolutionOf(savePath)]);
  expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256' });
  expect(box.events).toContainEqual({ type: 'transfer_resumed', filename: 'model.safetensors', savePath, fromBytes: 300_000 });
  const last = box.hub.requests.at(-1);
  expect(last).toMatchObject({ range: `bytes=300000-${MODEL.sizeBytes - 1}`, ifRange: `"${MODEL.sha256}"`, status: 206 });
});

test('a part whose source has changed in the meantime is begun anew', async () => {
  await using box = await startSandbox();
  const savePath = box.path('loras/model.safetensors');
  const unknown = { sha256: null, sizeBytes: null };
  const abort = new AbortController();
  box.hub.inject({ service: 'huggingface', times: 1 }, async (request, answer) => {
    setTimeout(() => abort.abort(new Error('interrupted')), 100);
    return stallAfter(300_000)(request, () => serveOther(MODEL, '"old"')(request, answer));
  });
  expect(await box.run([resolutionOf(savePath, unknown)], { signal: abort.signal }).catch(describeError)).toBe('interrupted');
  box.hub.heal();
  box.hub.inject({ service: 'huggingface' }, serveOther(OTHER, '"new"'));
  const [record] = await box.run([resolutionOf(savePath, unknown)]);
  expect(record).toMatchObject({ status: 'downloaded', verified: 'size', sha256: OTHER.sha256 });
});

describe('a file that is here already', () => {
  test('takes the place of a damaged one', async () => {
    await using box = await startSandbox();
    const foundAt = box.path('elsewhere.safetensors');
    writeFileSync(foundAt, MODEL.read(0, MODEL.sizeBytes));
    const savePath = box.path('loras/model.safetensors');
    writeFileSync(savePath, MODEL.read(0, 5000));
    const [record] = await box.run([resolutionOf(savePath, { source: 'local', foundAt, downloadUrl: null })]);
    expect(record).toMatchObject({ status: 'linked', verified: 'sha256' });
    expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
    expect(statSync(savePath).ino).toBe(statSync(foundAt).ino);
  });

  test.each([
    ['linked', { source: 'local', downloadUrl: null }],
    ['downloaded', {}],
  ] as const)('keeps no second name that a killed run had begun to give it, when the file is %s at last', async (status, changes) => {
    await using box = await startSandbox();
    const foundAt = box.path('elsewhere.safetensors');
    writeFileSync(foundAt, MODEL.read(0, MODEL.sizeBytes));
    const savePath = box.path('loras/model.safetensors');
    writeFileSync(savePath, MODEL.read(0, 5000));
    linkSync(foundAt, `${savePath}.part.link`);
    writeFileSync(`${savePath}.part.new`, 'half a copy');
    const [record] = await box.run([resolutionOf(savePath, { ...changes, foundAt })]);
    expect(record).toMatchObject({ status, verified: 'sha256' });
    expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
    expect(readFileSync(foundAt).equals(readFileSync(savePath))).toBe(true);
  });

  test('is never written to, even when a part shares its bytes', async () => {
    await using box = await startSandbox();
    const foundAt = box.path('elsewhere.safetensors');
    writeFileSync(foundAt, OTHER.read(0, OTHER.sizeBytes));
    const savePath = box.path('loras/model.safetensors');
    linkSync(foundAt, `${savePath}.part`);
    const [record] = await box.run([resolutionOf(savePath)]);
    expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256' });
    expect(readFileSync(foundAt).equals(Buffer.from(OTHER.read(0, OTHER.sizeBytes)))).toBe(true);
  });

  test.skipIf(!existsSync('/dev/shm'))('is copied from another disk', async () => {
    const disk = mkdtempSync('/dev/shm/download-test-');
    await using box = await startSandbox();
    try {
      const foundAt = join(disk, 'model.safetensors');
      writeFileSync(foundAt, MODEL.read(0, MODEL.sizeBytes));
      const savePath = box.path('loras/model.safetensors');
      const [record] = await box.run([resolutionOf(savePath, { source: 'local', foundAt, downloadUrl: null })]);
      expect(record).toMatchObject({ status: 'linked', verified: 'sha256' });
      expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
      expect(readFileSync(savePath).equals(readFileSync(foundAt))).toBe(true);
    } finally {
      rmSync(disk, { recursive: true });
    }
  });

  test('is fetched after all when it has changed since it was found', async () => {
    await using box = await startSandbox();
    const foundAt = box.path('elsewhere.safetensors');
    writeFileSync(foundAt, OTHER.read(0, OTHER.sizeBytes));
    const resolution = resolutionOf(box.path('loras/model.safetensors'), { source: 'local', foundAt, downloadUrl: null });
    const [failed] = await box.run([resolution]);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'download_local_changed' } });
    const [record] = await box.run([{ ...resolution, candidates: [candidateOf()] }]);
    expect(record).toMatchObject({ status: 'downloaded', source: 'civitai' });
  });
});

describe('a run', () => {
  test('fetches several files at a time and records them in their order', async () => {
    await using box = await startSandbox();
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.safetensors`);
    const resolutions = names.map((filename) => resolutionOf(box.path(`loras/new/${filename}`), { filename }));
    const records = await box.run(resolutions, { config: { maxConcurrent: 2 } });
    expect(records.map((record) => [record.filename, record.status])).toEqual(names.map((name) => [name, 'downloaded']));
    expect(readdirSync(box.path('loras/new')).sort()).toEqual(names);
  });

  test('tells what happens in order, and a link that is dead does not stop the others', async () => {
    await using box = await startSandbox();
    box.hub.inject({ service: 'huggingface', path: 'gone' }, answerStatus(404));
    const gone = resolutionOf(box.path('loras/gone.safetensors'), {
      filename: 'gone.safetensors',
      downloadUrl: HF_URL.replace('model.s', 'gone.s'),
    });
    const records = await box.run([gone, resolutionOf(box.path('loras/model.safetensors'))], { config: { maxConcurrent: 1 } });
    expect(records.map((record) => record.status)).toEqual(['failed', 'downloaded']);
    const types = box.events.map((event) => event.type).filter((type) => type !== 'transfer_progress');
    expect(types.join(' ')).toBe(
      'phase_started downloads_planned transfer_started problem transfer_finished phase_progress ' +
        'transfer_started transfer_finished phase_progress phase_finished',
    );
  });

  test('leaves out what nobody accepted, and skips with a reason what it refuses', async () => {
    await using box = await startSandbox();
    const pickle = resolutionOf(box.path('loras/x.ckpt'), { filename: 'x.ckpt' });
    const records = await box.run(
      [
        resolutionOf(box.path('loras/not-accepted.safetensors'), { accepted: false }),
        resolutionOf(box.path('../outside.safetensors')),
        pickle,
        { ...pickle, savePath: null },
      ],
      { config: { allowPickle: false } },
    );
    expect(records.map((record) => [record.status, record.error?.code])).toEqual([
      ['skipped', 'download_target_refused'],
      ['skipped', 'download_pickle_refused'],
      ['skipped', 'download_target_unknown'],
    ]);
    expect(box.hub.requests).toEqual([]);
  });
});

describe('two paths that lead to one place', () => {
  async function runTwice(second: Partial<Resolution>): Promise<{ box: Sandbox; records: DownloadRecord[] }> {
    const box = await startSandbox({
      ...defaultCatalogue(),
      huggingface: [{ id: REPO, files: [MODEL, OTHER].map((content, index) => ({ path: `${index}/model.safetensors`, content })) }],
    });
    symlinkSync(box.path('loras'), box.path('linked'));
    box.hub.inject(STORAGE, trickle(4_000_000));
    const link = (index: number): string => `https://huggingface.co/${REPO}/resolve/main/${index}/model.safetensors`;
    const records = await box.run([
      resolutionOf(box.path('loras/model.safetensors'), { downloadUrl: link(0) }),
      resolutionOf(box.path('linked/model.safetensors'), { downloadUrl: link(0), ...second }),
    ]);
    return { box, records };
  }

  test('bring the same file once', async () => {
    const { box, records } = await runTwice({});
    await using _ = box;
    expect(records.map(({ status }) => status)).toEqual(['downloaded', 'already_present']);
    expect(box.hub.requests.reduce((sum, { service, bytesSent }) => sum + (service === 'storage' ? bytesSent : 0), 0)).toBe(
      MODEL.sizeBytes,
    );
  });

  test('never mix two files', async () => {
    const downloadUrl = `https://huggingface.co/${REPO}/resolve/main/1/model.safetensors`;
    const { box, records } = await runTwice({ downloadUrl, sha256: OTHER.sha256 });
    await using _ = box;
    expect(records.map(({ status, error }) => [status, error?.code])).toEqual([
      ['downloaded', undefined],
      ['failed', 'download_target_taken'],
    ]);
    expect(readFileSync(box.path('loras/model.safetensors')).equals(Buffer.from(MODEL.read(0, MODEL.sizeBytes)))).toBe(true);
    expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
  });
});

test('a part that another process is writing is left alone', async () => {
  await using box = await startSandbox();
  const savePath = box.path('loras/model.safetensors');
  box.hub.inject(STORAGE, stallAfter(10_000));
  const other = Bun.spawn([
    process.execPath,
    join(import.meta.dir, '../download/fetch-once.ts'),
    fetchOnceInput(box, resolutionOf(savePath)),
  ]);
  while (!existsSync(`${savePath}.part.json`)) await Bun.sleep(5);
  const [record] = await box.run([resolutionOf(savePath)]);
  expect(record).toMatchObject({ status: 'failed', error: { code: 'download_in_use' } });
  other.kill('SIGKILL');
  await other.exited;
  box.hub.heal();
  const [again] = await box.run([resolutionOf(savePath)]);
  expect(again).toMatchObject({ status: 'downloaded', verified: 'sha256' });
});
