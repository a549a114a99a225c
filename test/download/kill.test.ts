import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { hashFile } from '../../lib/download/hash-file.ts';
import { safetensorsContent } from '../../lib/hub/model-file.ts';
import { trickle } from './faults.ts';
import type { Sandbox } from './sandbox.ts';
import { fetchOnceInput, REPO, resolutionOf, startSandbox } from './sandbox.ts';

const KILLS = 20;
const LARGE = safetensorsContent({ sizeBytes: 40_000_003, seed: 3 });
const MB_PER_SECOND = 1_000_000;

test.each([1, 4])(
  'a download over %d connections that is killed twenty times ends with the right bytes, hardly any of them fetched twice',
  async (connectionsPerFile) => {
    await using box = await startSandbox({ huggingface: [{ id: REPO, files: [{ path: 'loras/model.safetensors', content: LARGE }] }] });
    const savePath = box.path('loras/model.safetensors');
    box.hub.inject({ service: 'storage' }, trickle((5 * MB_PER_SECOND) / connectionsPerFile));
    for (let kill = 0; kill < KILLS; kill++) {
      const process = spawnFetch(box, connectionsPerFile);
      await waitForBytes(box, (Math.random() * MB_PER_SECOND) / 2);
      await Bun.sleep(Math.random() * 100);
      process.kill('SIGKILL');
      await process.exited;
      expect(existsSync(savePath)).toBe(false);
    }
    box.hub.heal();
    const last = spawnFetch(box, connectionsPerFile);
    expect(await new Response(last.stdout).text()).toBe('downloaded');
    expect(await hashFile(savePath, new AbortController().signal)).toBe(LARGE.sha256);
    expect(readdirSync(box.path('loras'))).toEqual(['model.safetensors']);
    expect(sentBytes(box) / LARGE.sizeBytes).toBeLessThan(1.1);
  },
  60_000,
);

function spawnFetch(box: Sandbox, connectionsPerFile: number) {
  const savePath = box.path('loras/model.safetensors');
  const resolution = resolutionOf(savePath, { sha256: LARGE.sha256, sizeBytes: LARGE.sizeBytes });
  const input = fetchOnceInput(box, resolution, connectionsPerFile);
  return Bun.spawn([process.execPath, join(import.meta.dir, 'fetch-once.ts'), input], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
}

async function waitForBytes(box: Sandbox, more: number): Promise<void> {
  const goal = sentBytes(box) + more;
  while (sentBytes(box) < goal) await Bun.sleep(2);
}

function sentBytes(box: Sandbox): number {
  return box.hub.requests.reduce((sum, request) => sum + (request.service === 'storage' ? request.bytesSent : 0), 0);
}
