import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { Crowd, type Gain, Solo } from '../../lib/download/solo.ts';
import { trickle } from './faults.ts';
import { MODEL, resolutionOf, startSandbox } from './sandbox.ts';

/** Brings so many bytes a second, by the clock, until it is told to bring others, and writes for a share of the time. */
function stream(bytesPerSecond: number, writingShare = 0): { gain: () => Gain; change: (next: number, share?: number) => void } {
  let [rate, share] = [bytesPerSecond, writingShare];
  let since = performance.now();
  let before: Gain = { bytes: 0, writingMs: 0 };
  const gain = (): Gain => {
    const ms = performance.now() - since;
    return { bytes: before.bytes + (ms / 1000) * rate, writingMs: before.writingMs + ms * share };
  };
  return {
    gain,
    change: (next, nextShare = 0) => {
      before = gain();
      since = performance.now();
      [rate, share] = [next, nextShare];
    },
  };
}

test('a connection that brings little is joined by others soon', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const solo = new Solo({ gain: stream(1e6).gain, onTooLittle: resolve });
  solo.start();
  await promise;
  expect(solo.isEnough).toBe(false);
});

test.each([
  ['brings plenty', 2e9, 0],
  ['keeps this machine busy', 1e6, 0.6],
])('one that %s stays alone until it does no longer', async (_, bytesPerSecond, writingShare) => {
  const bytes = stream(bytesPerSecond, writingShare);
  const { promise, resolve } = Promise.withResolvers<string>();
  const solo = new Solo({ gain: bytes.gain, onTooLittle: () => resolve('joined') });
  solo.start();
  const inTime = Bun.sleep(5000).then(() => 'alone');
  while (!solo.isEnough && (await Promise.race([promise, Bun.sleep(2)])) !== 'joined');
  expect(solo.isEnough).toBe(true);
  bytes.change(1e6);
  expect(await Promise.race([promise, inTime])).toBe('joined');
  expect(solo.isEnough).toBe(false);
});

test('one that has ended is joined by nobody', async () => {
  let joined = 0;
  const solo = new Solo({ gain: stream(0).gain, onTooLittle: () => joined++, firstLookMs: 5 });
  solo.start();
  solo.stop();
  await Bun.sleep(20);
  expect(joined).toBe(0);
});

test('several are too many while they keep this machine busy, and one is told so at a time', async () => {
  const bytes = stream(1e6, 0.6);
  const crowd = new Crowd(bytes.gain);
  expect(crowd.isTooLarge()).toBe(false); // nothing is known yet
  await Bun.sleep(130);
  expect([crowd.isTooLarge(), crowd.isTooLarge()]).toEqual([true, false]);
  bytes.change(2e9, 0.01);
  await Bun.sleep(130);
  expect(crowd.isTooLarge()).toBe(false);
});

test('connections that were called in a slow moment leave the rest to one of them when it has passed', async () => {
  await using box = await startSandbox();
  box.hub.inject({ service: 'storage', times: 1 }, trickle(100_000));
  box.hub.inject({ service: 'storage', times: 100 }, trickle(300_000));
  const tuning = { firstLookMs: 20, plentyBytesPerSecond: 400_000, crowdedShare: 1e-9 };
  const [record] = await box.run([resolutionOf(box.path('loras/model.safetensors'))], { config: { connectionsPerFile: 4 }, tuning });
  expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256', bytes: MODEL.sizeBytes });
  expect(box.pauses).toEqual([]); // nobody has failed
});

test('one that has asked for much and then brings little leaves the rest to those that join it', async () => {
  await using box = await startSandbox();
  box.hub.inject({ service: 'storage', times: 1 }, trickle(1_000_000));
  box.hub.inject({ service: 'storage', times: 1 }, trickle(100_000));
  const [record] = await box.run([resolutionOf(box.path('loras/model.safetensors'))], {
    config: { connectionsPerFile: 4 },
    tuning: { firstLookMs: 30, plentyBytesPerSecond: 250_000 },
  });
  expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256', bytes: MODEL.sizeBytes });
  expect(existsSync(box.path('loras/model.safetensors.part'))).toBe(false);
  const [first, second, ...others] = box.hub.requests.filter(({ service }) => service === 'storage');
  expect([first?.range, second?.range]).toEqual(['bytes=0-65535', `bytes=65536-${MODEL.sizeBytes - 1}`]);
  expect(second?.bytesSent).toBeLessThan(MODEL.sizeBytes / 2);
  expect(others.length).toBeGreaterThan(6);
  expect(box.pauses).toEqual([]); // nobody has failed
});
