import { expect, test } from 'bun:test';
import { renderEnding } from '../../lib/cli/ending.ts';
import type { DownloadRecord, Requirement } from '../../lib/core/model.ts';

const record = (filename: string, status: DownloadRecord['status']): DownloadRecord =>
  ({ filename, savePath: `/m/loras/${filename}`, status }) as DownloadRecord;

function lastLine(missing: Requirement[], downloads: DownloadRecord[]): string | undefined {
  const results = { required: [], missing, missingNodes: [], resolutions: [], downloads, plan: null };
  return renderEnding({ to: 'downloading', results, refused: 0, summaryPath: null }).at(-1);
}

test('a run that had nothing to do is complete', () => {
  expect(lastLine([], [])).toBe('✓ Complete! Every model is in place');
});

test('a run in which something failed is not, though the last scan found nothing missing', () => {
  const downloads = [record('a.safetensors', 'downloaded'), record('b.safetensors', 'failed')];
  expect(lastLine([], downloads)).toBe('Finished with 1 model left: 1/2 in place, 1 failed');
});

test('what nobody has resolved is left beside what failed', () => {
  const missing = ['a.safetensors', 'b.safetensors', 'c.safetensors'].map((filename) => ({ filename, directory: 'loras' }) as Requirement);
  expect(lastLine(missing, [record('a.safetensors', 'failed')])).toBe('Finished with 3 models left: 0/3 in place, 1 failed');
});
