import { expect, test } from 'bun:test';

import { hashFile } from '../../lib/download/hash-file.ts';
import { safetensorsContent } from '../../lib/hub/model-file.ts';
import type { Fault } from '../helpers/faults.ts';
import { bodyPieces, ignoreRanges } from '../helpers/faults.ts';
import { changeHeaders, combine, cutLater } from './faults.ts';
import { REPO, resolutionOf, startSandbox } from './sandbox.ts';

/** Large enough that a thread hashes it while it comes. */
const LARGE = safetensorsContent({ sizeBytes: 40_000_003, seed: 5 });
/** The thread has read by then what has come before: nothing on the wire tells when. */
const HASHED_AFTER_MS = 300;

/** The first bytes are damaged on the way, the others are not. */
const damageHead: Fault = async (_request, answer) => {
  await Bun.sleep(HASHED_AFTER_MS);
  const whole = await answer();
  return { ...whole, body: flipFirst(bodyPieces(whole)) };
};

async function* flipFirst(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const piece of pieces) {
    const sent = piece.slice();
    if (isFirst) sent[1000] = (sent[1000] ?? 0) ^ 0xff;
    isFirst = false;
    yield sent;
  }
}

const SERVERS: [name: string, headers: Record<string, string | null>][] = [
  ['says that it is the same file', {}],
  ['does not say which file it is', { etag: null, 'last-modified': null }],
];

test.each(SERVERS)(
  'what a server without ranges sends again never changes bytes that have been hashed, when it %s',
  async (_name, headers) => {
    await using box = await startSandbox({ huggingface: [{ id: REPO, files: [{ path: 'loras/model.safetensors', content: LARGE }] }] });
    const savePath = box.path('loras/model.safetensors');
    box.hub.inject({ service: 'storage', times: 1 }, combine(changeHeaders(headers), cutLater(36_000_000), ignoreRanges()));
    box.hub.inject({ service: 'storage', times: 1 }, combine(changeHeaders(headers), damageHead, ignoreRanges()));
    const [record] = await box.run([resolutionOf(savePath, { sha256: LARGE.sha256, sizeBytes: LARGE.sizeBytes })]);
    expect(record).toMatchObject({ status: 'downloaded', sha256: LARGE.sha256 });
    expect(await hashFile(savePath, new AbortController().signal)).toBe(LARGE.sha256);
  },
);
