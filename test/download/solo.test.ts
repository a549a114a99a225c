import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { Solo } from '../../lib/download/solo.ts';
import { trickle } from './faults.ts';
import { MODEL, resolutionOf, startSandbox } from './sandbox.ts';

/** Brings so many bytes a second, by the clock, until it is told to bring fewer. */
function stream(bytesPerSecond: number): { countBytes: () => number; slowTo: (next: number) => void } {
  let rate = bytesPerSecond;
  let since = performance.now();
  let before = 0;
  const countBytes = (): number => before + ((performance.now() - since) / 1000) * rate;
  return {
    countBytes,
    slowTo: (next) => {
      before = countBytes();
      since = performance.now();
      rate = next;
    },
  };
}

test('a connection that brings little is joined by others soon', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const solo = new Solo({ ...stream(1e6), onTooLittle: resolve });
  solo.start();
  await promise;
  expect(solo.bringsPlenty).toBe(false);
});

test('one that brings plenty stays alone until it does no longer', async () => {
  const bytes = stream(2e9);
  const { promise, resolve } = Promise.withResolvers<string>();
  const solo = new Solo({ ...bytes, onTooLittle: () => resolve('joined') });
  solo.start();
  const inTime = Bun.sleep(5000).then(() => 'alone');
  while (!solo.bringsPlenty && (await Promise.race([promise, Bun.sleep(2)])) !== 'joined');
  expect(solo.bringsPlenty).toBe(true);
  bytes.slowTo(1e6);
  expect(await Promise.race([promise, inTime])).toBe('joined');
  expect(solo.bringsPlenty).toBe(false);
});

test('one that has ended is joined by nobody', async () => {
  let joined = 0;
  const solo = new Solo({ ...stream(0), onTooLittle: () => joined++, firstLookMs: 5 });
  solo.start();
  solo.stop();
  await Bun.sleep(20);
  expect(joined).toBe(0);
});

test('one that has asked for much and then brings little leaves the rest to those that join it', async () => {
  await using box = await startSandbox();
  box.hub.inject({ service: 'storage', times: 1 }, trickle(1_000_000));
  box.hub.inject({ service: 'storage', times: 1 }, trickle(100_000));
  const [record] = await box.run([resolutionOf(box.path('loras/model.safetensors'))], {
    config: { connectionsPerFile: 4 },
    tuning: { firstLookMs: 20, plentyBytesPerSecond: 400_000 },
  });
  expect(record).toMatchObject({ status: 'downloaded', verified: 'sha256', bytes: MODEL.sizeBytes });
  expect(existsSync(box.path('loras/model.safetensors.part'))).toBe(false);
  const [first, second, ...others] = box.hub.requests.filter(({ service }) => service === 'storage');
  expect([first?.range, second?.range]).toEqual(['bytes=0-65535', `bytes=65536-${MODEL.sizeBytes - 1}`]);
  expect(second?.bytesSent).toBeLessThan(MODEL.sizeBytes / 2);
  expect(others.length).toBeGreaterThan(6);
  expect(box.pauses).toEqual([]); // nobody has failed
});
