import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';

import type { DownloadRecord, Resolution } from '../../lib/core/model.ts';
import { contentOf } from '../../lib/hub/content.ts';
import type { Fault } from '../helpers/faults.ts';
import {
  answerHtml,
  answerStatus,
  bodyPieces,
  corruptBytes,
  hideLength,
  ignoreRanges,
  resetConnection,
  serveOther,
} from '../helpers/faults.ts';
import { changeHeaders, combine, cutLater } from './faults.ts';
import type { Sandbox } from './sandbox.ts';
import { candidateOf, CIVITAI_URL, HF_URL, MODEL, OTHER, resolutionOf, startSandbox } from './sandbox.ts';

const STORAGE = { service: 'storage' } as const;
const UNKNOWN = { sha256: null, sizeBytes: null };

function target(box: Sandbox): string {
  return box.path('loras/model.safetensors');
}

function expectWhole(box: Sandbox, record: DownloadRecord | undefined): void {
  expect(record).toMatchObject({ status: 'downloaded', error: null });
  expect(readFileSync(target(box)).equals(Buffer.from(MODEL.read(0, MODEL.sizeBytes)))).toBe(true);
  expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
}

function expectFailed(box: Sandbox, record: DownloadRecord | undefined, reason: string): void {
  expect(record?.status).toBe('failed');
  expect(record?.error?.error).toBe(`Download failed: ${reason}`);
  expect(readdirSync(box.path('loras'))).toEqual([]);
}

/** Faults of the place where the bytes lie that end well all the same, and how often each strikes. */
const PASSING: [name: string, fault: Fault, times: number][] = [
  ['cut once', cutLater(50_000), 1],
  ['cut nine times', cutLater(50_000), 9],
  ['reset before the answer', resetConnection(), 3],
  ['503', answerStatus(503), 2],
  ['429 without Retry-After', answerStatus(429), 2],
  ['500', answerStatus(500), 4],
  ['no ranges at all', ignoreRanges(), Infinity],
  ['no length', hideLength(), Infinity],
  ['no length and cut', hideLength({ cutAfterBytes: 50_000 }), 2],
  ['no ranges and cut', combine(ignoreRanges(), cutLater(50_000)), 3],
  ['no tag', changeHeaders({ etag: null }), Infinity],
  ['neither tag nor date', changeHeaders({ etag: null, 'last-modified': null }), Infinity],
  ['a weak tag', changeHeaders({ etag: 'W/"weak"' }), Infinity],
  ['a Content-Range that begins elsewhere', changeHeaders({ 'content-range': `bytes 5-99/${MODEL.sizeBytes}` }), 1],
  ['a Content-Range that is none', changeHeaders({ 'content-range': 'nonsense' }), 1],
  ['wrong bytes once', corruptBytes(), 1],
  ['a part that comes packed', changeHeaders({ 'content-encoding': 'gzip' }), 1],
  ['a coding that is none', changeHeaders({ 'content-encoding': 'aws-chunked' }), Infinity],
  ['416', answerStatus(416, { headers: { 'content-range': 'bytes */10' } }), 1],
];

describe.each([1, 4])('with %d connections per file', (connectionsPerFile) => {
  const config = { connectionsPerFile, timeoutSeconds: 1 };

  test.each(PASSING)('%s still ends with the right bytes', async (_name, fault, times) => {
    await using box = await startSandbox();
    box.hub.inject({ ...STORAGE, times }, fault);
    const [record] = await box.run([resolutionOf(target(box))], { config });
    expectWhole(box, record);
  });

  test('everything at once still ends with the right bytes', async () => {
    await using box = await startSandbox();
    let next = 0;
    const faults = [
      resetConnection(),
      cutLater(70_000),
      answerStatus(503, { retryAfter: 1 }),
      cutLater(30_000),
      ignoreRanges(),
      corruptBytes(),
    ];
    box.hub.inject({ ...STORAGE, times: 24 }, (request, answer) => {
      const fault = next % 4 === 3 ? undefined : faults[(next * 5) % faults.length];
      next++;
      return fault ? fault(request, answer) : answer();
    });
    const [record] = await box.run([resolutionOf(target(box))], { config });
    expectWhole(box, record);
  });

  test('a link that expires in the middle is renewed through the original one', async () => {
    await using box = await startSandbox();
    box.hub.inject({ ...STORAGE, times: 1 }, async (request, answer) => {
      const cut = await cutLater(60_000)(request, answer);
      box.hub.passTime(4000);
      return cut;
    });
    const [record] = await box.run([resolutionOf(target(box))], { config });
    expectWhole(box, record);
    expect(box.hub.requests.filter((request) => request.service === 'huggingface').length).toBeGreaterThan(1);
  });

  test('a file that changes while it is fetched is never mixed', async () => {
    await using box = await startSandbox();
    box.hub.inject({ service: 'huggingface', times: 2 }, combine(cutLater(40_000), serveOther(OTHER, '"one"')));
    box.hub.inject({ service: 'huggingface' }, serveOther(MODEL, '"two"'));
    const [record] = await box.run([resolutionOf(target(box), UNKNOWN)], { config });
    expectWhole(box, record);
    expect(record?.verified).toBe('size');
  });

  test('a file that changes under the same tag is caught by its sha256', async () => {
    await using box = await startSandbox();
    box.hub.inject({ service: 'huggingface', times: 1 }, combine(cutLater(40_000), serveOther(OTHER, '"same"')));
    box.hub.inject({ service: 'huggingface' }, serveOther(MODEL, '"same"'));
    const [record] = await box.run([resolutionOf(target(box))], { config });
    expectWhole(box, record);
  });
});

