import { expect, test } from 'bun:test';
import { Solo } from '../../lib/download/solo.ts';

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
