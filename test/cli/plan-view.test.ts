import { expect, test } from 'bun:test';
import { renderPlan } from '../../lib/cli/plan-view.ts';
import type { DownloadPlan, DownloadPlanRow } from '../../lib/phases/download-plan.ts';

const ROW: DownloadPlanRow = {
  filename: 'a.safetensors',
  savePath: '/models/loras/a.safetensors',
  action: 'download',
  source: 'huggingface',
  downloadUrl: 'https://huggingface.co/s/h/resolve/main/a.safetensors',
  foundAt: null,
  sizeBytes: 218_000_000,
  heldBytes: 0,
  requiresAuth: null,
  gated: false,
  pickle: false,
  license: null,
  problem: null,
};
const VOLUME = { device: 1, path: '/models', freeBytes: 50_000_000_000, neededBytes: 218_000_000, unknownSizes: 0 };

function render(rows: Partial<DownloadPlanRow>[], changes: Partial<DownloadPlan> = {}): string {
  const plan = { rows: rows.map((row) => ({ ...ROW, ...row })), bytesTotal: 218_000_000, unknownSizes: 0, volumes: [VOLUME], ...changes };
  return renderPlan(plan).join('\n');
}

test('nothing to download is said', () => {
  expect(renderPlan({ rows: [], bytesTotal: 0, unknownSizes: 0, volumes: [] })).toEqual(['Dry run: nothing to download']);
});

test('each file has its size, where it comes from and where it goes, and there are the sum and the room', () => {
  const text = render([{ heldBytes: 100_000_000 }, { filename: 'b.bin', sizeBytes: null }], { unknownSizes: 1 });
  expect(text).toContain('  a.safetensors  218 MB, 100 MB of it here already  https://huggingface.co/s/h/resolve/main/a.safetensors\n');
  expect(text).toContain('    to /models/loras/a.safetensors\n');
  expect(text).toContain('  b.bin  size not known  ');
  expect(text).toContain('  Sum: 2 files, 218 MB and 1 file of unknown size\n');
  expect(text).toContain('  Free at /models: 50.0 GB, needed: 218 MB\n');
});

const MARKS: [changes: Partial<DownloadPlanRow>, mark: string][] = [
  [{ requiresAuth: true }, '(needs an account)'],
  [{ requiresAuth: true, gated: true }, '(needs an account, gated: its conditions must be accepted)'],
  [{ source: 'civitai', gated: true }, '(early access: only for those who paid)'],
  [{ pickle: true }, '(pickle: can run code when loaded)'],
  [{ license: 'apache-2.0' }, '(licence apache-2.0)'],
];

test.each(MARKS)('%j is marked', (changes, mark) => {
  expect(render([changes])).toContain(mark);
});

test('what is refused says why and what to do', () => {
  const problem = { code: 'x', error: 'Download failed: disk full', details: '2.0 GB needed, 1.0 GB free', hint: 'Free some space' };
  const text = render([{ action: 'refuse', problem }], { bytesTotal: 0 });
  expect(text).toContain('    ✗ Download failed: disk full: 2.0 GB needed, 1.0 GB free\n    → Free some space\n');
  expect(text).toContain('  Sum: 0 files, 0 B\n');
});