test('answers of which no byte can be kept come to an end, over four connections too', async () => {
  await using box = await startSandbox();
  box.hub.inject(STORAGE, async (_request, answer) => {
    const whole = await answer();
    const { 'content-length': _length, ...headers } = whole.headers;
    const pieces = await Array.fromAsync(bodyPieces(whole));
    return { ...whole, headers, body: [Buffer.concat([...pieces, Buffer.alloc(5)])] };
  });
  const [record] = await box.run([resolutionOf(target(box))], { config: { connectionsPerFile: 4 } });
  expect(record).toMatchObject({ status: 'failed', error: { code: 'download_bad_answer' } });
  expect(box.hub.requests.filter(({ service }) => service === 'storage')).toHaveLength(5);
});

test('no byte of a part that comes packed is taken for the file', async () => {
  await using box = await startSandbox();
  box.hub.inject(STORAGE, changeHeaders({ 'content-encoding': 'br' }));
  const [record] = await box.run([resolutionOf(target(box))], { config: { connectionsPerFile: 4 } });
  expectFailed(box, record, 'unexpected answer');
  expect(record).toMatchObject({ bytes: 0, error: { details: expect.stringContaining('packed') } });
});

test('an outage in the middle is as long for four connections as for one', async () => {
  await using box = await startSandbox();
  box.hub.inject({ ...STORAGE, times: 4 }, cutLater(30_000));
  box.hub.inject({ ...STORAGE, times: 5 }, resetConnection());
  const [record] = await box.run([resolutionOf(target(box))], { config: { connectionsPerFile: 4 } });
  expectWhole(box, record);
});

test('connections that a server refuses are not asked for again with every piece', async () => {
  await using box = await startSandbox();
  let open = 0;
  let refused = 0;
  box.hub.inject(STORAGE, async (request, answer) => {
    if (open > 0) {
      refused++;
      return answerStatus(503)(request, answer);
    }
    open++;
    const whole = await answer();
    return { ...whole, body: untilRead(bodyPieces(whole), () => open--) };
  });
  const [record] = await box.run([resolutionOf(target(box))], { config: { connectionsPerFile: 4 } });
  expectWhole(box, record);
  expect(refused).toBeLessThanOrEqual(3);
});

async function* untilRead(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    // long enough that further connections come in the meantime
    await Bun.sleep(20);
    yield* pieces;
  } finally {
    onEnd();
  }
}

test('further connections do not go over the hub again', async () => {
  await using box = await startSandbox();
  const [record] = await box.run([resolutionOf(target(box))], { config: { connectionsPerFile: 4 } });
  expectWhole(box, record);
  expect(box.hub.requests.filter((request) => request.service === 'huggingface').length).toBe(1);
  expect(box.hub.requests.filter((request) => request.service === 'storage').length).toBe(Math.ceil(MODEL.sizeBytes / 65536));
});

test('the sha256 that Hugging Face promises proves a file of which nothing was known', async () => {
  await using box = await startSandbox();
  const [record] = await box.run([resolutionOf(target(box), UNKNOWN)]);
  expectWhole(box, record);
  expect(record).toMatchObject({ verified: 'sha256', sha256: MODEL.sha256 });
});

