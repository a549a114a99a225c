import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { hashFile } from '../../lib/download/hash-file.ts';
import type { Content } from '../../lib/hub/content.ts';
import type { Fault } from '../helpers/faults.ts';
import {
  answerHtml,
  answerStatus,
  corruptBytes,
  hideLength,
  ignoreRanges,
  neverAnswer,
  resetConnection,
  serveOther,
  stallAfter,
} from '../helpers/faults.ts';
import { changeHeaders, combine, cutLater } from './faults.ts';
import { candidateOf, MODEL, OTHER, resolutionOf, startSandbox } from './sandbox.ts';

const FAULTS: readonly Fault[] = [
  cutLater(40_000),
  cutLater(1),
  combine(ignoreRanges(), cutLater(90_000)),
  combine(hideLength({ cutAfterBytes: 120_000 }), ignoreRanges()),
  stallAfter(30_000),
  neverAnswer(),
  resetConnection(),
  answerStatus(503),
  answerStatus(403),
  answerStatus(404),
  answerStatus(416, { headers: { 'content-range': `bytes */${MODEL.sizeBytes}` } }),
  answerStatus(429, { retryAfter: 1 }),
  answerHtml(),
  corruptBytes(),
  ignoreRanges(),
  hideLength(),
  serveOther(OTHER),
  serveOther(OTHER, `"${MODEL.sha256}"`),
  changeHeaders({ etag: '"another"' }),
  changeHeaders({ etag: null, 'last-modified': null }),
  changeHeaders({ 'content-range': `bytes 7-99/${MODEL.sizeBytes}` }),
];

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SEEDS = Array.from({ length: 24 }, (_, index) => index + 1);

test.each(SEEDS)('whatever happens on the way (%d), the right bytes come or a clear failure', async (seed) => {
  const random = makeRandom(seed);
  await using box = await startSandbox();
  const savePath = box.path('loras/model.safetensors');
  const resolution = resolutionOf(savePath, { candidates: random() < 0.5 ? [candidateOf()] : [] });
  const config = { connectionsPerFile: random() < 0.5 ? 1 : 4, timeoutSeconds: 0.15 };
  const share = random() * 0.7;
  const broken: Fault = (request, answer) => {
    const fault = random() < share ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined;
    return fault ? fault(request, answer) : answer();
  };
  for (let run = 0; run < 4; run++) {
    box.hub.heal();
    // the last run is on a good day: what the bad ones have left must not stand in its way
    if (run < 3) box.hub.inject({ service: 'storage' }, broken);
    const [record] = await box.run([resolution], { config });
    const isThere = existsSync(savePath);
    expect([isThere, run === 3 && !isThere]).toEqual([record?.status !== 'failed', false]);
    if (isThere) expect(readFileSync(savePath).equals(Buffer.from(MODEL.read(0, MODEL.sizeBytes)))).toBe(true);
  }
  expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
});

/** What a server says of one of the two files by which they are told from each other, more or less. */
const KNOWN_BY: readonly [KnownBy, ...KnownBy[]] = [
  () => ({ etag: null, 'last-modified': null }),
  (_name, date) => ({ etag: null, 'last-modified': date }),
  (name, date) => ({ etag: `"${name}"`, 'last-modified': date }),
  // both were put there within one second, a moment ago
  () => ({ etag: null, 'last-modified': NOON, date: NOON }),
  () => ({ etag: 'W/"same"', 'last-modified': null }),
  (name) => ({ etag: `W/"${name}"`, 'last-modified': NOON }),
];
const NOON = 'Tue, 01 Sep 2026 12:00:00 GMT';
type KnownBy = (name: string, date: string) => Record<string, string | null>;

test.each(SEEDS)('a file that nobody has a checksum of and that changes at every turn (%d) is never a mixture', async (seed) => {
  const random = makeRandom(seed + 5000);
  await using box = await startSandbox();
  const savePath = box.path('loras/model.safetensors');
  const knownBy = KNOWN_BY[Math.floor(random() * KNOWN_BY.length)] ?? KNOWN_BY[0];
  const serve = (content: Content, name: string, day: number): Fault =>
    combine(changeHeaders(knownBy(name, `Tue, 0${day} Sep 2026 12:00:00 GMT`)), serveOther(content, `"${name}"`));
  box.hub.inject({ service: 'huggingface' }, (request, answer) => {
    const version = random() < 0.8 ? serve(MODEL, 'one', 1) : serve(OTHER, 'two', 2);
    return (random() < 0.3 ? combine(cutLater(Math.floor(random() * 300_000)), version) : version)(request, answer);
  });
  const config = { connectionsPerFile: random() < 0.5 ? 1 : 4, timeoutSeconds: 0.5 };
  const [record] = await box.run([resolutionOf(savePath, { sha256: null })], { config });
  expect(existsSync(savePath)).toBe(record?.status === 'downloaded');
  if (existsSync(savePath)) expect([MODEL.sha256, OTHER.sha256]).toContain(await hashFile(savePath, new AbortController().signal));
});