test('a body of unknown length that ends early is no whole file', async () => {
  await using box = await startSandbox();
  const truncated = contentOf(MODEL.read(0, 300_000));
  box.hub.inject({ service: 'huggingface' }, combine(hideLength(), serveOther(truncated)));
  const [record] = await box.run([resolutionOf(target(box), UNKNOWN)]);
  expectFailed(box, record, 'not a model file');
});

/** What a source may send instead of a model. */
const IMPOSTORS: [what: string, body: string | Uint8Array][] = [
  ['a git-lfs pointer', `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`],
  ['a JSON answer', '{"error": "something is wrong", "code": 17}'],
  ['a web page', '<!DOCTYPE html><html><body>Log in</body></html>'],
  ['a web page', Buffer.from('<html><title>Accès refusé</title></html>', 'latin1')],
  ['a web page', Buffer.from('\ufeff<!DOCTYPE html><title>登録</title>', 'utf16le')],
  ['an empty file', ''],
];

describe.each([
  ['of which nothing is known', UNKNOWN],
  ['of which size and sha256 are known', {}],
] as const)('in the place of a file %s', (_name, known) => {
  test.each(IMPOSTORS)('%s never gets the name of a model', async (what, body) => {
    await using box = await startSandbox();
    box.hub.inject({ service: 'huggingface' }, serveOther(contentOf(body)));
    const [record] = await box.run([resolutionOf(target(box), known)]);
    expectFailed(box, record, 'not a model file');
    expect(record?.error?.details).toBe(`What came: ${what}`);
  });
});

test.each([
  ['a.pth', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), 'png: a picture, not a model'],
  ['a.ckpt', Buffer.from('\0\0\0\x20ftypisom\0'), 'mp4: a film or a picture, not a model'],
  ['a.bin', Bun.gzipSync('weights'), 'gzip: an archive, not a model'],
])('what is known to be something else never gets the name %s', async (filename, body, what) => {
  await using box = await startSandbox();
  box.hub.inject({ service: 'huggingface' }, serveOther(contentOf(body)));
  const [record] = await box.run([resolutionOf(box.path(`loras/${filename}`), { ...UNKNOWN, filename })]);
  expectFailed(box, record, 'not a model file');
  expect(record?.error?.details).toBe(`What came: ${what}`);
});

test('an error that comes as a file keeps what has arrived before', async () => {
  await using box = await startSandbox();
  const resolution = resolutionOf(target(box), { sizeBytes: null });
  box.hub.inject({ ...STORAGE, times: 1 }, cutLater(300_000));
  box.hub.inject(STORAGE, serveOther(contentOf('{"error": "something is wrong", "code": 17}')));
  const [failed] = await box.run([resolution]);
  expect(failed?.error?.error).toBe('Download failed: not a model file');
  box.hub.heal();
  const [record] = await box.run([resolution]);
  expectWhole(box, record);
  expect(box.events).toContainEqual(expect.objectContaining({ type: 'transfer_resumed', fromBytes: 300_000 }));
});

/** As a server gives it that has a path of its own: no redirect to a storage, and nothing that a sha256 could be read from. */
const PLAIN = { service: 'huggingface' } as const;

test.each([1, 4])('ranges that nothing ties together are done without, over %d connections', async (connectionsPerFile) => {
  await using box = await startSandbox();
  box.hub.inject(PLAIN, combine(changeHeaders({ etag: null, 'last-modified': null }), serveOther(MODEL)));
  const [record] = await box.run([resolutionOf(target(box), UNKNOWN)], { config: { connectionsPerFile } });
  expectWhole(box, record);
  expect(record?.verified).toBe('size');
});

test('a page of unknown length leaves what has arrived as it is', async () => {
  await using box = await startSandbox();
  const resolution = resolutionOf(target(box), UNKNOWN);
  box.hub.inject({ ...PLAIN, times: 1 }, combine(cutLater(300_000), serveOther(MODEL)));
  box.hub.inject(PLAIN, combine(hideLength(), serveOther(contentOf('{"error": "something is wrong", "code": 17}'), '"none"')));
  const [failed] = await box.run([resolution]);
  expect(failed?.error?.error).toBe('Download failed: not a model file');
  box.hub.heal();
  box.hub.inject(PLAIN, serveOther(MODEL));
  const [record] = await box.run([resolution]);
  expectWhole(box, record);
  expect(box.events).toContainEqual(expect.objectContaining({ type: 'transfer_resumed', fromBytes: 300_000 }));
});

test.each([{ 'content-range': `bytes */${MODEL.sizeBytes}` }, {}])('a 416 in the middle of a file drops nothing: %p', async (headers) => {
  await using box = await startSandbox();
  box.hub.inject({ ...STORAGE, times: 1 }, cutLater(300_000));
  box.hub.inject({ ...STORAGE, times: 1 }, answerStatus(416, { headers }));
  const [record] = await box.run([resolutionOf(target(box))], { tuning: { smallestPieceBytes: MODEL.sizeBytes } });
  expectWhole(box, record);
  const sent = box.hub.requests.reduce((sum, { service, bytesSent }) => sum + (service === 'storage' ? bytesSent : 0), 0);
  expect(sent).toBeLessThan(MODEL.sizeBytes * 1.1);
});

test('bytes that one source has brought are kept for the next one of the same content', async () => {
  await using box = await startSandbox();
  const first = 'https://huggingface.co/studio/models/resolve/other/loras/model.safetensors';
  box.hub.inject({ ...STORAGE, times: 1 }, cutLater(300_000));
  box.hub.inject(STORAGE, answerStatus(404));
  const [failed] = await box.run([resolutionOf(target(box), { sizeBytes: null })]);
  expect(failed?.status).toBe('failed');
  box.hub.heal();
  box.hub.inject(PLAIN, serveOther(MODEL, '"of its own"'));
  const [record] = await box.run([resolutionOf(target(box), { downloadUrl: first })]);
  expectWhole(box, record);
  const sent = box.hub.requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  expect(sent).toBeLessThan(MODEL.sizeBytes * 1.1);
});

test('a source that promises more than any disk holds is followed by the next one', async () => {
  await using box = await startSandbox();
  const serve = serveOther(MODEL);
  box.hub.inject(PLAIN, async (request, answer) => {
    const part = await serve(request, answer);
    const range = part.headers['content-range']?.replace(/\/\d+$/, '/900000000000000');
    return { ...part, headers: { ...part.headers, ...(range !== undefined && { 'content-range': range }) } };
  });
  const [record] = await box.run([resolutionOf(target(box), { sizeBytes: null, candidates: [candidateOf({ sizeBytes: null })] })], {
    config: { connectionsPerFile: 4 },
  });
  expectWhole(box, record);
});

/** Refusals of the services by status, headers and body. */
const REFUSALS: [name: string, changes: Partial<Resolution>, fault: Fault, reason: string, hint: RegExp][] = [
  ['a gated repository without a key', {}, answerStatus(401, { headers: { 'x-error-code': 'GatedRepo' } }), 'gated', /HF_TOKEN/],
  ['a gated repository with a key', {}, answerStatus(403, { headers: { 'x-error-code': 'GatedRepo' } }), 'gated', /studio\/models/],
  ['a missing file', {}, answerStatus(404, { headers: { 'x-error-code': 'EntryNotFound' } }), 'not found', /resolve/],
  ['a missing repository', {}, answerStatus(401, { headers: { 'x-error-code': 'RepoNotFound' } }), 'not found', /resolve/],
  ['a region block', {}, answerStatus(451), 'region blocked', /endpoints\.huggingface/],
  ['a disabled repository', {}, answerStatus(403, { body: { error: 'Access to this resource is disabled.' } }), 'access denied', /account/],
  ['a login page', {}, answerHtml(), 'not a model file', /browser/],
  ['a status that means nothing', {}, answerStatus(418), 'status 418', /link/],
  ['a server that is down', {}, answerStatus(503), 'server error 503', /resume/],
  ['a quota', {}, answerStatus(429, { retryAfter: 3600 }), 'rate limited', /resume/],
];

test.each(REFUSALS)('%s has its own message and mend', async (_name, changes, fault, reason, hint) => {
  await using box = await startSandbox();
  box.hub.inject({ service: 'huggingface' }, fault);
  const [record] = await box.run([resolutionOf(target(box), changes)]);
  expectFailed(box, record, reason);
  expect(record?.error?.hint).toMatch(hint);
});

describe('Civitai', () => {
  const ON_CIVITAI = { source: 'civitai', downloadUrl: CIVITAI_URL, modelId: 11, versionId: 22, repoId: null } as const;

  const CIVITAI_REFUSALS: [name: string, body: Record<string, unknown>, status: number, reason: string, hint: RegExp][] = [
    ['login', { error: 'Unauthorized', message: 'The creator requires you to be logged in' }, 401, 'login required', /CIVITAI_API_KEY/],
    [
      'disabled downloads',
      { error: 'Unauthorized', message: 'The creator has disabled downloads on this file' },
      401,
      'downloads disabled',
      /models\/11/,
    ],
    ['early access', { error: 'Early Access', deadline: '2026-12-24' }, 403, 'early access', /models\/11/],
    ['no access', { error: 'Forbidden', message: 'You do not have access to download this file' }, 403, 'access denied', /models\/11/],
    ['an archived model', { error: 'Model archived' }, 410, 'not found', /resolve/],
  ];

  test.each(CIVITAI_REFUSALS)('%s has its own message and mend', async (_name, body, status, reason, hint) => {
    await using box = await startSandbox();
    box.hub.inject({ service: 'civitai' }, answerStatus(status, { body }));
    const [record] = await box.run([resolutionOf(target(box), ON_CIVITAI)]);
    expectFailed(box, record, reason);
    expect(record?.error?.hint).toMatch(hint);
  });

  test('the redirect to the login page means that a login is required', async () => {
    await using box = await startSandbox();
    const location = '/login?returnUrl=%2Fmodels%2F11&reason=download-auth';
    box.hub.inject({ service: 'civitai', path: '/api/download' }, answerStatus(307, { headers: { location } }));
    box.hub.inject({ service: 'civitai', path: '/login' }, answerHtml());
    const [record] = await box.run([resolutionOf(target(box), ON_CIVITAI)]);
    expectFailed(box, record, 'login required');
  });

  test('a size that is only about right is right enough', async () => {
    await using box = await startSandbox();
    const [record] = await box.run([resolutionOf(target(box), { ...ON_CIVITAI, sizeBytes: MODEL.sizeBytes - 5, sha256: null })]);
    expectWhole(box, record);
  });
});

test('a key goes to its own service and never to the storage behind it', async () => {
  await using box = await startSandbox();
  const secrets = { huggingface: 'hf_goodtoken', civitai: 'goodkey' };
  for (const [filename, downloadUrl] of [
    ['a.safetensors', HF_URL],
    ['b.safetensors', CIVITAI_URL],
  ] as const) {
    const resolution = resolutionOf(box.path(`loras/${filename}`), { filename, downloadUrl });
    const [record] = await box.run([resolution], { secrets, config: { connectionsPerFile: 4 } });
    expect(record?.status).toBe('downloaded');
  }
  for (const request of box.hub.requests)
    expect([request.service, request.hasAuthorization]).toEqual([request.service, request.service !== 'storage']);
});

test('a key that Hugging Face does not know does not keep public files away', async () => {
  await using box = await startSandbox();
  box.hub.inject({ service: 'huggingface' }, (request, answer) =>
    request.headers.has('authorization') ? answerStatus(401)(request, answer) : answer(),
  );
  const [record] = await box.run([resolutionOf(target(box))], { secrets: { huggingface: 'hf_bad', civitai: null } });
  expectWhole(box, record);
});

/** Links that a workflow may hold and nobody should follow. */
const BAD_LINKS: [url: string, code: string][] = [
  ['http://169.254.169.254/latest/meta-data', 'host_not_allowed'],
  ['http://127.0.0.1:1/model.safetensors', 'host_not_allowed'],
  ['ftp://models.example.org/model.safetensors', 'unsupported_scheme'],
  ['file:///etc/passwd', 'unsupported_scheme'],
  ['https://models.example.org/model.safetensors', 'host_not_allowed'],
];

test.each(BAD_LINKS)('%s is refused', async (downloadUrl, code) => {
  await using box = await startSandbox();
  const [record] = await box.run([resolutionOf(target(box), { source: 'direct', downloadUrl })]);
  expectFailed(box, record, 'link refused');
  expect(record?.error?.code).toBe(code);
  expect(box.hub.requests).toEqual([]);
});

test('a redirect to a private address is refused even when its host was allowed', async () => {
  await using box = await startSandbox();
  box.hub.inject({ service: 'huggingface' }, answerStatus(302, { headers: { location: 'http://10.0.0.7/model.safetensors' } }));
  const [record] = await box.run([resolutionOf(target(box))]);
  expectFailed(box, record, 'link refused');
  expect(record?.error?.code).toBe('private_address');
});
